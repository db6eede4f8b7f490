/* SPDX-License-Identifier: MIT
 *
 * jmlctl migrate: creates the schema, or brings it to what this program knows.
 */
#include <stdio.h>

#include "core/machine.h"
#include "ctl/output.h"
#include "db/migrate.h"

static int run(struct jml_ctl *c, const struct jml_ctl_call *call);

static const struct jml_ctl_option options[] = {
    {"plan", NULL, false, "say what is missing and change nothing"},
    {0},
};

const struct jml_verb jml_ctl_migrate_verbs[] = {
    {
        .noun = "migrate",
        .arguments = "[--plan]",
        .summary = "Creates or upgrades the schema, forward only, each step in a transaction of "
                   "its own.",
        .options = options,
        .run = run,
    },
    {0},
};

struct telling {
    struct jml_ctl *c;
    struct jml_output out;
    bool plan;
};

static void tell(void *userdata, int number, const char *slug);
static const struct jml_migrate_transition *transitions(struct jml_ctl *c);

static int run(struct jml_ctl *c, const struct jml_ctl_call *call)
{
    static const struct jml_output_column columns[] = {
        {"number", JML_COLUMN_NUMBER},
        {"slug", JML_COLUMN_TEXT},
        {"applied", JML_COLUMN_BOOL},
    };
    struct telling telling = {
        .c = c,
        .out = {.file = stdout, .format = c->format},
        .plan = jml_ctl_option(call, "plan") != NULL,
    };
    const struct jml_migrate_options migration = {
        .plan = telling.plan,
        .transitions = transitions(c),
        .n_transitions = jml_transitions_count,
        .tell = tell,
        .userdata = &telling,
    };
    struct jml_err e, output_error;
    size_t applied = 0;
    int code, r;

    c->ignore_schema = true;
    code = jml_ctl_session(c);
    if (code != 0)
        return code;
    if (c->format != JML_CTL_TABLE)
        jml_output_begin(&telling.out, columns, 3);
    r = jml_migrate(c->session, &migration, &applied, &e);
    if (c->format != JML_CTL_TABLE && jml_output_end(&telling.out, &output_error) < 0)
        return jml_ctl_fail(c, &output_error);
    if (r < 0)
        return jml_ctl_fail(c, &e);
    if (applied == 0 && c->format == JML_CTL_TABLE)
        puts("the schema is up to date");
    return JML_EXIT_DONE;
}

static void tell(void *userdata, int number, const char *slug)
{
    struct telling *t = userdata;
    const struct jml_output_cell cells[] = {
        {.text = jml_printf(&t->c->arena, "%d", number)},
        {.text = slug},
        {.text = t->plan ? "false" : "true"},
    };

    if (t->c->format != JML_CTL_TABLE)
        jml_output_row(&t->out, cells);
    else
        printf("%s %04d_%s\n", t->plan ? "missing" : "applied", number, slug);
    fflush(stdout);
}

static const struct jml_migrate_transition *transitions(struct jml_ctl *c)
{
    struct jml_migrate_transition *rows =
        jml_new_n(&c->arena, struct jml_migrate_transition, jml_transitions_count);

    for (size_t i = 0; i < jml_transitions_count; i++) {
        const struct jml_transition *t = &jml_transitions[i];

        rows[i] = (struct jml_migrate_transition){
            .rule = t->rule,
            .machine = jml_machine_name(t->machine),
            .from_state = jml_state_name(t->machine, t->from),
            .trigger = jml_fire_name(t->trigger),
            .guard = t->guard == JML_GUARD_ALWAYS ? NULL : jml_guard_name(t->guard),
            .to_state = jml_state_name(t->machine, t->to),
            .sentence = t->sentence,
        };
    }
    return rows;
}
