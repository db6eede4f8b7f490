/* SPDX-License-Identifier: MIT
 *
 * Tasks: core/tasks.def as an array. The ids are parsed once, before main: a bad one is a bug that
 * no test can miss.
 */
#include "core/governance.h"

struct written_row {
    const char *id;
    struct jml_task_kind_row row;
};

static struct written_row rows[JML_TASK_KIND_COUNT] = {
#define T(kind, guid, task_name, task_categories, task_class, is_supported, mail) \
    [JML_TASK_##kind] = {.id = guid,                                              \
                         .row = {.name = task_name,                               \
                                 .categories = task_categories,                   \
                                 .class = JML_TASK_CLASS_##task_class,            \
                                 .supported = is_supported,                       \
                                 .notification = mail}},
#include "core/tasks.def"
#undef T
};

__attribute__((constructor)) static void parse_ids(void)
{
    for (size_t i = 0; i < JML_TASK_KIND_COUNT; i++)
        if (!jml_id_parse(rows[i].id, &rows[i].row.definition_id))
            jml_bug("tasks.def: '%s' is no id", rows[i].id);
}

const struct jml_task_kind_row *jml_task_kind_row(enum jml_task_kind kind)
{
    return &rows[kind].row;
}

bool jml_task_kind_find(struct jml_id definition_id, enum jml_task_kind *ret_kind)
{
    for (size_t i = 0; i < JML_TASK_KIND_COUNT; i++)
        if (jml_id_equal(rows[i].row.definition_id, definition_id)) {
            *ret_kind = (enum jml_task_kind)i;
            return true;
        }
    return false;
}
