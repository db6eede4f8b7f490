/* SPDX-License-Identifier: MIT
 *
 * Check: see check.h.
 */
#include "ctl/check.h"

#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "base/vec.h"
#include "core/step.h"
#include "ctl/output.h"
#include "db/governance.h"
#include "db/load.h"

/* The keys of --json and --csv, in their order. */
enum { EMPLOYEE, STATE, ERROR, POLICY, STARTS_AT, ENDS_AT, APPROVAL, APPROVERS, N_KEYS };
static const struct jml_output_column keys[N_KEYS] = {
    [EMPLOYEE] = {"employee_id", JML_COLUMN_TEXT}, [STATE] = {"state", JML_COLUMN_TEXT},
    [ERROR] = {"error", JML_COLUMN_TEXT},          [POLICY] = {"policy", JML_COLUMN_TEXT},
    [STARTS_AT] = {"starts_at", JML_COLUMN_TIME},  [ENDS_AT] = {"ends_at", JML_COLUMN_TIME},
    [APPROVAL] = {"approval", JML_COLUMN_BOOL},    [APPROVERS] = {"approvers", JML_COLUMN_TEXT},
};

struct verdict {
    const char *id, *employee_id, *state, *error, *policy, *approvers;
    jml_time starts_at, ends_at;
    bool approval;
};

struct checking {
    struct jml_ctl *c;
    struct jml_governance *governance;
    struct jml_id_source ids;
    JML_VEC(struct verdict) verdicts;
};

static int check_rights(struct jml_ctl *c);
static int insert_all(struct checking *k, const char *insert, const struct jml_param *params,
                      size_t n_params, struct jml_err *e);
static int decide(struct checking *k, struct verdict *v, struct jml_err *e);
static void read_decision(struct checking *k, const struct jml_snapshot *s, struct verdict *v);
static int print(struct checking *k);

int jml_ctl_check(struct jml_ctl *c, const char *insert, const struct jml_param *params,
                  size_t n_params)
{
    struct checking k = {.c = c};
    struct jml_err e, lost;
    int code = jml_ctl_session(c), r;

    if (code == 0)
        code = check_rights(c);
    if (code != 0)
        return code;
    jml_id_source_init_random(&k.ids);
    r = jml_session_script(c->session, "begin isolation level repeatable read", &e);
    if (r == 0)
        r = jml_governance_read(c->session, &k.governance, &e);
    if (r == 0)
        r = insert_all(&k, insert, params, n_params, &e);
    for (size_t i = 0; r == 0 && i < k.verdicts.n; i++)
        r = decide(&k, &k.verdicts.items[i], &e);
    if (r < 0)
        code = jml_ctl_fail(c, &e);
    /* nothing stays of it; a connection that is gone took it along */
    jml_session_clear(c->session);
    if (jml_session_script(c->session, "rollback", &lost) < 0 && code == 0)
        code = jml_ctl_fail(c, &lost);
    if (code == 0)
        code = print(&k);
    jml_governance_free(k.governance);
    return code;
}

/* What is decided from a part of somebody's rows would be another decision. */
static int check_rights(struct jml_ctl *c)
{
    struct jml_result r;
    struct jml_err e;
    bool all;

    if (jml_session_query(c->session, "check_rights", NULL, 0, &r, &e) < 0)
        return jml_ctl_fail(c, &e);
    all = jml_result_bool(&r, 0, 0);
    jml_session_clear(c->session);
    return all ? 0
               : jml_ctl_say(c, JML_EXIT_FAILED,
                             "--check looks at all there is about a person: that is for operators "
                             "(jml_operator)");
}

static int insert_all(struct checking *k, const char *insert, const struct jml_param *params,
                      size_t n_params, struct jml_err *e)
{
    struct jml_arena *a = &k->c->arena;
    struct jml_result r;

    if (jml_session_query(k->c->session, insert, params, n_params, &r, e) < 0)
        return -1;
    for (size_t i = 0; i < jml_result_rows(&r); i++) {
        struct verdict v = {
            .id = jml_result_text(&r, i, 0, a),
            .employee_id = jml_result_text(&r, i, 1, a),
            .state = jml_result_text(&r, i, 2, a),
            .error = jml_result_text(&r, i, 3, a),
            .starts_at = JML_TIME_NONE,
            .ends_at = JML_TIME_NONE,
        };
        jml_vec_push(a, &k->verdicts, v);
    }
    jml_session_clear(k->c->session);
    return 0;
}

static int decide(struct checking *k, struct verdict *v, struct jml_err *e)
{
    struct jml_ctl *c = k->c;
    struct jml_arena arena;
    struct jml_claim claim;
    const char *zone;
    int r;

    if (!v->id || !jml_streq(v->state, "submitted"))
        return 0; /* left out, or answered at once */
    jml_arena_init(&arena);
    r = jml_load_person(c->session, &arena, v->employee_id, &claim, &zone, e);
    if (r == 0) {
        const struct jml_world world = {
            .now = claim.now,
            .governance = k->governance,
            .zones = c->zones,
            .default_zone = zone,
            .catch_up = JML_TIME_MAX,
            .ids = &k->ids,
        };
        struct jml_snapshot *s = &claim.people[0];

        if (s->person.held_at != JML_TIME_NONE) {
            v->state = "held";
            v->error = "the person is held: nothing is decided before jmlctl person release";
        } else {
            if (!jml_id_is_set(s->person.id)) /* as a claim makes who is new */
                s->person.id = jml_id_next(&k->ids, claim.now);
            jml_step(&arena, &world, s);
            read_decision(k, s, v);
        }
    } else if (r > 0) {
        v->state = "denied";
        v->error = jml_printf(&c->arena, "unknown_person: no employment is known of '%s'",
                              v->employee_id);
        r = 0;
    }
    jml_arena_fini(&arena);
    return r;
}

/* Whom the step queued a mail for, so that they decide: the keys of those mails end with their ids. */
static const char *approvers_of(struct jml_arena *a, const struct jml_snapshot *s,
                                const struct jml_request *r)
{
    const char *asked = jml_printf(a, "approval_requested:%s:%d:", jml_id_text(a, r->id), r->stage);
    struct jml_str text = JML_STR_INIT(a);

    for (size_t i = 0; i < s->notifications.n; i++) {
        const char *key = s->notifications.items[i]->dedup_key;

        if (key && jml_str_starts(key, asked))
            jml_str_addf(&text, "%s%s", text.length ? ", " : "", key + strlen(asked));
    }
    return text.length ? jml_str_text(&text) : NULL;
}

static void read_decision(struct checking *k, const struct jml_snapshot *s, struct verdict *v)
{
    struct jml_arena *a = &k->c->arena;
    const struct jml_policy *policy;
    const struct jml_request *r = NULL;
    struct jml_id id;

    if (!jml_id_parse(v->id, &id))
        return;
    for (size_t i = 0; i < s->requests.n && !r; i++)
        if (jml_id_equal(s->requests.items[i]->id, id))
            r = s->requests.items[i];
    if (!r)
        return;
    policy = jml_governance_find_policy(k->governance, r->policy_id);
    v->state = jml_state_name(JML_MACHINE_REQUEST, r->state);
    v->error = jml_strdup(a, r->error);
    v->policy = policy ? policy->display_name : NULL;
    v->starts_at = r->starts_at;
    v->ends_at = r->ends_at;
    v->approval = r->state == JML_REQUEST_PENDING_APPROVAL;
    v->approvers = approvers_of(a, s, r);
    for (size_t i = 0; i < s->assignments.n; i++) {
        const struct jml_assignment *as = s->assignments.items[i];

        if (!jml_id_equal(as->request_id, r->id) && !jml_id_equal(as->id, r->assignment_id))
            continue;
        v->starts_at = as->starts_at;
        v->ends_at = as->ends_at;
    }
}

static int print(struct checking *k)
{
    struct jml_output out = {.file = stdout, .format = k->c->format, .zone = k->c->zone};
    int code = JML_EXIT_DONE;
    struct jml_err e;

    jml_output_begin(&out, keys, N_KEYS);
    for (size_t i = 0; i < k->verdicts.n; i++) {
        const struct verdict *v = &k->verdicts.items[i];
        const struct jml_output_cell cells[N_KEYS] = {
            [EMPLOYEE] = {.text = v->employee_id}, [STATE] = {.text = v->state},
            [ERROR] = {.text = v->error},          [POLICY] = {.text = v->policy},
            [STARTS_AT] = {.time = v->starts_at},  [ENDS_AT] = {.time = v->ends_at},
            [APPROVAL] = {.text = v->approval ? "true" : "false"},
            [APPROVERS] = {.text = v->approvers},
        };

        jml_output_row(&out, cells);
        if (jml_streq(v->state, "denied") || jml_streq(v->state, "held"))
            code = JML_EXIT_FAILED;
    }
    if (jml_output_end(&out, &e) < 0)
        return jml_ctl_say(k->c, JML_EXIT_FAILED, "%s", e.message);
    return code;
}
