/* SPDX-License-Identifier: MIT */
#include "ctl/governance.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/str.h"
#include "core/governance_check.h"
#include "ctl/output.h"
#include "db/governance.h"
#include "db/param.h"

#define MAX_FILE (64 << 20)

typedef JML_VEC(const char *) file_list;

static int add_path(struct jml_ctl *c, const char *path, file_list *files);

static int say_problems(struct jml_ctl *c, const struct jml_problems *problems)
{
    for (size_t i = 0; i < problems->warnings.n; i++)
        jml_ctl_say(c, 0, "warning: %s: %s", problems->warnings.items[i].path,
                    problems->warnings.items[i].reason);
    for (size_t i = 0; i < problems->n; i++)
        jml_ctl_say(c, JML_EXIT_FAILED, "%s: %s", problems->items[i].path,
                    problems->items[i].reason);
    return problems->n ? JML_EXIT_FAILED : 0;
}

int jml_ctl_documents(struct jml_ctl *c, const struct jml_ctl_call *call,
                      struct jml_document_set *ret_set)
{
    struct jml_problems problems = {.arena = &c->arena};
    file_list files = {0};

    *ret_set = (struct jml_document_set){.arena = &c->arena};
    for (size_t i = 0; i < call->n_arguments; i++) {
        int code = add_path(c, call->arguments[i], &files);
        if (code)
            return code;
    }
    for (size_t i = 0; i < files.n; i++) {
        struct jml_str text = JML_STR_INIT(&c->arena);
        int code = jml_ctl_read_file(c, files.items[i], &text);
        if (code)
            return code;
        jml_document_parse(ret_set, files.items[i], jml_str_text(&text), text.length, &problems);
    }
    return say_problems(c, &problems);
}

/* People and groups that are named, and that nobody is: a slip of the pen, or yet to come. */
static int warn_of_unknown(struct jml_ctl *c, const struct jml_governance_rows *rows,
                           const struct jml_governance *g, struct jml_problems *problems,
                           struct jml_err *e)
{
    struct jml_array_param people, groups;
    struct jml_param params[2];
    struct jml_names names;
    struct jml_result r;

    jml_governance_names(&c->arena, rows, g, &names);
    if (!names.people.n && !names.groups.n)
        return 0;
    jml_array_init(&people, &c->arena, JML_ARRAY_TEXT);
    for (size_t i = 0; i < names.people.n; i++)
        jml_array_add_text(&people, jml_strdup(&c->arena, names.people.items[i].name));
    jml_array_init(&groups, &c->arena, JML_ARRAY_TEXT);
    for (size_t i = 0; i < names.groups.n; i++)
        jml_array_add_text(&groups, jml_strdup(&c->arena, names.groups.items[i].name));
    params[0] = jml_array_param(&people);
    params[1] = jml_array_param(&groups);
    if (jml_session_query(c->session, "governance_unknown", params, 2, &r, e) < 0)
        return -1;
    for (size_t i = 0; i < jml_result_rows(&r); i++) {
        size_t place = (size_t)jml_result_int(&r, i, 0) - 1;
        if (jml_result_bool(&r, i, 1))
            jml_warning_add(problems, names.groups.items[place].path, "nobody is in group '%s'",
                            names.groups.items[place].name);
        else
            jml_warning_add(problems, names.people.items[place].path,
                            "nobody has the employee_id '%s'", names.people.items[place].name);
    }
    jml_session_clear(c->session);
    return 0;
}

/* What is on its way to targets that change their names, and who has what would lead elsewhere. */
static int check_moves(struct jml_ctl *c, const struct jml_governance_rows *before,
                       const struct jml_governance_plan *plan, struct jml_problems *problems,
                       struct jml_err *e)
{
    struct jml_array_param names, roles, places;
    struct jml_param params[2];
    struct jml_moves moves;
    struct jml_result r;

    jml_governance_moves(&c->arena, before, plan, &moves);
    jml_array_init(&names, &c->arena, JML_ARRAY_TEXT);
    for (size_t i = 0; i < moves.renamed.n; i++)
        jml_array_add_text(&names, moves.renamed.items[i].name);
    params[0] = jml_array_param(&names);
    if (moves.renamed.n &&
        jml_session_query(c->session, "governance_open_deliveries", params, 1, &r, e) < 0)
        return -1;
    for (size_t i = 0; moves.renamed.n && i < jml_result_rows(&r); i++)
        jml_governance_renamed_check(problems,
                                     &moves.renamed.items[jml_result_int(&r, i, 0) - 1],
                                     jml_result_int(&r, i, 1));
    jml_session_clear(c->session);
    jml_array_init(&places, &c->arena, JML_ARRAY_INT4);
    jml_array_init(&roles, &c->arena, JML_ARRAY_UUID);
    for (size_t i = 0; i < moves.moved.n; i++)
        for (size_t j = 0; j < moves.moved.items[i].roles.n; j++) {
            jml_array_add_int(&places, (int64_t)i);
            jml_array_add_uuid(&roles, moves.moved.items[i].roles.items[j]);
        }
    params[0] = jml_array_param(&places);
    params[1] = jml_array_param(&roles);
    if (!moves.moved.n)
        return 0;
    if (jml_session_query(c->session, "governance_held_roles", params, 2, &r, e) < 0)
        return -1;
    for (size_t i = 0; i < jml_result_rows(&r); i++)
        jml_governance_moved_check(problems, &moves.moved.items[jml_result_int(&r, i, 0)],
                                   jml_result_int(&r, i, 1));
    jml_session_clear(c->session);
    return 0;
}

int jml_ctl_plan(struct jml_ctl *c, const struct jml_document_set *set,
                 struct jml_governance_plan *ret_plan)
{
    struct jml_problems problems = {.arena = &c->arena};
    struct jml_governance_rows rows;
    struct jml_governance *g = NULL;
    struct jml_id_source ids;
    struct jml_result r;
    struct jml_err e;
    jml_time now;

    jml_id_source_init_random(&ids);
    if (jml_governance_rows_read(c->session, &c->arena, &rows, &e) < 0 ||
        jml_session_query(c->session, "governance_now", NULL, 0, &r, &e) < 0)
        return jml_ctl_fail(c, &e);
    now = jml_result_time(&r, 0, 0);
    jml_session_clear(c->session);
    for (size_t i = 0; rows.no_workflows && i < set->workflows.n; i++)
        jml_problem_add(&problems, set->workflows.items[i].path,
                        "workflows are for operators (jml_operator); the rest may be yours");
    for (size_t i = 0; rows.no_targets && i < set->targets.n; i++)
        jml_problem_add(&problems, set->targets.items[i].path,
                        "targets are for operators (jml_operator) and Identity Governance "
                        "administrators; the rest may be yours");
    if (problems.n)
        return say_problems(c, &problems);
    jml_governance_plan(&c->arena, &rows, set, &ids, now, &problems, ret_plan);
    if (!problems.n && jml_governance_build(&ret_plan->after, &problems, &g, &e) < 0 && !problems.n)
        return jml_ctl_fail(c, &e);
    if (g) {
        int asked = warn_of_unknown(c, &ret_plan->after, g, &problems, &e);
        if (asked == 0)
            asked = check_moves(c, &rows, ret_plan, &problems, &e);
        jml_governance_check(&ret_plan->after, g, &problems);
        jml_governance_free(g);
        if (asked < 0)
            return jml_ctl_fail(c, &e);
    }
    return say_problems(c, &problems);
}

/* ---- printing ---- */

static const char *what(struct jml_ctl *c, const struct jml_governance_plan *plan,
                        const struct jml_change *change)
{
    struct jml_str s = JML_STR_INIT(&c->arena);

    for (size_t i = 0; i < change->keys.n; i++)
        jml_str_addf(&s, "%s%s", i ? ", " : "", change->keys.items[i]);
    if (change->act == JML_ACT_KEEP)
        return "unchanged";
    if (change->act == JML_ACT_CREATE)
        return change->object == JML_OBJECT_WORKFLOW ? "created, version 1" : "created";
    if (change->new_version && change->object == JML_OBJECT_WORKFLOW)
        return jml_printf(&c->arena, "version %d (%s changed)",
                          plan->after.workflows.items[change->row].version, jml_str_text(&s));
    return jml_printf(&c->arena, "%s changed", jml_str_text(&s));
}

/* For scripts: the same as an array of objects. */
static int print_rows(struct jml_ctl *c, const struct jml_governance_plan *plan)
{
    static const struct jml_output_column columns[] = {
        {.name = "kind"}, {.name = "name"}, {.name = "id"}, {.name = "change"}, {.name = "what"}};
    static const char *const acts[] = {"unchanged", "created", "changed"};
    struct jml_output o = {.file = stdout, .format = c->format};
    struct jml_err e;

    jml_output_begin(&o, columns, sizeof(columns) / sizeof(columns[0]));
    for (size_t i = 0; i < plan->changes.n; i++) {
        const struct jml_change *change = plan->changes.items[i];
        struct jml_output_cell cells[] = {
            {.text = jml_object_name(change->object)},
            {.text = change->name},
            {.text = jml_id_text(&c->arena, change->id)},
            {.text = acts[change->act]},
            {.text = what(c, plan, change)},
        };
        jml_output_row(&o, cells);
    }
    return jml_output_end(&o, &e) < 0 ? jml_ctl_fail(c, &e) : 0;
}

int jml_ctl_plan_print(struct jml_ctl *c, const struct jml_governance_plan *plan)
{
    if (c->format != JML_CTL_TABLE)
        return print_rows(c, plan);
    for (size_t i = 0; i < plan->changes.n; i++) {
        const struct jml_change *change = plan->changes.items[i];
        if (change->act != JML_ACT_KEEP)
            printf("%s '%s': %s\n", jml_object_name(change->object), change->name,
                   what(c, plan, change));
    }
    return 0;
}

int jml_ctl_run(struct jml_ctl *c, const char *statement, const struct jml_param *params,
                size_t n_params, int64_t *ret_value, struct jml_err *e)
{
    struct jml_result r;

    if (jml_session_query(c->session, statement, params, n_params, &r, e) < 0)
        return -1;
    if (ret_value && jml_result_rows(&r) == 0) {
        /* row-level security hides from delegates what they may not change */
        jml_session_clear(c->session);
        return jml_err_set(e, JML_ERR_REFUSED,
                           "permission denied: that is not yours to change; jmlctl delegation list");
    }
    if (ret_value)
        *ret_value = jml_result_int(&r, 0, 0);
    jml_session_clear(c->session);
    return 0;
}

/* ---- files ---- */

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int add_path(struct jml_ctl *c, const char *path, file_list *files)
{
    size_t first = files->n, n = strlen(path);
    struct dirent *entry;
    struct stat st;
    DIR *dir;

    if (jml_streq(path, "-")) { /* standard input */
        jml_vec_push(&c->arena, files, path);
        return 0;
    }
    if (stat(path, &st) < 0)
        return jml_ctl_say(c, JML_EXIT_FAILED, "%s: %s", path, strerror(errno));
    if (!S_ISDIR(st.st_mode)) {
        jml_vec_push(&c->arena, files, path);
        return 0;
    }
    dir = opendir(path);
    if (!dir)
        return jml_ctl_say(c, JML_EXIT_FAILED, "%s: %s", path, strerror(errno));
    while (n > 1 && path[n - 1] == '/')
        n--;
    while ((entry = readdir(dir))) {
        size_t length = strlen(entry->d_name);
        if (entry->d_name[0] != '.' && length > 5 && jml_streq(entry->d_name + length - 5, ".json"))
            jml_vec_push(&c->arena, files,
                         jml_printf(&c->arena, "%.*s/%s", (int)n, path, entry->d_name));
    }
    closedir(dir);
    if (files->n == first)
        return jml_ctl_say(c, JML_EXIT_FAILED, "%s: holds no *.json", path);
    qsort(files->items + first, files->n - first, sizeof(*files->items), by_name);
    return 0;
}

int jml_ctl_read_file(struct jml_ctl *c, const char *path, struct jml_str *ret_text)
{
    int fd = jml_streq(path, "-") ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    const char *why = NULL;
    char buffer[16384];
    ssize_t n = fd;

    while (n >= 0 && (n = read(fd, buffer, sizeof(buffer))) != 0) {
        if (n < 0 && errno == EINTR) {
            n = 0;
            continue;
        }
        if (n > 0)
            jml_str_add_n(ret_text, buffer, (size_t)n);
        if (ret_text->length > MAX_FILE) {
            why = jml_printf(&c->arena, "larger than %d MB", MAX_FILE >> 20);
            n = -1;
        }
    }
    if (n < 0)
        jml_ctl_say(c, JML_EXIT_FAILED, "%s: %s", path, why ? why : strerror(errno));
    if (fd > STDIN_FILENO)
        close(fd);
    return n < 0 ? JML_EXIT_FAILED : 0;
}
