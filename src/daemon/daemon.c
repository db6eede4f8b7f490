/* SPDX-License-Identifier: MIT
 *
 * Daemon: what happens when. The flow (flow/people.h) does the work; here it is decided when it may
 * begin, when it sleeps, and when it ends.
 *
 *     start: control connects, schema and clock are checked -> governance is loaded -> first poll
 *            -> READY
 *     end:   people finish their batches -> control writes the clock and takes our row away -> exit
 */
#include "daemon/daemon.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/str.h"
#include "core/governance.h"
#include "daemon/control.h"
#include "daemon/delivering.h"
#include "daemon/inside.h"
#include "daemon/mailing.h"
#include "daemon/notify.h"
#include "db/conn.h"
#include "db/governance.h"
#include "flow/people.h"
#include "loop/loop.h"

#define ONCE_PATIENCE (10 * JML_SECOND) /* for rows locked elsewhere, for a database that went away */
#define ONCE_AGAIN (250 * INT64_C(1000))
#define RELOAD_AGAIN JML_SECOND
#define COMMAND_AGAIN JML_SECOND /* and twice as long each time */
#define COMMAND_AGAIN_MAX (60 * JML_SECOND)

static void make_workers(struct jml_daemon *d);
static void end(struct jml_daemon *d, int exit_code);
static void stop(struct jml_daemon *d);
static void finish_stop(struct jml_daemon *d);
static void once_done(struct jml_daemon *d);
static void load_governance(struct jml_daemon *d);
static void maybe_ready(struct jml_daemon *d);
static void tell_status(struct jml_daemon *d);

/* what the parts tell us */
static void control_back(void *userdata);
static void control_away(void *userdata, const struct jml_err *e);
static void control_still_away(void *userdata, const struct jml_err *e);
static bool control_busy(void *userdata);
static const struct jml_bounds *control_gone(void *userdata);
static void control_polled(void *userdata, bool due);
static void control_revised(void *userdata);
static void control_commanded(void *userdata, int64_t n, const struct jml_err *e);
static void control_fatal(void *userdata, enum jml_message message, const struct jml_err *e);
static void control_finished(void *userdata);
static void people_idle(void *userdata, unsigned locked);
static void people_stale(void *userdata, bool other_database);
static bool people_command(void *userdata);
static void people_fatal(void *userdata, const struct jml_err *e);
static void deliveries_changed(void *userdata);
static void deliveries_idle(void *userdata);
static void mail_idle(void *userdata);
static void worker_up(void *userdata, struct jml_conn *conn);
static void worker_down(void *userdata, struct jml_conn *conn, const struct jml_err *e);
static void governance_loaded(void *userdata, struct jml_governance *g, struct jml_id database_id,
                              const struct jml_err *e);
static void on_terminate(void *userdata);
static void on_alive(void *userdata);
static void on_again(void *userdata);
static void on_reload(void *userdata);
static void on_command_again(void *userdata);
static void on_turn(void *userdata);

int jml_daemon_run(const struct jml_daemon_options *options, struct jml_config *config)
{
    struct jml_daemon d = {.options = *options, .config = config};
    struct jml_control_options control = jml_daemon_control_options(&d);
    struct jml_people_options people;
    const char *runtime = getenv("RUNTIME_DIRECTORY");

    if (options->clock_offset)
        jml_log_plain(JML_MSG_CLOCK_OFFSET,
                      "the clock is moved by %s: decisions are made at another instant than now, and "
                      "targets are called for real; only those with isEnabled false are not",
                      options->clock_offset_words);
    if (runtime && runtime[0])
        snprintf(d.inflight_path, sizeof d.inflight_path, "%.*s/inflight",
                 (int)strcspn(runtime, ":"), runtime);
    people = jml_daemon_people_options(&d);
    d.alive_every = jml_notify_init();
    jml_notify_status("connecting to the database");

    d.loop = jml_loop_new();
    jml_loop_set_turn(d.loop, on_turn, &d);
    d.terminate = jml_signal_new(d.loop, SIGTERM, on_terminate, &d);
    d.interrupt = jml_signal_new(d.loop, SIGINT, on_terminate, &d);
    d.hangup = jml_signal_new(d.loop, SIGHUP, jml_daemon_reload, &d);
    d.alive = jml_timer_new(d.loop, on_alive, &d);
    d.again = jml_timer_new(d.loop, on_again, &d);
    d.reload = jml_timer_new(d.loop, on_reload, &d);
    d.command_again = jml_timer_new(d.loop, on_command_again, &d);
    if (d.alive_every)
        jml_timer_set(d.alive, d.alive_every);
    d.people = jml_people_new(d.loop, &people,
                              &(struct jml_people_callbacks){.userdata = &d,
                                                             .idle = people_idle,
                                                             .stale = people_stale,
                                                             .configuration_command =
                                                                 people_command,
                                                             .fatal = people_fatal});
    d.delivering = jml_delivering_new(
        d.loop, &(struct jml_delivering_callbacks){.userdata = &d,
                                                   .changed = deliveries_changed,
                                                   .idle = deliveries_idle,
                                                   .fatal = people_fatal});
    d.control = jml_control_new(d.loop, &control,
                                &(struct jml_control_callbacks){.userdata = &d,
                                                                .back = control_back,
                                                                .away = control_away,
                                                                .still_away = control_still_away,
                                                                .busy = control_busy,
                                                                .gone = control_gone,
                                                                .polled = control_polled,
                                                                .revised = control_revised,
                                                                .commanded = control_commanded,
                                                                .fatal = control_fatal,
                                                                .finished = control_finished});
    jml_loop_run(d.loop);

    jml_delivering_free(d.delivering);
    for (int i = 0; i < d.n_workers; i++)
        jml_conn_free(d.workers[i]);
    jml_people_free(d.people);
    jml_mailing_free(d.mailing);
    jml_control_free(d.control);
    jml_signal_free(d.terminate);
    jml_signal_free(d.interrupt);
    jml_signal_free(d.hangup);
    jml_timer_free(d.alive);
    jml_timer_free(d.again);
    jml_timer_free(d.reload);
    jml_timer_free(d.command_again);
    jml_loop_free(d.loop);
    jml_config_free(d.config);
    jml_config_free(d.old_config);
    return d.exit_code;
}

void jml_daemon_open_log(const struct jml_daemon_options *options, const struct jml_config *config)
{
    enum jml_log_target target = config->log_target;

    if (options->log_target)
        target = jml_streq(options->log_target, "journal") ? JML_LOG_JOURNAL : JML_LOG_STDERR;
    jml_log_open(target, config->log_level);
}

/* ---- the way in ---- */

static void control_back(void *userdata)
{
    struct jml_daemon *d = userdata;

    d->been_back = true;
    jml_timer_clear(d->again);
    if (d->told_away) {
        d->told_away = false;
        jml_log_plain(JML_MSG_DATABASE_BACK, "the database is back");
    }
    /* The workers connect when the first connection has found the schema in order, so that what is
     * wrong is said once. */
    make_workers(d);
    if (!d->mailing && !d->stopping)
        d->mailing = jml_mailing_new(d->loop, &d->options, d->config,
                                     &(struct jml_mail_callbacks){d, mail_idle, people_fatal});
    /* It may be another database now, or one that was restored: the revision alone tells nothing. */
    jml_people_doubt_governance(d->people);
    load_governance(d);
}

static void make_workers(struct jml_daemon *d)
{
    struct jml_conn_options o = {
        .conninfo = jml_config_conninfo(d->config, d->options.explicit_config),
        .application_name = "jmld",
        .role = "jml_daemon",
        .clock_offset = d->options.clock_offset,
        .statements = jml_people_statements,
    };
    struct jml_conn_callbacks callbacks = {.userdata = d, .up = worker_up, .down = worker_down};

    while (d->n_workers < d->config->queue_connections)
        d->workers[d->n_workers++] = jml_conn_new(d->loop, &o, &callbacks);
}

static void worker_up(void *userdata, struct jml_conn *conn)
{
    struct jml_daemon *d = userdata;

    d->n_attached++;
    jml_people_attach(d->people, conn);
    maybe_ready(d);
    if (d->governed && !d->stopping)
        jml_people_wake(d->people);
}

static void worker_down(void *userdata, struct jml_conn *conn, const struct jml_err *e)
{
    struct jml_daemon *d = userdata;

    jml_people_detach(d->people, conn);
    if (d->n_attached > 0)
        d->n_attached--;
    if (e->class == JML_ERR_SCHEMA)
        people_fatal(d, e);
    else if (jml_control_is_up(d->control)) /* else the control connection tells it */
        jml_log_plain(JML_MSG_DEBUG, "a working connection was lost: %s", e->message);
    if (d->stopping)
        finish_stop(d);
}

static void on_reload(void *userdata)
{
    load_governance(userdata);
}

static void load_governance(struct jml_daemon *d)
{
    jml_timer_clear(d->reload);
    if (d->loading || !jml_control_is_up(d->control))
        return;
    d->loading = true;
    jml_governance_load(jml_control_conn(d->control), governance_loaded, d);
}

static void governance_loaded(void *userdata, struct jml_governance *g, struct jml_id database_id,
                              const struct jml_err *e)
{
    struct jml_daemon *d = userdata;
    struct jml_delivering_options delivering;

    d->loading = false;
    if (!g) {
        if (e->class != JML_ERR_TRANSIENT && e->class != JML_ERR_UNCERTAIN) {
            people_fatal(d, e);
            return;
        }
        /* While the database is away this comes to nothing, and control_back() does it. */
        jml_timer_set(d->reload, RELOAD_AGAIN);
        if (e->sqlstate[0] && !jml_streq(d->reload_error.message, e->message)) {
            d->reload_error = *e;
            jml_log_plain(JML_MSG_DATABASE_ERROR,
                          "the configuration cannot be read, trying again: %s (%s)", e->message,
                          e->sqlstate);
        }
        return;
    }
    d->governed = true;
    d->reload_error = (struct jml_err){0};
    jml_log_plain(JML_MSG_GOVERNANCE_LOADED, "revision %lld: %zu packages, %zu workflows",
                  (long long)g->revision, g->n_packages, g->n_workflows);
    jml_control_set_revision(d->control, g->revision);
    delivering = jml_daemon_delivering_options(d);
    jml_delivering_set_governance(d->delivering, g, &delivering);
    jml_people_set_governance(d->people, g, database_id);
    maybe_ready(d);
    if (!d->stopping)
        jml_people_wake(d->people);
}

static void maybe_ready(struct jml_daemon *d)
{
    if (d->ready || !d->governed || !d->polled || d->n_attached == 0 || d->stopping)
        return;
    d->ready = true;
    jml_notify_ready();
    jml_log_plain(JML_MSG_DAEMON_READY, "jmld %s is ready", PACKAGE_VERSION);
    tell_status(d);
}

/* ---- working and sleeping ---- */

static bool control_busy(void *userdata)
{
    struct jml_daemon *d = userdata;

    tell_status(d);
    return d->governed && jml_people_busy(d->people);
}

static const struct jml_bounds *control_gone(void *userdata)
{
    struct jml_daemon *d = userdata;

    return jml_people_gone(d->people);
}

static void control_polled(void *userdata, bool due)
{
    struct jml_daemon *d = userdata;

    d->polled = true;
    maybe_ready(d);
    if (!d->governed || d->stopping)
        return;
    if (due) {
        jml_people_wake(d->people);
        jml_delivering_wake(d->delivering);
    } else if (!d->options.once && !jml_people_busy(d->people)) {
        jml_control_sleep(d->control);
    }
}

/* Batches see it by themselves; this is for what nobody has work of, as a target that was mended. */
static void control_revised(void *userdata)
{
    struct jml_daemon *d = userdata;

    if (d->governed && !d->stopping && !jml_timer_is_set(d->reload))
        load_governance(d);
}

static void people_idle(void *userdata, unsigned locked)
{
    struct jml_daemon *d = userdata;

    tell_status(d);
    if (d->stopping) {
        finish_stop(d);
        return;
    }
    if (!d->options.once) {
        jml_delivering_wake(d->delivering); /* what was decided may lead to a target */
        jml_mailing_wake(d->mailing);
        jml_control_sleep(d->control);
        return;
    }
    if (d->loading || d->commanding || !d->governed)
        return; /* there is more to come */
    d->people_done = true;
    d->locked = locked;
    if (!jml_delivering_wake(d->delivering))
        once_done(d);
}

static void deliveries_changed(void *userdata)
{
    struct jml_daemon *d = userdata;

    d->people_done = false;
    if (d->governed && !d->stopping)
        jml_people_wake(d->people);
}

static void mail_idle(void *userdata)
{
    struct jml_daemon *d = userdata;

    if (d->stopping)
        finish_stop(d);
    else if (d->options.once)
        jml_people_wake(d->people);
}

static void deliveries_idle(void *userdata)
{
    struct jml_daemon *d = userdata;

    if (d->stopping)
        finish_stop(d);
    else if (d->options.once && d->people_done && !jml_people_busy(d->people))
        once_done(d);
}

/* Nothing is left to be done, about people or at targets. */
static void once_done(struct jml_daemon *d)
{
    unsigned locked = d->locked;

    if (!locked) {
        if (jml_mailing_sweep(d->mailing, jml_people_stats(d->people)->batches))
            end(d, JML_DAEMON_DONE);
        return;
    }
    if (!d->locked_since)
        d->locked_since = jml_loop_now();
    if (jml_loop_now() - d->locked_since >= ONCE_PATIENCE) {
        fprintf(stderr, "jmld: %u %s still locked by somebody else: try again later\n", locked,
                locked == 1 ? "person is" : "people are");
        end(d, JML_DAEMON_TRY_LATER);
        return;
    }
    jml_timer_set(d->again, ONCE_AGAIN);
}

static void people_stale(void *userdata, bool other_database)
{
    struct jml_daemon *d = userdata;

    if (other_database) /* this connection may be moved there, too, but need not be yet */
        jml_timer_set(d->reload, RELOAD_AGAIN);
    else
        load_governance(d);
}

static bool people_command(void *userdata)
{
    struct jml_daemon *d = userdata;

    if (d->commanding || !jml_control_is_up(d->control) ||
        jml_loop_now() < d->command_not_before)
        return false;
    d->commanding = true;
    jml_control_run_commands(d->control);
    return true;
}

/* Claims see the commands as long as they wait: what fails, or is not there, is not tried again with
 * every one of them. */
static void control_commanded(void *userdata, int64_t n, const struct jml_err *e)
{
    struct jml_daemon *d = userdata;
    int64_t now = jml_loop_now();

    if (d->stopping)
        return;
    if (!e) {
        d->commanding = false;
        d->command_failed_since = 0;
        d->command_error = (struct jml_err){0};
    }
    jml_people_commanded(d->people); /* leavers do not wait for what cannot be done */
    if (n > 0) {
        d->command_delay = 0;
        return;
    }
    d->command_delay = d->command_delay ? 2 * d->command_delay : COMMAND_AGAIN;
    if (d->command_delay > COMMAND_AGAIN_MAX)
        d->command_delay = COMMAND_AGAIN_MAX;
    d->command_not_before = now + d->command_delay;
    jml_timer_set(d->command_again, d->command_delay);
    if (!e)
        return; /* another daemon was faster */
    if (e->sqlstate[0] && !jml_streq(d->command_error.message, e->message)) {
        d->command_error = *e;
        jml_log_plain(JML_MSG_DATABASE_ERROR,
                      "commands on the configuration cannot be carried out, trying again: %s (%s)",
                      e->message, e->sqlstate);
    }
    if (!d->command_failed_since)
        d->command_failed_since = now;
    if (d->options.once && now - d->command_failed_since >= ONCE_PATIENCE) {
        fprintf(stderr, "jmld: commands on the configuration cannot be carried out: %s: try again"
                        " later\n", e->message);
        end(d, JML_DAEMON_TRY_LATER);
    }
}

static void on_command_again(void *userdata)
{
    struct jml_daemon *d = userdata;

    d->commanding = false;
    d->command_not_before = 0;
    if (!d->stopping)
        jml_people_wake(d->people);
}

static void tell_status(struct jml_daemon *d)
{
    const struct jml_people_stats *s = jml_people_stats(d->people);

    if (s->batches != d->seen_batches) {
        d->seen_batches = s->batches;
        jml_control_use_clock(d->control);
    }
    if (!d->ready || d->told_away || d->stopping)
        return;
    jml_notify_status("%s; since the start %llu events, %llu people, %llu held",
                      jml_people_busy(d->people) ? "working" : "waiting for work",
                      (unsigned long long)s->events, (unsigned long long)s->persons,
                      (unsigned long long)s->held);
}

/* ---- trouble ---- */

static void control_away(void *userdata, const struct jml_err *e)
{
    struct jml_daemon *d = userdata;

    d->commanding = false;
    d->command_not_before = 0;
    jml_timer_clear(d->command_again);
    jml_people_doubt_governance(d->people); /* control_back() reads it anew */
    if (!d->told_away)
        jml_log_plain(JML_MSG_DATABASE_LOST, "the database is away, trying again: %s", e->message);
    d->told_away = true;
    jml_notify_status("the database is away, trying again: %s", e->message);
    if (!d->options.once)
        return;
    if (!d->been_back)
        end(d, JML_DAEMON_UNREACHABLE);
    else if (!jml_timer_is_set(d->again))
        jml_timer_set(d->again, ONCE_PATIENCE);
}

/* The journal is told once; the status line follows the reason. */
static void control_still_away(void *userdata, const struct jml_err *e)
{
    (void)userdata;
    jml_log_plain(JML_MSG_DEBUG, "the database is still away: %s", e->message);
    jml_notify_status("the database is away, trying again: %s", e->message);
}

static void control_fatal(void *userdata, enum jml_message message, const struct jml_err *e)
{
    struct jml_daemon *d = userdata;
    const char *words = "";

    if (d->exit_code != JML_DAEMON_DONE)
        return; /* said already */
    if (jml_streq(e->sqlstate, "42P01") || jml_streq(e->sqlstate, "3F000")) /* no table, no schema */
        words = ": the schema was changed; jmlctl migrate --plan tells what is missing";
    jml_log_plain(message, "%s%s", e->message, words);
    jml_notify_status("%s%s", e->message, words);
    end(d, e->class == JML_ERR_SCHEMA ? JML_DAEMON_CONFIG : JML_DAEMON_INTERNAL);
}

static void people_fatal(void *userdata, const struct jml_err *e)
{
    control_fatal(userdata, e->class == JML_ERR_SCHEMA ? JML_MSG_SCHEMA_MISMATCH : JML_MSG_BUG, e);
}

/* ---- the way out ---- */

static void on_terminate(void *userdata)
{
    struct jml_daemon *d = userdata;

    if (d->stopping) { /* asked twice: the server rolls the batch back */
        signal(SIGTERM, SIG_DFL);
        raise(SIGTERM);
        return;
    }
    stop(d);
}

static void stop(struct jml_daemon *d)
{
    d->stopping = true;
    jml_notify_stopping();
    jml_notify_status("finishing the batch");
    jml_log_plain(JML_MSG_DAEMON_STOPPING, "jmld is stopping");
    finish_stop(d);
}

/* Takes our row away when nothing is in hand any more. */
static void finish_stop(struct jml_daemon *d)
{
    bool people = jml_people_stop(d->people), deliveries = jml_delivering_stop(d->delivering),
         mails = jml_mailing_stop(d->mailing);

    if ((people || d->ended) && deliveries && mails)
        jml_control_finish(d->control);
}

/* Ends with this exit code, as soon as what must be written is written. */
static void end(struct jml_daemon *d, int exit_code)
{
    if (d->exit_code == JML_DAEMON_DONE)
        d->exit_code = exit_code;
    if (d->stopping && exit_code == JML_DAEMON_DONE)
        return;
    d->stopping = true;
    d->ended = true;
    finish_stop(d);
}

static void control_finished(void *userdata)
{
    struct jml_daemon *d = userdata;

    jml_loop_stop(d->loop);
}

static void on_again(void *userdata)
{
    struct jml_daemon *d = userdata;

    if (d->told_away)
        end(d, JML_DAEMON_UNREACHABLE);
    else
        jml_people_wake(d->people);
}

/* ---- signs of life ---- */

static void on_alive(void *userdata)
{
    struct jml_daemon *d = userdata;

    jml_timer_set(d->alive, d->alive_every);
}

static void on_turn(void *userdata)
{
    int64_t late = jml_notify_alive();

    (void)userdata;
    if (late)
        jml_log_plain(JML_MSG_WATCHDOG_LATE, "the event loop was late by %lld ms",
                      (long long)(late / 1000));
}
