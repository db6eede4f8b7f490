/* SPDX-License-Identifier: MIT
 *
 * Commands: what operators asked for by a row of jml.command. Carried out or refused, on record.
 */
#include "core/identity.h"
#include "core/work.h"

#include <errno.h>
#include <stdlib.h>

static void done(struct jml_work *w, struct jml_command *c, const char *error)
{
    struct jml_str detail = JML_STR_INIT(w->arena);
    jml_detail_text(&detail, "command", c->kind);
    struct jml_note note = {.actor = c->actor, .reason = error, .detail = jml_detail_end(&detail)};
    c->error = error;
    jml_touch(&c->mark);
    c->state = jml_work_move(w, JML_MACHINE_COMMAND, jml_id_text(w->arena, c->id), JML_COMMAND_NEW,
                             error ? JML_FIRE_REFUSE : JML_FIRE_DO, 0, &note);
}

/* ---- events and persons ---- */

bool jml_command_names_event(const struct jml_command *c, const struct jml_event *e)
{
    char *end = NULL;
    errno = 0;
    long long id = c->object_id ? strtoll(c->object_id, &end, 10) : 0;
    return !errno && end && !*end && e->id == id;
}

static struct jml_event *event_of(struct jml_work *w, const struct jml_command *c)
{
    for (size_t i = 0; i < w->s->events.n; i++)
        if (jml_command_names_event(c, w->s->events.items[i]))
            return w->s->events.items[i];
    return NULL;
}

static void move_event(struct jml_work *w, struct jml_event *e, enum jml_fire trigger,
                       const struct jml_command *c, const char *reason)
{
    struct jml_note note = {.actor = c ? c->actor : NULL, .reason = reason, .event_id = e->id};
    int from = e->state == JML_EVENT_PENDING && !e->moved ? JML_EVENT_NEW : (int)e->state;
    e->state = jml_work_move(w, JML_MACHINE_EVENT, jml_printf(w->arena, "%lld", (long long)e->id),
                             from, trigger, 0, &note);
    e->moved = true;
    jml_touch(&e->mark);
}

static const char *event_command(struct jml_work *w, const struct jml_command *c)
{
    struct jml_event *e = event_of(w, c);
    if (!e)
        return "not_found: there is no such event of this person";
    if (jml_streq(c->kind, "event_hold")) {
        if (e->state == JML_EVENT_HELD)
            return "held_already: the event is held already";
        if (e->state == JML_EVENT_REJECTED)
            return "not_pending: the event was rejected; it counts nothing";
        if (e->state != JML_EVENT_PENDING)
            return "not_pending: the event is part of the time line already; what is not true is "
                   "withdrawn by a rescind";
        move_event(w, e, JML_FIRE_HOLD, c, NULL);
        return NULL;
    }
    bool retry = jml_streq(c->kind, "event_retry");
    if (e->state != JML_EVENT_HELD && !(retry && e->state == JML_EVENT_REJECTED))
        return retry ? "not_rejected: the event is neither rejected nor held"
                     : "not_held: the event is not held";
    move_event(w, e, JML_FIRE_RELEASE, c, NULL);
    e->error = NULL;
    e->released = true;
    return NULL;
}

static const char *person_command(struct jml_work *w, const struct jml_command *c)
{
    struct jml_person *p = &w->s->person;
    bool hold = jml_streq(c->kind, "person_hold");
    bool held = p->held_at != JML_TIME_NONE;
    if (hold == held)
        return hold ? "held_already: the person is held already" : "not_held: the person is not held";
    p->held_at = hold ? w->now : JML_TIME_NONE;
    const char *why = jml_value_find_string(c->arguments, "reason");
    p->held_reason = hold ? (why ? why : "held by an operator") : NULL;
    struct jml_str detail = JML_STR_INIT(w->arena);
    jml_detail_time(&detail, "held_at", p->held_at);
    struct jml_note note = {
        .actor = c->actor, .reason = p->held_reason, .detail = jml_detail_end(&detail)};
    p->state = jml_work_move(w, JML_MACHINE_PERSON, jml_id_text(w->arena, p->id),
                             p->moved ? (int)p->state : JML_PERSON_NEW,
                             hold ? JML_FIRE_HOLD : JML_FIRE_RELEASE, 0, &note);
    p->moved = true;
    jml_touch(&p->mark);
    for (size_t i = 0; !hold && i < w->s->events.n; i++)
        if (w->s->events.items[i]->state == JML_EVENT_HELD &&
            jml_str_starts(w->s->events.items[i]->error, "person_held"))
            move_event(w, w->s->events.items[i], JML_FIRE_RELEASE, c, "its person was released");
    return NULL;
}

static const char *merge_command(struct jml_work *w, const struct jml_command *c)
{
    const char *error = jml_identity_merge(w, c);
    for (size_t i = 0; !error && i < w->s->events.n; i++) {
        struct jml_event *e = w->s->events.items[i];
        const char *former = jml_identity_former(e);
        if (e->state != JML_EVENT_HELD || !jml_str_starts(e->error, "needs_merge") || !former ||
            !jml_identity_has(&w->s->person, former))
            continue;
        move_event(w, e, JML_FIRE_RELEASE, c, "the two ids are one person now");
        e->error = NULL;
    }
    return error;
}

void jml_commands_before_fold(struct jml_work *w)
{
    for (size_t i = 0; i < w->s->commands.n; i++) {
        struct jml_command *c = w->s->commands.items[i];
        if (c->state != JML_COMMAND_PENDING)
            continue;
        if (jml_str_starts(c->kind, "event_"))
            done(w, c, event_command(w, c));
        else if (jml_str_starts(c->kind, "person_hold") || jml_str_starts(c->kind, "person_release"))
            done(w, c, person_command(w, c));
        else if (jml_streq(c->kind, "person_merge") && w->s->person.held_at == JML_TIME_NONE)
            done(w, c, merge_command(w, c));
    }
}

/* ---- runs and requests ---- */

static const char *run_workflow(struct jml_work *w, const struct jml_command *c)
{
    struct jml_id id;
    if (!c->object_id || !jml_id_parse(c->object_id, &id))
        return "not_found: object_id names no workflow";
    const struct jml_workflow *wf = jml_governance_find_workflow(w->world->governance, id);
    if (!wf)
        return "not_found: object_id names no workflow";
    if (!wf->enabled)
        return "disabled: the workflow is disabled";
    struct jml_run *run = jml_run_make_on_demand(w, wf, c);
    jml_run_execute(w, run, wf, JML_FIRE_START, c->actor);
    return NULL;
}

static const char *run_command(struct jml_work *w, const struct jml_command *c)
{
    struct jml_id id;
    struct jml_run *run = NULL;
    if (c->object_id && jml_id_parse(c->object_id, &id))
        for (size_t i = 0; i < w->s->runs.n; i++)
            if (jml_id_equal(w->s->runs.items[i]->id, id))
                run = w->s->runs.items[i];
    if (!run)
        return "not_found: there is no such run of this person";
    if (jml_streq(c->kind, "run_cancel")) {
        if (!jml_work_can(JML_MACHINE_RUN, run->state, JML_FIRE_CANCEL, 0))
            return "not_waiting: only a scheduled or held run can be canceled";
        jml_run_cancel(w, run, "operator", c->actor, "canceled by an operator");
        return NULL;
    }
    bool retry = jml_streq(c->kind, "run_retry");
    if (retry ? run->state != JML_RUN_FAILED && run->state != JML_RUN_COMPLETED_WITH_ERRORS
              : run->state != JML_RUN_HELD)
        return retry ? "not_failed: only a run with failed tasks can be tried again"
                     : "not_held: the run is not held";
    const struct jml_governance *g = w->world->governance;
    const struct jml_workflow *newest = jml_governance_find_workflow(g, run->workflow_id);
    if (!newest)
        return "not_found: the workflow of this run is gone";
    if (!newest->enabled)
        return "disabled: the workflow is disabled";
    /* C4: what has started keeps its version */
    const struct jml_workflow *wf = jml_governance_find_version(g, run->workflow_id, run->version);
    if (!wf || wf->incomplete)
        return jml_printf(w->arena,
                          "version_changed: version %d of the workflow, which the run started "
                          "with, names what is gone; run the workflow, now at version %d, on "
                          "demand instead",
                          run->version, newest->version);
    jml_run_execute(w, run, wf, JML_FIRE_RELEASE, c->actor);
    return NULL;
}

static const char *request_command(struct jml_work *w, const struct jml_command *c)
{
    struct jml_id id;
    if (c->object_id && jml_id_parse(c->object_id, &id))
        for (size_t i = 0; i < w->s->requests.n; i++) {
            struct jml_request *r = w->s->requests.items[i];
            if (!jml_id_equal(r->id, id))
                continue;
            if (jml_streq(c->kind, "request_reprocess"))
                return jml_request_reprocess(w, r, c->actor);
            if (!jml_request_is_open(r) && r->state != JML_REQUEST_DELIVERY_FAILED)
                break;
            const char *who = jml_value_find_string(c->arguments, "requestor");
            if (who && !jml_streq(who, r->requestor) && !jml_identity_has(&w->s->person, who))
                return jml_printf(w->arena, "not_yours: '%s' neither asked for it nor is it for them",
                                  who);
            jml_request_cancel(w, r, c->actor,
                               who ? "canceled in the name of who asked" : "canceled by an operator",
                               NULL);
            r->error = jml_printf(w->arena, "canceled: by %s", who ? who : c->actor);
            return NULL;
        }
    if (jml_streq(c->kind, "request_reprocess"))
        return "not_failed: the request is over, or was never there; only a failed delivery is done again";
    return "not_open: the request is not open any more; remove the assignment instead";
}

static const char *assignment_command(struct jml_work *w, const struct jml_command *c)
{
    struct jml_id id;
    struct jml_assignment *as =
        c->object_id && jml_id_parse(c->object_id, &id) ? jml_assignment_get(w, id) : NULL;
    if (!as)
        return "not_held: the person holds no such assignment any more";
    jml_roles_reprocess(w, as, true, c->actor);
    return NULL;
}

void jml_commands_after_plan(struct jml_work *w)
{
    for (size_t i = 0; i < w->s->commands.n; i++) {
        struct jml_command *c = w->s->commands.items[i];
        if (c->state != JML_COMMAND_PENDING)
            continue;
        if (jml_streq(c->kind, "run_cancel"))
            done(w, c, run_command(w, c));
        else if (jml_streq(c->kind, "request_cancel") || jml_streq(c->kind, "request_reprocess"))
            done(w, c, request_command(w, c));
    }
}

void jml_commands_at_last(struct jml_work *w)
{
    for (size_t i = 0; i < w->s->commands.n; i++) {
        struct jml_command *c = w->s->commands.items[i];
        if (c->state != JML_COMMAND_PENDING)
            continue;
        if (jml_streq(c->kind, "workflow_run"))
            done(w, c, run_workflow(w, c));
        else if (jml_streq(c->kind, "run_retry") || jml_streq(c->kind, "run_release"))
            done(w, c, run_command(w, c));
        else if (jml_streq(c->kind, "assignment_reprocess"))
            done(w, c, assignment_command(w, c));
        else
            done(w, c, "unknown_command: this jmld knows no such command");
    }
}

void jml_commands_refuse(struct jml_work *w, const char *error)
{
    for (size_t i = 0; i < w->s->commands.n; i++)
        if (w->s->commands.items[i]->state == JML_COMMAND_PENDING)
            done(w, w->s->commands.items[i], error);
}
