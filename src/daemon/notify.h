/* SPDX-License-Identifier: MIT
 *
 * Notify: what systemd is told. Nothing happens when nobody asked for it (no NOTIFY_SOCKET).
 */
#ifndef JML_DAEMON_NOTIFY_H
#define JML_DAEMON_NOTIFY_H

#include <stdbool.h>
#include <stdint.h>

/* Reads WATCHDOG_USEC. Microseconds between two signs of life that keep the watchdog quiet, 0: none
 * are wanted. */
int64_t jml_notify_init(void);
void jml_notify_ready(void);
/* The line behind "Status:" of systemctl status; told again only when it changed. */
void jml_notify_status(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* To be called after every finished turn of the loop: sends WATCHDOG=1 when it is time. Returns how
 * late it is in microseconds, 0 when in time. */
int64_t jml_notify_alive(void);
/* A reload begins; jml_notify_ready() ends it. */
void jml_notify_reloading(void);
void jml_notify_stopping(void);

#endif
