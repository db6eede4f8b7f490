/* SPDX-License-Identifier: MIT
 *
 * Reload: the configuration file, read again; and what the options are for the parts.
 */
#include "base/log.h"
#include "base/str.h"
#include "daemon/inside.h"
#include "daemon/mailing.h"
#include "daemon/notify.h"
#include "db/conn.h"

static void tell_mistake(void *userdata, const char *mistake)
{
    (void)userdata;
    jml_log_plain(JML_MSG_CONFIG_ERROR, "%s", mistake);
}

void jml_daemon_reload(void *userdata)
{
    struct jml_daemon *d = userdata;
    struct jml_config *fresh, *old = d->config;
    struct jml_people_options people;
    struct jml_control_options control;
    struct jml_delivering_options delivering;
    const char *path = d->options.config_path, *restart;
    struct jml_err e;
    bool moved;

    if (d->stopping)
        return;
    jml_notify_reloading();
    if (!path)
        path = jml_config_default_path();
    if (jml_config_load(path, tell_mistake, d, &fresh, &e) < 0) {
        jml_log_plain(JML_MSG_CONFIG_REFUSED, "%s: the old configuration stays", e.message);
        if (d->ready)
            jml_notify_ready();
        return;
    }
    restart = jml_config_needs_restart(old, fresh);
    moved = !jml_streq(jml_config_conninfo(old, d->options.explicit_config),
                       jml_config_conninfo(fresh, d->options.explicit_config));
    d->config = fresh;
    jml_daemon_open_log(&d->options, fresh);
    people = jml_daemon_people_options(d);
    control = jml_daemon_control_options(d);
    jml_people_set_options(d->people, &people);
    delivering = jml_daemon_delivering_options(d);
    jml_delivering_reload(d->delivering, &delivering);
    jml_mailing_reload(d->mailing, fresh, moved);
    if (moved)
        jml_delivering_reconnect(d->delivering, control.conninfo);
    if (moved)
        jml_people_doubt_governance(d->people);
    jml_control_set_options(d->control, &control, moved);
    for (int i = 0; moved && i < d->n_workers; i++) {
        jml_conn_set_conninfo(d->workers[i], control.conninfo);
        jml_conn_reset(d->workers[i]);
    }
    jml_config_free(d->old_config);
    d->old_config = old;
    jml_log_plain(JML_MSG_CONFIG_RELOADED, "%s%s%s%s", path ? path : "the built-in configuration",
                  restart ? ": " : " is in force", restart ? restart : "",
                  restart ? " takes effect after a restart, the rest is in force" : "");
    if (d->ready)
        jml_notify_ready();
}

struct jml_delivering_options jml_daemon_delivering_options(const struct jml_daemon *d)
{
    return (struct jml_delivering_options){
        .daemon = jml_control_id(d->control),
        .conninfo = jml_config_conninfo(d->config, d->options.explicit_config),
        .clock_offset = d->options.clock_offset,
        .callback = d->config->callback_listen,
        .programs_directory = d->config->targets_programs_directory,
        .password_key_file = d->config->passwords_key_file,
        .secrets_directory = d->config->targets_secrets_directory,
        .drift_every = d->config->targets_drift_interval,
        .drift_repairs = d->config->targets_drift_repair,
    };
}

struct jml_people_options jml_daemon_people_options(const struct jml_daemon *d)
{
    return (struct jml_people_options){
        .batch = (unsigned)d->config->queue_batch,
        .catch_up = d->config->timeline_catch_up,
        .default_zone = d->config->timeline_default_time_zone,
        .copy_manager = d->config->notices_copy_manager,
        .inflight_path = d->inflight_path[0] ? d->inflight_path : NULL,
        .once = d->options.once,
    };
}

struct jml_control_options jml_daemon_control_options(const struct jml_daemon *d)
{
    return (struct jml_control_options){
        .conninfo = jml_config_conninfo(d->config, d->options.explicit_config),
        .clock_offset = d->options.clock_offset,
        .allow_clock_back = d->options.allow_clock_back,
        .poll_interval = d->config->queue_poll_interval,
        .default_zone = d->config->timeline_default_time_zone,
        .once = d->options.once,
    };
}
