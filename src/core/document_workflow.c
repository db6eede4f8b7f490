/* SPDX-License-Identifier: MIT
 *
 * Document: workflows and their tasks (Microsoft Graph identityGovernance.workflow, task).
 */
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/password.h"
#include "base/str.h"
#include "base/vec.h"
#include "core/document_read.h"

#define MAX_TASKS 25
#define MAX_DAYS  3660

static void read_task(struct jml_reader *r, const struct jml_value *v, const char *path,
                      const char *category, struct jml_document_task *ret);
static void read_arguments(struct jml_reader *r, const struct jml_value *v, const char *path,
                           struct jml_document_task *t);

void jml_document_workflow_read(struct jml_arena *a, const struct jml_value *body, const char *path,
                                struct jml_problems *problems, struct jml_document_workflow *ret)
{
    struct jml_reader r = {.arena = a, .problems = problems};
    jml_read_workflow(&r, body, path, ret);
}

void jml_read_workflow(struct jml_reader *r, const struct jml_value *v, const char *path,
                       struct jml_document_workflow *ret)
{
    static const struct jml_member members[] = {
        JML_MAY("id", STRING),
        JML_MAY("category", STRING),
        JML_MUST("displayName", STRING),
        JML_MAY("description", STRING),
        JML_MAY("isEnabled", BOOL),
        JML_MAY("isSchedulingEnabled", BOOL),
        JML_MUST("executionConditions", OBJECT),
        JML_MUST("tasks", ARRAY),
        JML_LATER("administrationScopeTargets", "it limits whom the workflow touches"),
        JML_LATER("settings", "execution limits"),
        JML_READ_ONLY("version"),
        JML_READ_ONLY("versionNumber"),
        JML_READ_ONLY("createdDateTime"),
        JML_READ_ONLY("createdBy"),
        JML_READ_ONLY("lastModifiedDateTime"),
        JML_READ_ONLY("lastModifiedBy"),
        JML_READ_ONLY("deletedDateTime"),
        JML_READ_ONLY("nextScheduleRunDateTime"),
        JML_READ_ONLY("quarantineDetails"),
        JML_READ_ONLY("executionScope"),
        JML_READ_ONLY("previewScope"),
        JML_READ_ONLY("versions"),
        JML_READ_ONLY("runs"),
        JML_READ_ONLY("taskReports"),
        JML_READ_ONLY("userProcessingResults"),
        JML_READ_ONLY("subjectProcessingResults"),
    };
    static const char *const categories[] = {"joiner", "mover", "leaver", NULL};
    static const char *const later[] = {"extensibility", NULL};
    int category;

    *ret = (struct jml_document_workflow){.path = path};
    if (!jml_read_members(r, v, path, JML_MEMBERS(members)))
        return;
    ret->id = jml_read_id(r, v, path);
    category = jml_read_enum(r, v, path, "category", categories, later);
    ret->category = category < 0 ? NULL : categories[category];
    ret->display_name = jml_read_name(r, v, path, "displayName");
    ret->description = jml_read_description(r, v, path);
    ret->enabled = jml_value_find_bool(v, "isEnabled", true);
    ret->scheduling_enabled = jml_value_find_bool(v, "isSchedulingEnabled", false);
    if (ret->scheduling_enabled && !ret->enabled)
        jml_problem_add(r->problems, jml_pointer(r->arena, path, "isSchedulingEnabled"),
                        "may not be true while isEnabled is false");
    if (jml_read_object(v, "executionConditions"))
        jml_read_conditions(r, jml_read_object(v, "executionConditions"),
                            jml_pointer(r->arena, path, "executionConditions"), ret);
    if (jml_read_array(v, "tasks"))
        jml_read_tasks(r, jml_read_array(v, "tasks"), jml_pointer(r->arena, path, "tasks"), ret);
}

void jml_read_tasks(struct jml_reader *r, const struct jml_value *v, const char *path,
                    struct jml_document_workflow *ret)
{
    if (v->n < 1 || v->n > MAX_TASKS)
        jml_problem_add(r->problems, path, "must hold 1 to %d tasks, holds %u", MAX_TASKS, v->n);
    ret->tasks = jml_new_n(r->arena, struct jml_document_task, v->n);
    ret->n_tasks = v->n;
    for (size_t i = 0; i < v->n; i++)
        read_task(r, v->items[i], jml_pointer_item(r->arena, path, i), ret->category,
                  &ret->tasks[i]);
}

/* ---- tasks ---- */

/* false: unknown, or not carried out yet. */
static bool read_definition(struct jml_reader *r, const struct jml_value *v, const char *path,
                            const char *category, struct jml_document_task *t)
{
    const char *text = jml_value_find_string(v, "taskDefinitionId");
    const struct jml_task_kind_row *row;
    struct jml_id id;

    if (!text)
        return false;
    path = jml_pointer(r->arena, path, "taskDefinitionId");
    if (!jml_id_parse(text, &id) || !jml_task_kind_find(id, &t->kind)) {
        jml_problem_add(r->problems, path, "unknown task definition '%.64s'", text);
        return false;
    }
    row = jml_task_kind_row(t->kind);
    if (!row->supported) {
        jml_problem_add(r->problems, path, "known, not supported yet: '%s'", row->name);
        return false;
    }
    if (category && !strstr(row->categories, category))
        jml_problem_add(r->problems, path, "'%s' is a task of %s workflows, this one is a %s",
                        row->name, row->categories, category);
    return true;
}

static void read_task(struct jml_reader *r, const struct jml_value *v, const char *path,
                      const char *category, struct jml_document_task *ret)
{
    static const struct jml_member members[] = {
        JML_READ_ONLY("id"),
        JML_READ_ONLY("category"),
        JML_READ_ONLY("executionSequence"),
        JML_MUST("taskDefinitionId", STRING),
        JML_MUST("displayName", STRING),
        JML_MAY("description", STRING),
        JML_MAY("isEnabled", BOOL),
        JML_MAY("continueOnError", BOOL),
        JML_MAY("arguments", ARRAY),
        JML_READ_ONLY("taskProcessingResults"),
    };

    *ret = (struct jml_document_task){.path = path};
    if (!jml_read_members(r, v, path, JML_MEMBERS(members)))
        return;
    ret->display_name = jml_read_name(r, v, path, "displayName");
    ret->description = jml_read_description(r, v, path);
    ret->enabled = jml_value_find_bool(v, "isEnabled", true);
    ret->continue_on_error = jml_value_find_bool(v, "continueOnError", false);
    if (read_definition(r, v, path, category, ret))
        read_arguments(r, jml_read_array(v, "arguments"), jml_pointer(r->arena, path, "arguments"),
                       ret);
}

/* ---- arguments ---- */

/* NULL: fine, otherwise what is wrong with the value. */
static const char *check_days(const char *s)
{
    size_t n = strspn(s, "0123456789");
    return n && n <= 4 && !s[n] && atoi(s) <= MAX_DAYS ? NULL
                                                       : "must be a number of days, 0 to 3660";
}

static const char *check_lifetime(const char *s)
{
    size_t n = strspn(s, "0123456789");
    return n && n <= 5 && !s[n] && atoi(s) >= 10 && atoi(s) <= 43200
               ? NULL
               : "must be a number of minutes, 10 to 43200";
}

static const char *check_length(const char *s)
{
    size_t n = strspn(s, "0123456789");
    _Static_assert(JML_PASSWORD_MIN == 12 && JML_PASSWORD_MAX == 64, "as the words below say");
    return n == 2 && !s[n] && atoi(s) >= JML_PASSWORD_MIN && atoi(s) <= JML_PASSWORD_MAX
               ? NULL
               : "must be a number of characters, 12 to 64";
}

static const char *check_bool(const char *s)
{
    return jml_streq(s, "true") || jml_streq(s, "false") ? NULL : "must be true or false";
}

/* A subject becomes a mail header: no line breaks. */
static const char *check_line(const char *s)
{
    return jml_str_printable(s) && jml_str_code_points(s) <= 1000
               ? NULL
               : "must be one line of at most 1000 printable characters";
}

/* Subjects are shown where nobody should read a password. */
static const char *check_subject_of_pass(const char *s)
{
    return strstr(s, "{{temporaryAccessPass}}")
               ? "must not hold {{temporaryAccessPass}}: put it into customBody"
               : check_line(s);
}

static const char *check_text(const char *s)
{
    return strlen(s) <= 65536 ? NULL : "must be at most 64 kB";
}

static const char *check_locale(const char *s)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-";
    size_t n = strspn(s, allowed);
    return n >= 2 && n <= 35 && !s[n] ? NULL : "must be a language tag such as en-us";
}

/* [{"attribute": NAME, "value": TEXT or null}, ...], as Graph has it: in a string */
static const char *check_updates(const char *s)
{
    static const char wrong[] = "must be a JSON array of 1 to 10 objects {\"attribute\": NAME, \"value\": VALUE}";
    struct jml_arena a = {0};
    const struct jml_value *v = NULL;
    struct jml_err e;
    bool fine = jml_value_parse(&a, s, strlen(s), 8, &v, &e) == 0 && v->type == JML_ARRAY && v->n >= 1 &&
                v->n <= 10;
    for (size_t i = 0; fine && i < v->n; i++) {
        const char *name = jml_value_find_string(v->items[i], "attribute");
        fine = v->items[i]->type == JML_OBJECT && name && *name && jml_str_printable(name);
    }
    jml_arena_fini(&a);
    return fine ? NULL : wrong;
}

struct argument {
    const char *name;
    bool required;
    const char *(*check)(const char *value); /* NULL: resolved later */
};

static const struct argument mail_arguments[] = {
    {"cc", false, check_line},
    {"customSubject", false, check_line},
    {"customBody", false, check_text},
    {"locale", false, check_locale},
    {NULL, false, NULL},
};
static const struct argument pass_arguments[] = {
    {"tapLifetimeMinutes", false, check_lifetime},
    {"tapIsUsableOnce", false, check_bool},
    {"passwordLength", false, check_length}, /* of jmld, as is target */
    {"target", false, check_line},
    {"cc", false, check_line},
    {"customSubject", false, check_subject_of_pass},
    {"customBody", false, check_text},
    {"locale", false, check_locale},
    {NULL, false, NULL},
};
static const struct argument request_arguments[] = {
    {"accessPackageId", true, NULL},
    {"assignmentPolicyId", false, NULL},
    {NULL, false, NULL},
};
static const struct argument remove_arguments[] = {
    {"accessPackageId", true, NULL},
    {NULL, false, NULL},
};
static const struct argument remove_all_arguments[] = {
    {"daysUntilExpiration", true, check_days},
    {NULL, false, NULL},
};
/* Tasks at targets. target: of jmld, the names of those whose accounts are meant; all, when not given. */
static const struct argument account_arguments[] = {{"target", false, check_line}, {NULL, false, NULL}};
static const struct argument update_arguments[] = {
    {"attributeUpdates", true, check_updates},
    {"target", false, check_line},
    {NULL, false, NULL},
};
static const struct argument group_arguments[] = {{"groupID", true, NULL}, {NULL, false, NULL}};
static const struct argument team_arguments[] = {{"teamID", true, NULL}, {NULL, false, NULL}};
static const struct argument license_arguments[] = {{"licenses", true, NULL}, {NULL, false, NULL}};
static const struct argument extension_arguments[] = {
    {"customTaskExtensionID", true, check_line},
    {NULL, false, NULL},
};
static const struct argument no_arguments[] = {{NULL, false, NULL}};

static const struct argument *arguments_of(enum jml_task_kind kind)
{
    switch (kind) {
    case JML_TASK_REQUEST_PACKAGE:
        return request_arguments;
    case JML_TASK_REMOVE_PACKAGE:
        return remove_arguments;
    case JML_TASK_REMOVE_ALL_PACKAGES:
        return remove_all_arguments;
    case JML_TASK_ACCESS_PASS:
        return pass_arguments;
    case JML_TASK_ENABLE_ACCOUNT:
    case JML_TASK_DISABLE_ACCOUNT:
    case JML_TASK_DELETE_ACCOUNT:
    case JML_TASK_REVOKE_TOKENS:
    case JML_TASK_REMOVE_ALL_GROUPS:
    case JML_TASK_REMOVE_ALL_TEAMS:
    case JML_TASK_REMOVE_ALL_LICENSES:
        return account_arguments;
    case JML_TASK_UPDATE_ATTRIBUTES:
        return update_arguments;
    case JML_TASK_ADD_GROUPS:
    case JML_TASK_REMOVE_GROUPS:
        return group_arguments;
    case JML_TASK_ADD_TEAMS:
    case JML_TASK_REMOVE_TEAMS:
        return team_arguments;
    case JML_TASK_ASSIGN_LICENSES:
    case JML_TASK_REMOVE_LICENSES:
        return license_arguments;
    case JML_TASK_CUSTOM_EXTENSION:
    case JML_TASK_CUSTOM_EXTENSION_2:
        return extension_arguments;
    default:
        return jml_task_kind_row(kind)->notification ? mail_arguments : no_arguments;
    }
}

static const char *names_of(struct jml_arena *a, const struct argument *known)
{
    struct jml_str s = JML_STR_INIT(a);
    for (size_t i = 0; known[i].name; i++)
        jml_str_addf(&s, "%s%s", i ? ", " : "", known[i].name);
    return known[0].name ? jml_str_text(&s) : "none";
}

static void read_argument(struct jml_reader *r, const struct jml_value *v, const char *path,
                          const struct argument *known, struct jml_document_task *t)
{
    static const struct jml_member members[] = {
        JML_MUST("name", STRING),
        JML_MUST("value", STRING),
    };
    struct jml_document_argument arg = {.path = jml_pointer(r->arena, path, "value")};
    const struct argument *k;
    const char *wrong;

    if (!jml_read_members(r, v, path, JML_MEMBERS(members)))
        return;
    arg.name = jml_value_find_string(v, "name");
    arg.value = jml_value_find_string(v, "value");
    if (!arg.name || !arg.value)
        return;
    for (k = known; k->name && !jml_streq(k->name, arg.name); k++)
        ;
    if (!k->name) {
        jml_problem_add(r->problems, jml_pointer(r->arena, path, "name"),
                        "unknown argument '%.64s' (known: %s)", arg.name,
                        names_of(r->arena, known));
        return;
    }
    if (jml_document_argument(t, arg.name)) {
        jml_problem_add(r->problems, jml_pointer(r->arena, path, "name"), "'%s' is given twice",
                        arg.name);
        return;
    }
    wrong = k->check ? k->check(arg.value) : *arg.value ? NULL : "is empty";
    if (wrong)
        jml_problem_add(r->problems, arg.path, "%s", wrong);
    t->arguments[t->n_arguments++] = arg;
}

static void read_arguments(struct jml_reader *r, const struct jml_value *v, const char *path,
                           struct jml_document_task *t)
{
    const struct argument *known = arguments_of(t->kind);
    const struct jml_document_argument *days;

    /* one more than given: the plan may fill in the policy */
    t->arguments = jml_new_n(r->arena, struct jml_document_argument, (v ? v->n : 0) + 1);
    for (size_t i = 0; v && i < v->n; i++)
        read_argument(r, v->items[i], jml_pointer_item(r->arena, path, i), known, t);
    for (size_t i = 0; known[i].name; i++)
        if (known[i].required && !jml_document_argument(t, known[i].name))
            jml_problem_add(r->problems, path, "'%s' needs the argument %s",
                            jml_task_kind_row(t->kind)->name, known[i].name);
    days = jml_document_argument(t, "daysUntilExpiration");
    t->days_until_expiration = days ? atoi(days->value) : 0;
}

const struct jml_document_argument *jml_document_argument(const struct jml_document_task *t,
                                                          const char *name)
{
    for (size_t i = 0; i < t->n_arguments; i++)
        if (jml_streq(t->arguments[i].name, name))
            return &t->arguments[i];
    return NULL;
}

const struct jml_document_argument *jml_document_roles(const struct jml_document_task *t)
{
    const struct jml_document_argument *arg = jml_document_argument(t, "groupID");
    if (!arg)
        arg = jml_document_argument(t, "teamID");
    return arg ? arg : jml_document_argument(t, "licenses");
}

/* ---- normal form ---- */

static const struct jml_value *format_arguments(struct jml_arena *a,
                                                const struct jml_document_task *t)
{
    struct jml_maker list = {.arena = a};

    for (size_t i = 0; i < t->n_arguments; i++) {
        struct jml_maker m = {.arena = a};
        jml_make_string(&m, "name", t->arguments[i].name);
        jml_make_string(&m, "value", t->arguments[i].value);
        jml_make(&list, "", jml_made_object(&m));
    }
    return jml_made_array(&list);
}

const struct jml_value *jml_document_tasks_format(struct jml_arena *a,
                                                  const struct jml_document_workflow *w,
                                                  bool with_names)
{
    struct jml_maker list = {.arena = a};

    for (size_t i = 0; i < w->n_tasks; i++) {
        const struct jml_document_task *t = &w->tasks[i];
        const struct jml_task_kind_row *row = jml_task_kind_row(t->kind);
        struct jml_maker m = {.arena = a};
        jml_make_string(&m, "taskDefinitionId", jml_id_text(a, row->definition_id));
        if (with_names) {
            jml_make_string(&m, "displayName", t->display_name);
            jml_make_string(&m, "description", t->description);
        }
        jml_make(&m, "isEnabled", jml_value_bool(t->enabled));
        jml_make(&m, "continueOnError", jml_value_bool(t->continue_on_error));
        jml_make(&m, "arguments", format_arguments(a, t));
        jml_make(&list, "", jml_made_object(&m));
    }
    return jml_made_array(&list);
}

const struct jml_value *jml_document_workflow_format(struct jml_arena *a,
                                                     const struct jml_document_workflow *w)
{
    struct jml_maker m = {.arena = a};

    jml_make_string(&m, "category", w->category);
    jml_make_string(&m, "displayName", w->display_name);
    jml_make_string(&m, "description", w->description);
    jml_make(&m, "isEnabled", jml_value_bool(w->enabled));
    jml_make(&m, "isSchedulingEnabled", jml_value_bool(w->scheduling_enabled));
    jml_make(&m, "executionConditions", w->conditions);
    jml_make(&m, "tasks", jml_document_tasks_format(a, w, true));
    return jml_made_object(&m);
}
