/* SPDX-License-Identifier: MIT
 *
 * Document reader: what the files document*.c share. A table of members says what an object may
 * hold; jml_read_members() compares once and reports, the finders afterwards simply see nothing
 * where something of the wrong type stands.
 */
#ifndef JML_CORE_DOCUMENT_READ_H
#define JML_CORE_DOCUMENT_READ_H

#include "core/document.h"

struct jml_reader {
    struct jml_arena *arena;
    struct jml_problems *problems;
    bool stored; /* from the database: nothing to warn of or to complain about */
};

enum jml_member_kind {
    JML_MEMBER_STRING,
    JML_MEMBER_BOOL,
    JML_MEMBER_INT,
    JML_MEMBER_ARRAY,
    JML_MEMBER_OBJECT,
    JML_MEMBER_ANY,       /* checked elsewhere */
    JML_MEMBER_READ_ONLY, /* what Graph adds to a response: left out */
    JML_MEMBER_LATER,     /* known; not supported yet unless it says nothing ([], {}, false, "") */
};

struct jml_member {
    const char *name;
    enum jml_member_kind kind;
    bool required;
    const char *why; /* LATER: put behind "known, not supported yet"; NULL: nothing */
};

#define JML_MAY(name, kind)                  \
    {                                        \
        name, JML_MEMBER_##kind, false, NULL \
    }
#define JML_MUST(name, kind)                \
    {                                       \
        name, JML_MEMBER_##kind, true, NULL \
    }
#define JML_READ_ONLY(name)                     \
    {                                           \
        name, JML_MEMBER_READ_ONLY, false, NULL \
    }
#define JML_LATER(name, why)               \
    {                                      \
        name, JML_MEMBER_LATER, false, why \
    }
#define JML_MEMBERS(table) (table), sizeof(table) / sizeof((table)[0])

/* "/workflows" + "0"; escaped as RFC 6901 wants. */
const char *jml_pointer(struct jml_arena *a, const char *path, const char *member);
const char *jml_pointer_item(struct jml_arena *a, const char *path, size_t index);

/* false when v is no object (a problem then); all members are reported in any case. A null counts
 * as absent. Annotations ("@odata.type", "tasks@odata.context") are always allowed. */
bool jml_read_members(struct jml_reader *r, const struct jml_value *v, const char *path,
                      const struct jml_member *members, size_t n);

/* Names that stand twice in an object of a text that jml_value_parse() has taken. */
void jml_read_keys(struct jml_reader *r, const char *text, size_t length, const char *path);

/* Finders by member. Absent, null or of another type: NULL, fallback, none. */
const struct jml_value *jml_read_array(const struct jml_value *v, const char *member);
const struct jml_value *jml_read_object(const struct jml_value *v, const char *member);
/* A displayName: 1 to 256 printable characters without outer blanks. */
const char *jml_read_name(struct jml_reader *r, const struct jml_value *v, const char *path,
                          const char *member);
/* A description: any text of at most 4,000 characters. NULL when absent or empty. */
const char *jml_read_description(struct jml_reader *r, const struct jml_value *v, const char *path);
/* The "id"; none when absent, a problem when it is no uuid. */
struct jml_id jml_read_id(struct jml_reader *r, const struct jml_value *v, const char *path);
/* "name", {"id": "..."} or {"displayName": "..."}. */
struct jml_reference jml_read_reference(struct jml_reader *r, const struct jml_value *v,
                                        const char *path);
/* Index of the string in a NULL-terminated list; -1 when absent; a problem and -2 when not in it.
 * later: words that are known but not supported yet; NULL: none. */
int jml_read_enum(struct jml_reader *r, const struct jml_value *v, const char *path,
                  const char *member, const char *const *words, const char *const *later);
/* Last part of "@odata.type" ("#microsoft.graph.identityGovernance.X" gives "X"); NULL: none. */
const char *jml_read_type(const struct jml_value *v);

/* Objects in normal form, member by member; a NULL value is left out. */
struct jml_maker {
    struct jml_arena *arena;
    struct {
        const char **items;
        size_t n, cap;
    } keys;
    struct {
        const struct jml_value **items;
        size_t n, cap;
    } values;
};

void jml_make(struct jml_maker *m, const char *key, const struct jml_value *value);
void jml_make_string(struct jml_maker *m, const char *key, const char *text);
const struct jml_value *jml_made_object(struct jml_maker *m);
const struct jml_value *jml_made_array(struct jml_maker *m); /* keys do not matter */
/* A copy without nulls and annotations other than "@odata.type". */
const struct jml_value *jml_value_plain(struct jml_arena *a, const struct jml_value *v);

/* Is the member there, and not null? */
bool jml_has(const struct jml_value *v, const char *member);
/* Two spellings of one property: a problem when both are there. */
void jml_read_spelling(struct jml_reader *r, const struct jml_value *v, const char *path,
                       const char *member, const char *other);
/* A duration; false and untouched when it is absent or wrong (a problem then). */
bool jml_read_duration(struct jml_reader *r, const struct jml_value *v, const char *path,
                       const char *member, bool may_be_zero, struct jml_duration *ret);
/* A whole number from least to most; false and untouched as above. */
bool jml_read_number(struct jml_reader *r, const struct jml_value *v, const char *path,
                     const char *member, int least, int most, int *ret);
bool jml_duration_is_zero(struct jml_duration d);

/* Subject sets as they are collected: for the decisions, and for the normal form. */
struct jml_subject_list {
    JML_DOCUMENTS(jml_subject) items;
    struct jml_maker values;
};

#define JML_SUBJECT(kind) (1U << JML_SUBJECT_##kind)

/* Adds the sets of an array; allowed: a bit for each kind that may stand here. Those with isBackup
 * go to backups (NULL: none may be one). */
void jml_read_subjects(struct jml_reader *r, const struct jml_value *v, const char *path,
                       unsigned allowed, struct jml_subject_list *ret,
                       struct jml_subject_list *backups);
struct jml_subjects jml_subjects_of(const struct jml_subject_list *list);

/* The parts. */
void jml_read_package(struct jml_reader *r, const struct jml_value *v, const char *path,
                      struct jml_document_package *ret);
void jml_read_policy(struct jml_reader *r, const struct jml_value *v, const char *path,
                     const struct jml_document_package *package, struct jml_document_policy *ret);
/* requestApprovalSettings; its normal form, NULL: it says nothing. */
const struct jml_value *jml_read_approval(struct jml_reader *r, const struct jml_value *v,
                                          const char *path, struct jml_document_policy *ret);
/* questions, likewise. */
const struct jml_value *jml_read_questions(struct jml_reader *r, const struct jml_value *v,
                                           const char *path, struct jml_document_policy *ret);
void jml_read_target(struct jml_reader *r, const struct jml_value *v, const char *path,
                     struct jml_document_target *ret);
void jml_read_extension(struct jml_reader *r, const struct jml_value *v, const char *path,
                        struct jml_document_target *ret);
/* The settings of a kind of targets; what speaks HTTP beside them; one address of it. */
void jml_read_settings(struct jml_reader *r, const struct jml_value *v, const char *path,
                       const char *kind);
void jml_read_http(struct jml_reader *r, const struct jml_value *v, const char *path);
void jml_read_url(struct jml_reader *r, const struct jml_value *v, const char *path,
                  const char *member, bool allow_http);
/* Reports what looks like a secret; gives v without members that are called like one. */
const struct jml_value *jml_read_secrets(struct jml_reader *r, const struct jml_value *v,
                                         const char *path);
/* Microseconds as a duration: "P1D", "PT30S". */
const char *jml_span_format(struct jml_arena *a, jml_time span);
void jml_read_workflow(struct jml_reader *r, const struct jml_value *v, const char *path,
                       struct jml_document_workflow *ret);
void jml_read_conditions(struct jml_reader *r, const struct jml_value *v, const char *path,
                         struct jml_document_workflow *ret);
void jml_read_tasks(struct jml_reader *r, const struct jml_value *v, const char *path,
                    struct jml_document_workflow *ret);

#endif
