/* SPDX-License-Identifier: MIT
 *
 * Document: who has to approve what is asked for under a policy (Microsoft Graph
 * accessPackageAssignmentApprovalSettings, accessPackageApprovalStage), in the spelling of v1.0 and
 * of beta.
 */
#include "base/str.h"
#include "core/document_read.h"

#define MAX_MINUTES    (JML_DOCUMENT_MAX_DAYS * 24 * 60)
#define DEFAULT_DENIAL 14 /* days */

static const unsigned approvers = JML_SUBJECT(SINGLE_USER) | JML_SUBJECT(GROUP_MEMBERS) |
                                  JML_SUBJECT(REQUESTOR_MANAGER) | JML_SUBJECT(TARGET_MANAGER) |
                                  JML_SUBJECT(INTERNAL_SPONSORS) | JML_SUBJECT(EXTERNAL_SPONSORS);

static const struct jml_value *read_stage(struct jml_reader *r, const struct jml_value *v,
                                          const char *path, bool required, struct jml_stage *ret);

static void check_mode(struct jml_reader *r, const struct jml_value *v, const char *path)
{
    static const char *const modes[] = {"NoApproval", "SingleStage", "Serial", NULL};
    int mode = jml_read_enum(r, v, path, "approvalMode", modes, NULL);
    const struct jml_value *stages = jml_read_array(v, "approvalStages");

    if (mode == 0 && jml_value_find_bool(v, "isApprovalRequired", false))
        jml_problem_add(r->problems, jml_pointer(r->arena, path, "approvalMode"),
                        "may not be NoApproval while isApprovalRequired is true");
    if (mode == 1 && stages && stages->n > 1)
        jml_problem_add(r->problems, jml_pointer(r->arena, path, "approvalMode"),
                        "must be Serial when there are several stages");
}

const struct jml_value *jml_read_approval(struct jml_reader *r, const struct jml_value *v,
                                          const char *path, struct jml_document_policy *ret)
{
    static const struct jml_member members[] = {
        JML_MAY("isApprovalRequiredForAdd", BOOL),
        JML_MAY("isApprovalRequiredForUpdate", BOOL),
        JML_MAY("isRequestorJustificationRequired", BOOL),
        JML_MAY("stages", ARRAY),
        /* beta */
        JML_MAY("isApprovalRequired", BOOL),
        JML_MAY("isApprovalRequiredForExtension", BOOL),
        JML_MAY("approvalMode", STRING),
        JML_MAY("approvalStages", ARRAY),
    };
    struct jml_maker m = {.arena = r->arena}, list = {.arena = r->arena};
    const char *member = jml_has(v, "approvalStages") ? "approvalStages" : "stages";
    const struct jml_value *stages;
    bool required;

    if (!v || !jml_read_members(r, v, path, JML_MEMBERS(members)))
        return NULL;
    jml_read_spelling(r, v, path, "isApprovalRequiredForAdd", "isApprovalRequired");
    jml_read_spelling(r, v, path, "isApprovalRequiredForUpdate", "isApprovalRequiredForExtension");
    jml_read_spelling(r, v, path, "stages", "approvalStages");
    check_mode(r, v, path);
    ret->approval_for_add = jml_value_find_bool(v, "isApprovalRequiredForAdd", false) ||
                            jml_value_find_bool(v, "isApprovalRequired", false);
    ret->approval_for_update = jml_value_find_bool(v, "isApprovalRequiredForUpdate", false) ||
                               jml_value_find_bool(v, "isApprovalRequiredForExtension", false);
    ret->justification = jml_value_find_bool(v, "isRequestorJustificationRequired", false);
    required = ret->approval_for_add || ret->approval_for_update;
    stages = jml_read_array(v, member);
    path = jml_pointer(r->arena, path, member);
    if (stages && stages->n > JML_STAGES_MAX)
        jml_problem_add(r->problems, path, "must hold at most %d stages, holds %u", JML_STAGES_MAX,
                        stages->n);
    for (size_t i = 0; stages && i < stages->n && i < JML_STAGES_MAX; i++)
        jml_make(&list, "",
                 read_stage(r, stages->items[i], jml_pointer_item(r->arena, path, i), required,
                            &ret->stages[ret->n_stages++]));
    if (required && !ret->n_stages && !r->stored)
        jml_problem_add(r->problems, path, "missing: approval is required, and nobody gives it");
    if (!required && !ret->justification && !ret->n_stages)
        return NULL;
    jml_make(&m, "isApprovalRequiredForAdd", jml_value_bool(ret->approval_for_add));
    jml_make(&m, "isApprovalRequiredForUpdate", jml_value_bool(ret->approval_for_update));
    jml_make(&m, "isRequestorJustificationRequired", jml_value_bool(ret->justification));
    jml_make(&m, "stages", jml_made_array(&list));
    return jml_made_object(&m);
}

/* ---- stages ---- */

/* How long a duration is at most: a civil day may have 25 hours, but they pass one after the other.
 */
static jml_time length(struct jml_duration d)
{
    return d.days * JML_DAY + d.exact;
}

static void check_stage(struct jml_reader *r, const char *path, const struct jml_stage *s)
{
    size_t primaries = s->approvers.n + s->fallback_approvers.n;
    size_t alternates = s->alternates.n + s->fallback_alternates.n;
    bool manager = s->approvers.n > 0;

    if (!primaries && !(s->escalates && alternates))
        jml_problem_add(r->problems, jml_pointer(r->arena, path, "primaryApprovers"),
                        "missing: approval is required, and nobody gives it");
    for (size_t i = 0; i < s->approvers.n; i++)
        manager &= s->approvers.items[i].kind == JML_SUBJECT_REQUESTOR_MANAGER ||
                   s->approvers.items[i].kind == JML_SUBJECT_TARGET_MANAGER;
    if (manager && !s->fallback_approvers.n && !(s->escalates && alternates))
        jml_warning_add(
            r->problems, jml_pointer(r->arena, path, "primaryApprovers"),
            "only a manager decides and there are no fallbackPrimaryApprovers: requests "
            "of people without a manager are denied");
}

static void read_escalation(struct jml_reader *r, const struct jml_value *v, const char *path,
                            struct jml_stage *s)
{
    const char *member = jml_has(v, "escalationTimeInMinutes") ? "escalationTimeInMinutes"
                                                               : "durationBeforeEscalation";
    int minutes;

    jml_read_spelling(r, v, path, "durationBeforeEscalation", "escalationTimeInMinutes");
    s->escalates = jml_value_find_bool(v, "isEscalationEnabled", false);
    if (jml_read_number(r, v, path, "escalationTimeInMinutes", 0, MAX_MINUTES, &minutes)) {
        /* whole days as the days they are meant as */
        if (minutes % (24 * 60) == 0)
            s->escalation.days = minutes / (24 * 60);
        else
            s->escalation.exact = minutes * JML_MINUTE;
    }
    jml_read_duration(r, v, path, "durationBeforeEscalation", true, &s->escalation);
    if (!s->escalates || r->stored)
        return;
    path = jml_pointer(r->arena, path, member);
    if (!jml_has(v, member))
        jml_problem_add(r->problems, path, "missing: isEscalationEnabled is true");
    else if (jml_duration_is_zero(s->escalation))
        jml_problem_add(r->problems, path, "must be longer than nothing");
    else if (length(s->escalation) >= length(s->denial))
        jml_problem_add(r->problems, path,
                        "must be shorter than durationBeforeAutomaticDenial (%s)",
                        jml_duration_format(r->arena, s->denial));
}

static void read_approvers(struct jml_reader *r, const struct jml_value *v, const char *path,
                           const char *member, struct jml_subject_list *list,
                           struct jml_subject_list *backups)
{
    jml_read_subjects(r, jml_read_array(v, member), jml_pointer(r->arena, path, member), approvers,
                      list, backups);
}

static const struct jml_value *read_stage(struct jml_reader *r, const struct jml_value *v,
                                          const char *path, bool required, struct jml_stage *ret)
{
    static const struct jml_member members[] = {
        JML_MAY("durationBeforeAutomaticDenial", STRING),
        JML_MAY("isApproverJustificationRequired", BOOL),
        JML_MAY("isEscalationEnabled", BOOL),
        JML_MAY("durationBeforeEscalation", STRING),
        JML_MAY("primaryApprovers", ARRAY),
        JML_MAY("fallbackPrimaryApprovers", ARRAY),
        JML_MAY("escalationApprovers", ARRAY),
        JML_MAY("fallbackEscalationApprovers", ARRAY),
        JML_MAY("approverInformationVisibility", STRING),
        /* beta */
        JML_MAY("approvalStageTimeOutInDays", INT),
        JML_MAY("escalationTimeInMinutes", INT),
        JML_LATER("customExtension", "an extension that names the approvers"),
    };
    static const char *const visibilities[] = {"default", "notVisible", "visible", NULL};
    struct jml_subject_list primary = {0}, primary_backup = {0};
    struct jml_subject_list alternate = {0}, alternate_backup = {0};
    struct jml_maker m = {.arena = r->arena};
    const char *type;
    size_t before = r->problems->n;
    int days, visibility;

    *ret = (struct jml_stage){.denial = {.days = DEFAULT_DENIAL}};
    if (!jml_read_members(r, v, path, JML_MEMBERS(members)))
        return NULL;
    type = jml_read_type(v);
    if (type && !jml_streq(type, "accessPackageApprovalStage") && !jml_streq(type, "approvalStage"))
        jml_problem_add(r->problems, jml_pointer(r->arena, path, "@odata.type"),
                        "known, not supported yet: %.64s", type);
    jml_read_spelling(r, v, path, "durationBeforeAutomaticDenial", "approvalStageTimeOutInDays");
    if (jml_read_number(r, v, path, "approvalStageTimeOutInDays", 1, JML_DOCUMENT_MAX_DAYS, &days))
        ret->denial = (struct jml_duration){.days = days};
    jml_read_duration(r, v, path, "durationBeforeAutomaticDenial", false, &ret->denial);
    ret->justification = jml_value_find_bool(v, "isApproverJustificationRequired", false);
    read_escalation(r, v, path, ret);
    read_approvers(r, v, path, "primaryApprovers", &primary, &primary_backup);
    read_approvers(r, v, path, "fallbackPrimaryApprovers", &primary_backup, &primary_backup);
    read_approvers(r, v, path, "escalationApprovers", &alternate, &alternate_backup);
    read_approvers(r, v, path, "fallbackEscalationApprovers", &alternate_backup, &alternate_backup);
    visibility = jml_read_enum(r, v, path, "approverInformationVisibility", visibilities, NULL);
    ret->approvers = jml_subjects_of(&primary);
    ret->fallback_approvers = jml_subjects_of(&primary_backup);
    ret->alternates = jml_subjects_of(&alternate);
    ret->fallback_alternates = jml_subjects_of(&alternate_backup);
    if (!r->stored && r->problems->n == before) {
        if (ret->escalates && !ret->alternates.n && !ret->fallback_alternates.n)
            jml_problem_add(r->problems, jml_pointer(r->arena, path, "escalationApprovers"),
                            "missing: isEscalationEnabled is true");
        if (required)
            check_stage(r, path, ret);
    }

    jml_make_string(&m, "durationBeforeAutomaticDenial",
                    jml_duration_format(r->arena, ret->denial));
    jml_make(&m, "isApproverJustificationRequired", jml_value_bool(ret->justification));
    jml_make(&m, "isEscalationEnabled", jml_value_bool(ret->escalates));
    if (!jml_duration_is_zero(ret->escalation))
        jml_make_string(&m, "durationBeforeEscalation",
                        jml_duration_format(r->arena, ret->escalation));
    jml_make(&m, "primaryApprovers", jml_made_array(&primary.values));
    jml_make(&m, "fallbackPrimaryApprovers", jml_made_array(&primary_backup.values));
    jml_make(&m, "escalationApprovers", jml_made_array(&alternate.values));
    jml_make(&m, "fallbackEscalationApprovers", jml_made_array(&alternate_backup.values));
    if (visibility > 0)
        jml_make_string(&m, "approverInformationVisibility", visibilities[visibility]);
    return jml_made_object(&m);
}
