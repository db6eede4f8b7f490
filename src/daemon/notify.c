/* SPDX-License-Identifier: MIT
 *
 * Notify over sd_notify(3).
 */
#include "daemon/notify.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <systemd/sd-daemon.h>

#include "loop/loop.h"

static struct {
    int64_t every; /* microseconds between signs of life */
    int64_t last;
    char status[256];
} state;

int64_t jml_notify_init(void)
{
    uint64_t limit = 0;

    state.status[0] = '\0';
    state.last = jml_loop_now();
    state.every = sd_watchdog_enabled(0, &limit) > 0 ? (int64_t)(limit / 4) : 0;
    return state.every;
}

void jml_notify_ready(void)
{
    sd_notify(0, "READY=1");
}

void jml_notify_status(const char *fmt, ...)
{
    char text[sizeof state.status];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    text[strcspn(text, "\n")] = '\0';
    if (strcmp(text, state.status) == 0)
        return;
    memcpy(state.status, text, sizeof text);
    sd_notifyf(0, "STATUS=%s", text);
}

int64_t jml_notify_alive(void)
{
    int64_t now = jml_loop_now(), late;

    /* a timer of that length may be a little early */
    if (!state.every || now - state.last < state.every * 9 / 10)
        return 0;
    late = now - state.last - 2 * state.every;
    state.last = now;
    sd_notify(0, "WATCHDOG=1");
    return late > 0 ? late : 0;
}

void jml_notify_reloading(void)
{
    sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%lld", (long long)jml_loop_now());
}

void jml_notify_stopping(void)
{
    sd_notify(0, "STOPPING=1");
}
