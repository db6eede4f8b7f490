/* SPDX-License-Identifier: MIT */
#include "core/governance_index.h"

#include <string.h>

#include "base/str.h"

struct jml_lookup_entry {
    struct jml_lookup_entry *next;
    struct jml_id scope;
    const char *name;
    size_t number;
};

static uint64_t hash(struct jml_id scope, const char *name)
{
    uint64_t h = jml_id_hash(scope);
    for (; *name; name++)
        h = (h ^ (unsigned char)*name) * UINT64_C(0x100000001b3);
    return h ^ (h >> 29);
}

static void grow(struct jml_lookup *l)
{
    size_t n = l->n_buckets ? 2 * l->n_buckets : 64;
    struct jml_lookup_entry **buckets = jml_new_n(l->arena, struct jml_lookup_entry *, n);

    for (size_t i = 0; i < l->n_buckets; i++)
        for (struct jml_lookup_entry *e = l->buckets[i], *next; e; e = next) {
            struct jml_lookup_entry **at = &buckets[hash(e->scope, e->name) & (n - 1)];
            next = e->next;
            while (*at) /* behind: newer entries of a key stay in front of older ones */
                at = &(*at)->next;
            e->next = NULL;
            *at = e;
        }
    l->buckets = buckets;
    l->n_buckets = n;
}

void jml_lookup_set(struct jml_lookup *l, struct jml_id scope, const char *name, size_t number)
{
    struct jml_lookup_entry *e = jml_new(l->arena, struct jml_lookup_entry), **bucket;

    if (l->n >= l->n_buckets)
        grow(l);
    bucket = &l->buckets[hash(scope, name) & (l->n_buckets - 1)];
    *e = (struct jml_lookup_entry){.next = *bucket, .scope = scope, .name = name, .number = number};
    *bucket = e;
    l->n++;
}

bool jml_lookup_find(const struct jml_lookup *l, struct jml_id scope, const char *name,
                     size_t *ret_number)
{
    if (!l->n_buckets)
        return false;
    for (const struct jml_lookup_entry *e = l->buckets[hash(scope, name) & (l->n_buckets - 1)]; e;
         e = e->next)
        if (jml_id_equal(e->scope, scope) && jml_streq(e->name, name)) {
            if (e->number == JML_LOOKUP_NONE)
                return false;
            *ret_number = e->number;
            return true;
        }
    return false;
}

#define INDEX(rows, ids, names, scope_of)                                        \
    do {                                                                         \
        (ids).arena = (names).arena = a;                                         \
        for (size_t i = 0; i < (rows).n; i++) {                                  \
            jml_lookup_set(&(ids), (rows).items[i].id, "", i);                   \
            jml_lookup_set(&(names), scope_of, (rows).items[i].display_name, i); \
        }                                                                        \
    } while (0)

void jml_governance_index_rows(struct jml_governance_index *x, struct jml_arena *a,
                               const struct jml_governance_rows *rows)
{
    *x = (struct jml_governance_index){0};
    INDEX(rows->catalogs, x->catalogs, x->catalog_names, jml_id_none);
    INDEX(rows->targets, x->targets, x->target_names, jml_id_none);
    INDEX(rows->resources, x->resources, x->resource_names, rows->resources.items[i].catalog_id);
    INDEX(rows->roles, x->roles, x->role_names, rows->roles.items[i].resource_id);
    INDEX(rows->packages, x->packages, x->package_names, jml_id_none);
    INDEX(rows->policies, x->policies, x->policy_names, rows->policies.items[i].package_id);
    INDEX(rows->organizations, x->organizations, x->organization_names, jml_id_none);
    INDEX(rows->workflows, x->workflows, x->workflow_names, jml_id_none);
}

bool jml_index_resolve(const struct jml_lookup *ids, const struct jml_lookup *names,
                       struct jml_id scope, const char *text, size_t *ret_number)
{
    struct jml_id id;

    if (!text)
        return false;
    if (jml_id_parse(text, &id) && jml_lookup_find(ids, id, "", ret_number))
        return true;
    return jml_lookup_find(names, scope, text, ret_number);
}

static const char *trimmed(struct jml_arena *a, const char *s, size_t n)
{
    while (n && s[0] == ' ') {
        s++;
        n--;
    }
    while (n && s[n - 1] == ' ')
        n--;
    return jml_strndup(a, s, n);
}

size_t jml_index_packages(struct jml_arena *a, const struct jml_governance_index *x,
                          const char *text, size_t **ret_numbers, const char **ret_unknown)
{
    size_t n = 0, max = 1;

    for (const char *c = text; *c; c++)
        max += *c == ',';
    *ret_numbers = jml_new_n(a, size_t, max);
    /* a name may have a comma in it */
    if (jml_index_resolve(&x->packages, &x->package_names, jml_id_none,
                          trimmed(a, text, strlen(text)), &(*ret_numbers)[0]))
        return 1;
    for (;;) {
        size_t length = strcspn(text, ",");
        const char *part = trimmed(a, text, length);
        if (!jml_index_resolve(&x->packages, &x->package_names, jml_id_none, part,
                               &(*ret_numbers)[n])) {
            *ret_unknown = part;
            return 0;
        }
        n++;
        if (!text[length])
            return n;
        text += length + 1;
    }
}

static const struct jml_resource_row *resource_of(const struct jml_governance_rows *rows,
                                                  const struct jml_role_row *role)
{
    for (size_t i = 0; i < rows->resources.n; i++)
        if (jml_id_equal(rows->resources.items[i].id, role->resource_id))
            return &rows->resources.items[i];
    return NULL;
}

static bool find_role(struct jml_arena *a, const struct jml_governance_rows *rows, const char *name,
                      size_t *ret_number)
{
    struct jml_id id;
    bool is_id = jml_id_parse(name, &id);
    size_t n = 0; /* of the resource that is named alone */
    for (size_t i = 0; i < rows->roles.n; i++) {
        const struct jml_role_row *role = &rows->roles.items[i];
        const struct jml_resource_row *resource = resource_of(rows, role);
        if (!resource || jml_id_is_set(role->former_of))
            continue;
        if ((is_id && jml_id_equal(role->id, id)) ||
            jml_streq(jml_printf(a, "%s/%s", resource->display_name, role->display_name), name)) {
            *ret_number = i;
            return true;
        }
        if ((is_id && jml_id_equal(resource->id, id)) || jml_streq(resource->display_name, name)) {
            *ret_number = i;
            n++;
        }
    }
    return n == 1;
}

size_t jml_index_roles(struct jml_arena *a, const struct jml_governance_rows *rows, const char *text,
                       size_t **ret_numbers, const char **ret_unknown)
{
    size_t n = 0, max = 1;

    for (const char *c = text; *c; c++)
        max += *c == ',';
    *ret_numbers = jml_new_n(a, size_t, max);
    for (;;) {
        size_t length = strcspn(text, ",");
        const char *part = trimmed(a, text, length);
        if (!find_role(a, rows, part, &(*ret_numbers)[n])) {
            *ret_unknown = part;
            return 0;
        }
        n++;
        if (!text[length])
            return n;
        text += length + 1;
    }
}
