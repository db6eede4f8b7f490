/* SPDX-License-Identifier: MIT
 *
 * Document: assignment policies (Microsoft Graph accessPackageAssignmentPolicy): who may ask for a
 * package, what is asked of them, until when they have it, and who has it without asking. Beta's
 * spelling is taken too where it says the same; the normal form is v1.0's.
 *
 * What can never work is refused, where the document is, not when somebody asks. Where a property
 * is missing, access goes to fewer rather than to more.
 */
#include "base/str.h"
#include "core/document_read.h"

static void read_scope(struct jml_reader *r, const struct jml_value *v, const char *path,
                       struct jml_document_policy *p, struct jml_maker *m);
static void read_expiration(struct jml_reader *r, const struct jml_value *v, const char *path,
                            struct jml_document_policy *p, struct jml_maker *m);
static void read_requestors(struct jml_reader *r, const struct jml_value *v, const char *path,
                            struct jml_document_policy *p, struct jml_maker *m);
static void read_automatic(struct jml_reader *r, const struct jml_value *v, const char *path,
                           struct jml_document_policy *p, struct jml_maker *m);
static void read_notifications(struct jml_reader *r, const struct jml_value *v, const char *path,
                               struct jml_document_policy *p, struct jml_maker *m);
static void read_reviews(struct jml_reader *r, const struct jml_value *v, const char *path,
                         struct jml_maker *m);
static void check_automatic(struct jml_reader *r, const char *path,
                            const struct jml_document_policy *p);

void jml_document_policy_read(struct jml_arena *a, const struct jml_value *body, const char *path,
                              struct jml_problems *problems, struct jml_document_policy *ret)
{
    struct jml_reader r = {.arena = a, .problems = problems, .stored = true};
    jml_read_policy(&r, body, path, NULL, ret);
}

static void read_package(struct jml_reader *r, const struct jml_value *v, const char *path,
                         const struct jml_document_package *package,
                         struct jml_document_policy *ret)
{
    const char *member = jml_has(v, "accessPackageId") ? "accessPackageId" : "accessPackage";

    jml_read_spelling(r, v, path, "accessPackage", "accessPackageId");
    ret->package =
        jml_read_reference(r, jml_value_find(v, member), jml_pointer(r->arena, path, member));
    if (ret->package.text && package && !jml_streq(ret->package.text, package->display_name) &&
        !jml_strcaseeq(ret->package.text, jml_id_text(r->arena, package->id)))
        jml_problem_add(r->problems, ret->package.path, "is not the package around it");
}

void jml_read_policy(struct jml_reader *r, const struct jml_value *v, const char *path,
                     const struct jml_document_package *package, struct jml_document_policy *ret)
{
    static const struct jml_member members[] = {
        JML_MAY("id", STRING),
        JML_MUST("displayName", STRING),
        JML_MAY("description", STRING),
        JML_MAY("isEnabled", BOOL),
        JML_MAY("allowedTargetScope", STRING),
        JML_MAY("specificAllowedTargets", ARRAY),
        JML_MAY("expiration", OBJECT),
        JML_MAY("requestorSettings", OBJECT),
        JML_MAY("requestApprovalSettings", OBJECT),
        JML_MAY("automaticRequestSettings", OBJECT),
        JML_MAY("questions", ARRAY),
        JML_MAY("notificationSettings", OBJECT),
        JML_MAY("reviewSettings", OBJECT),
        JML_MAY("accessPackage", ANY),
        JML_LATER("customExtensionStageSettings", "custom extensions"),
        JML_LATER("customExtensionHandlers", "custom extensions"),
        JML_LATER("verifiableCredentialSettings", "verifiable credentials"),
        /* beta */
        JML_MAY("accessPackageId", STRING),
        JML_MAY("canExtend", BOOL),
        JML_MAY("durationInDays", INT),
        JML_MAY("expirationDateTime", STRING),
        JML_MAY("accessReviewSettings", OBJECT),
        JML_MAY("accessPackageNotificationSettings", OBJECT),
        JML_READ_ONLY("catalog"),
        JML_READ_ONLY("createdBy"),
        JML_READ_ONLY("createdDateTime"),
        JML_READ_ONLY("modifiedBy"),
        JML_READ_ONLY("modifiedDateTime"),
    };
    struct jml_maker m = {.arena = r->arena};
    size_t before = r->problems->n;

    *ret = (struct jml_document_policy){.path = path};
    if (!jml_read_members(r, v, path, JML_MEMBERS(members)))
        return;
    ret->id = jml_read_id(r, v, path);
    ret->display_name = jml_read_name(r, v, path, "displayName");
    ret->enabled = jml_value_find_bool(v, "isEnabled", true);
    read_package(r, v, path, package, ret);

    jml_make_string(&m, "displayName", ret->display_name);
    jml_make_string(&m, "description", jml_read_description(r, v, path));
    jml_make(&m, "isEnabled", jml_value_bool(ret->enabled));
    read_scope(r, v, path, ret, &m);
    read_expiration(r, v, path, ret, &m);
    read_requestors(r, v, path, ret, &m);
    jml_make(&m, "requestApprovalSettings",
             jml_read_approval(r, jml_read_object(v, "requestApprovalSettings"),
                               jml_pointer(r->arena, path, "requestApprovalSettings"), ret));
    read_automatic(r, v, path, ret, &m);
    jml_make(&m, "questions",
             jml_read_questions(r, jml_read_array(v, "questions"),
                                jml_pointer(r->arena, path, "questions"), ret));
    read_notifications(r, v, path, ret, &m);
    read_reviews(r, v, path, &m);
    if (ret->is_automatic && !r->stored && r->problems->n == before)
        check_automatic(r, path, ret);
    ret->document = jml_made_object(&m);
}

/* ---- for whom ---- */

static const char *const scopes[] = {
    [JML_TARGETS_NOT_SPECIFIED] = "notSpecified",
    [JML_TARGETS_SPECIFIC_USERS] = "specificDirectoryUsers",
    [JML_TARGETS_SPECIFIC_ORGANIZATIONS] = "specificConnectedOrganizationUsers",
    [JML_TARGETS_ALL_MEMBERS] = "allMemberUsers",
    [JML_TARGETS_ALL_DIRECTORY_USERS] = "allDirectoryUsers",
    [JML_TARGETS_ALL_ORGANIZATIONS] = "allConfiguredConnectedOrganizationUsers",
    [JML_TARGETS_ALL_EXTERNAL_USERS] = "allExternalUsers",
    NULL,
};

/* Beta's requestorSettings.scopeType; two of its words mean the same. */
static const char *const beta_scopes[] = {
    "NoSubjects",
    "SpecificDirectorySubjects",
    "SpecificConnectedOrganizationSubjects",
    "AllExistingDirectoryMemberUsers",
    "AllExistingDirectorySubjects",
    "AllExistingConnectedOrganizationSubjects",
    "AllExternalSubjects",
    "AllConfiguredConnectedOrganizationSubjects",
    NULL,
};

static int read_scope_word(struct jml_reader *r, const struct jml_value *v, const char *path)
{
    static const char *const machines[] = {"specificDirectoryServicePrincipals",
                                           "allDirectoryServicePrincipals",
                                           "allDirectoryAgentIdentities"};
    const struct jml_value *requestors = jml_read_object(v, "requestorSettings");
    const char *word = jml_value_find_string(v, "allowedTargetScope"), *beta_path;
    int scope;

    for (size_t i = 0; word && i < sizeof(machines) / sizeof(machines[0]); i++)
        if (jml_streq(word, machines[i])) {
            if (!r->stored)
                jml_problem_add(r->problems, jml_pointer(r->arena, path, "allowedTargetScope"),
                                "known, not supported: %s (access is for people)", word);
            return JML_TARGETS_NOT_SPECIFIED;
        }
    scope = jml_read_enum(r, v, path, "allowedTargetScope", scopes, NULL);
    if (!jml_has(requestors, "scopeType"))
        return scope < 0 ? JML_TARGETS_NOT_SPECIFIED : scope;
    beta_path = jml_pointer(r->arena, path, "requestorSettings");
    if (word)
        jml_problem_add(r->problems, jml_pointer(r->arena, beta_path, "scopeType"),
                        "says the same as allowedTargetScope: leave it out");
    scope = jml_read_enum(r, requestors, beta_path, "scopeType", beta_scopes, NULL);
    if (scope == JML_TARGETS_ALL_EXTERNAL_USERS + 1)
        return JML_TARGETS_ALL_ORGANIZATIONS;
    return scope < 0 ? JML_TARGETS_NOT_SPECIFIED : scope;
}

static void read_scope(struct jml_reader *r, const struct jml_value *v, const char *path,
                       struct jml_document_policy *p, struct jml_maker *m)
{
    const struct jml_value *requestors = jml_read_object(v, "requestorSettings"), *list;
    unsigned allowed =
        JML_SUBJECT(SINGLE_USER) | JML_SUBJECT(GROUP_MEMBERS) | JML_SUBJECT(ATTRIBUTE_RULE);
    struct jml_subject_list targets = {.values.arena = r->arena};
    const char *at = jml_pointer(r->arena, path, "specificAllowedTargets");
    size_t before = r->problems->n;

    p->scope = (enum jml_target_scope)read_scope_word(r, v, path);
    jml_make_string(m, "allowedTargetScope", scopes[p->scope]);
    list = jml_read_array(v, "specificAllowedTargets");
    if (jml_has(requestors, "allowedRequestors")) {
        const char *beta_path = jml_pointer(
            r->arena, jml_pointer(r->arena, path, "requestorSettings"), "allowedRequestors");
        if (list)
            jml_problem_add(r->problems, beta_path,
                            "says the same as specificAllowedTargets: leave it out");
        list = jml_read_array(requestors, "allowedRequestors");
        at = beta_path;
    }
    if (p->scope == JML_TARGETS_SPECIFIC_ORGANIZATIONS)
        allowed = JML_SUBJECT(ORGANIZATION);
    if (p->scope != JML_TARGETS_SPECIFIC_USERS && p->scope != JML_TARGETS_SPECIFIC_ORGANIZATIONS) {
        if (list && list->n && r->problems->n == before)
            jml_problem_add(r->problems, at,
                            "only specificDirectoryUsers and specificConnectedOrganizationUsers "
                            "have targets");
        return;
    }
    jml_read_subjects(r, list, at, allowed, &targets, NULL);
    p->targets = jml_subjects_of(&targets);
    if (!p->targets.n && !r->stored && r->problems->n == before)
        jml_problem_add(r->problems, at, "missing: %s says whom", scopes[p->scope]);
    if (p->targets.n)
        jml_make(m, "specificAllowedTargets", jml_made_array(&targets.values));
}

/* ---- by whom ---- */

static void check_requestors(struct jml_reader *r, const char *path, const struct jml_requestors *q)
{
    if ((q->behalf_add || q->behalf_update || q->behalf_remove) && !q->behalf.n)
        jml_problem_add(
            r->problems, jml_pointer(r->arena, path, "onBehalfRequestors"),
            "missing: access may be asked for on behalf of others, and nobody may do so");
}

static void read_requestors(struct jml_reader *r, const struct jml_value *v, const char *path,
                            struct jml_document_policy *p, struct jml_maker *m)
{
    static const struct jml_member members[] = {
        JML_MAY("enableTargetsToSelfAddAccess", BOOL),
        JML_MAY("enableTargetsToSelfUpdateAccess", BOOL),
        JML_MAY("enableTargetsToSelfRemoveAccess", BOOL),
        JML_MAY("allowCustomAssignmentSchedule", BOOL),
        JML_MAY("enableOnBehalfRequestorsToAddAccess", BOOL),
        JML_MAY("enableOnBehalfRequestorsToUpdateAccess", BOOL),
        JML_MAY("enableOnBehalfRequestorsToRemoveAccess", BOOL),
        JML_MAY("onBehalfRequestors", ARRAY),
        /* beta */
        JML_MAY("scopeType", STRING),
        JML_MAY("acceptRequests", BOOL),
        JML_MAY("allowedRequestors", ARRAY),
    };
    static const unsigned behalf = JML_SUBJECT(SINGLE_USER) | JML_SUBJECT(GROUP_MEMBERS) |
                                   JML_SUBJECT(ATTRIBUTE_RULE) | JML_SUBJECT(TARGET_MANAGER) |
                                   JML_SUBJECT(INTERNAL_SPONSORS) | JML_SUBJECT(EXTERNAL_SPONSORS);
    const struct jml_value *s = jml_read_object(v, "requestorSettings");
    struct jml_subject_list list = {.values.arena = r->arena};
    const char *at = jml_pointer(r->arena, path, "requestorSettings");
    struct jml_requestors *q = &p->requestors;
    struct jml_maker made = {.arena = r->arena};
    const struct {
        const char *name;
        bool *value;
    } switches[] = {
        {"enableTargetsToSelfAddAccess", &q->self_add},
        {"enableTargetsToSelfUpdateAccess", &q->self_update},
        {"enableTargetsToSelfRemoveAccess", &q->self_remove},
        {"allowCustomAssignmentSchedule", &q->custom_schedule},
        {"enableOnBehalfRequestorsToAddAccess", &q->behalf_add},
        {"enableOnBehalfRequestorsToUpdateAccess", &q->behalf_update},
        {"enableOnBehalfRequestorsToRemoveAccess", &q->behalf_remove},
    };
    bool any = false;

    if (s)
        jml_read_members(r, s, at, JML_MEMBERS(members));
    for (size_t i = 0; i < sizeof(switches) / sizeof(switches[0]); i++)
        *switches[i].value = jml_value_find_bool(s, switches[i].name, false);
    jml_read_spelling(r, s, at, "enableTargetsToSelfAddAccess", "acceptRequests");
    if (jml_value_find_bool(s, "acceptRequests", false))
        q->self_add = q->self_remove = true; /* beta lets everybody give up what they asked for */
    if (jml_has(s, "enableTargetsToSelfUpdateAccess") && jml_has(v, "canExtend"))
        jml_problem_add(r->problems, jml_pointer(r->arena, path, "canExtend"),
                        "says the same as requestorSettings/enableTargetsToSelfUpdateAccess: leave "
                        "it out");
    q->self_update |= jml_value_find_bool(v, "canExtend", false);
    jml_read_subjects(r, jml_read_array(s, "onBehalfRequestors"),
                      jml_pointer(r->arena, at, "onBehalfRequestors"), behalf, &list, NULL);
    q->behalf = jml_subjects_of(&list);
    if (!r->stored)
        check_requestors(r, at, q);
    for (size_t i = 0; i < sizeof(switches) / sizeof(switches[0]); i++) {
        any |= *switches[i].value;
        jml_make(&made, switches[i].name, jml_value_bool(*switches[i].value));
    }
    jml_make(&made, "onBehalfRequestors", jml_made_array(&list.values));
    if (any || q->behalf.n)
        jml_make(m, "requestorSettings", jml_made_object(&made));
}

/* ---- until when ---- */

static const char *const expirations[] = {
    [JML_EXPIRATION_NOT_SPECIFIED] = "notSpecified",
    [JML_EXPIRATION_NONE] = "noExpiration",
    [JML_EXPIRATION_AFTER_DATE_TIME] = "afterDateTime",
    [JML_EXPIRATION_AFTER_DURATION] = "afterDuration",
    NULL,
};

static void read_end(struct jml_reader *r, const char *text, const char *path,
                     struct jml_expiration *x)
{
    if (!jml_time_parse(text, &x->end))
        jml_problem_add(r->problems, path, "must be a time with zone, as 2027-06-30T23:59:59Z");
}

static void read_pattern(struct jml_reader *r, const struct jml_value *v, const char *path,
                         struct jml_expiration *x)
{
    static const struct jml_member members[] = {
        JML_MUST("type", STRING),
        JML_MAY("duration", STRING),
        JML_MAY("endDateTime", STRING),
    };
    const char *end, *duration_path, *end_path;
    int type;

    if (!jml_read_members(r, v, path, JML_MEMBERS(members)))
        return;
    type = jml_read_enum(r, v, path, "type", expirations, NULL);
    if (type < 0)
        return;
    x->type = (enum jml_expiration_type)type;
    duration_path = jml_pointer(r->arena, path, "duration");
    end = jml_value_find_string(v, "endDateTime");
    end_path = jml_pointer(r->arena, path, "endDateTime");

    if (x->type == JML_EXPIRATION_AFTER_DURATION && jml_has(v, "duration"))
        jml_read_duration(r, v, path, "duration", false, &x->duration);
    else if (x->type == JML_EXPIRATION_AFTER_DURATION)
        jml_problem_add(r->problems, duration_path, "missing");
    else if (jml_has(v, "duration"))
        jml_problem_add(r->problems, duration_path, "only afterDuration has one");

    if (x->type == JML_EXPIRATION_AFTER_DATE_TIME && end)
        read_end(r, end, end_path, x);
    else if (x->type == JML_EXPIRATION_AFTER_DATE_TIME)
        jml_problem_add(r->problems, end_path, "missing");
    else if (end)
        jml_problem_add(r->problems, end_path, "only afterDateTime has one");
}

static void read_expiration(struct jml_reader *r, const struct jml_value *v, const char *path,
                            struct jml_document_policy *p, struct jml_maker *m)
{
    static const char *const beta[] = {"durationInDays", "expirationDateTime"};
    struct jml_expiration *x = &p->expiration;
    struct jml_maker made = {.arena = r->arena};
    int days;

    *x = (struct jml_expiration){.type = JML_EXPIRATION_NOT_SPECIFIED, .end = JML_TIME_NONE};
    if (jml_read_object(v, "expiration"))
        read_pattern(r, jml_read_object(v, "expiration"), jml_pointer(r->arena, path, "expiration"),
                     x);
    for (size_t i = 0; i < 2; i++)
        jml_read_spelling(r, v, path, "expiration", beta[i]);
    if (jml_read_number(r, v, path, "durationInDays", 0, JML_DOCUMENT_MAX_DAYS, &days)) {
        x->type = days ? JML_EXPIRATION_AFTER_DURATION : JML_EXPIRATION_NONE;
        x->duration = (struct jml_duration){.days = days};
    }
    if (jml_value_find_string(v, "expirationDateTime")) {
        const char *at = jml_pointer(r->arena, path, "expirationDateTime");
        if (x->type == JML_EXPIRATION_AFTER_DURATION)
            jml_problem_add(r->problems, at, "there is durationInDays, too: leave one out");
        x->type = JML_EXPIRATION_AFTER_DATE_TIME;
        read_end(r, jml_value_find_string(v, "expirationDateTime"), at, x);
    }

    jml_make_string(&made, "type", expirations[x->type]);
    if (x->type == JML_EXPIRATION_AFTER_DATE_TIME)
        jml_make_string(&made, "endDateTime", jml_time_format(r->arena, x->end));
    if (x->type == JML_EXPIRATION_AFTER_DURATION)
        jml_make_string(&made, "duration", jml_duration_format(r->arena, x->duration));
    jml_make(m, "expiration", jml_made_object(&made));
}

/* ---- without asking ---- */

static void read_automatic(struct jml_reader *r, const struct jml_value *v, const char *path,
                           struct jml_document_policy *p, struct jml_maker *m)
{
    static const struct jml_member members[] = {
        JML_MAY("requestAccessForAllowedTargets", BOOL),
        JML_MAY("removeAccessWhenTargetLeavesAllowedTargets", BOOL),
        JML_MAY("gracePeriodBeforeAccessRemoval", STRING),
    };
    const struct jml_value *s = jml_read_object(v, "automaticRequestSettings");
    struct jml_maker made = {.arena = r->arena};

    if (!s)
        return;
    path = jml_pointer(r->arena, path, "automaticRequestSettings");
    jml_read_members(r, s, path, JML_MEMBERS(members));
    p->gives = jml_value_find_bool(s, "requestAccessForAllowedTargets", false);
    /* who got it for being among them, and is not any more, has no reason to keep it */
    p->takes = jml_value_find_bool(s, "removeAccessWhenTargetLeavesAllowedTargets", p->gives);
    p->is_automatic = p->gives || p->takes;
    jml_read_duration(r, s, path, "gracePeriodBeforeAccessRemoval", true, &p->grace);
    if (!p->takes && !jml_duration_is_zero(p->grace))
        jml_problem_add(r->problems, jml_pointer(r->arena, path, "gracePeriodBeforeAccessRemoval"),
                        "only removeAccessWhenTargetLeavesAllowedTargets has one");
    if (!p->is_automatic)
        return;
    jml_make(&made, "requestAccessForAllowedTargets", jml_value_bool(p->gives));
    jml_make(&made, "removeAccessWhenTargetLeavesAllowedTargets", jml_value_bool(p->takes));
    if (!jml_duration_is_zero(p->grace))
        jml_make_string(&made, "gracePeriodBeforeAccessRemoval",
                        jml_duration_format(r->arena, p->grace));
    jml_make(m, "automaticRequestSettings", jml_made_object(&made));
}

/* Nobody asks for what is given without asking: what is demanded of those who ask would not be. */
static void check_automatic(struct jml_reader *r, const char *path,
                            const struct jml_document_policy *p)
{
    static const char automatic[] = "may not be true: the policy gives access without being asked";
    const struct {
        const char *object, *member;
        bool value;
    } demands[] = {
        {"requestorSettings", "enableTargetsToSelfAddAccess", p->requestors.self_add},
        {"requestorSettings", "enableOnBehalfRequestorsToAddAccess", p->requestors.behalf_add},
        {"requestApprovalSettings", "isApprovalRequiredForAdd", p->approval_for_add},
    };

    if (p->scope != JML_TARGETS_SPECIFIC_USERS)
        jml_problem_add(r->problems, jml_pointer(r->arena, path, "allowedTargetScope"),
                        "must be specificDirectoryUsers when access is given automatically");
    for (size_t i = 0; i < sizeof(demands) / sizeof(demands[0]); i++)
        if (demands[i].value)
            jml_problem_add(r->problems,
                            jml_pointer(r->arena, jml_pointer(r->arena, path, demands[i].object),
                                        demands[i].member),
                            "%s", automatic);
    for (size_t i = 0; i < p->n_questions; i++)
        if (p->questions[i].required) {
            jml_problem_add(r->problems, jml_pointer(r->arena, path, "questions"),
                            "may not hold required ones: the policy gives access without being "
                            "asked");
            return;
        }
}

/* ---- notices and reviews ---- */

static void read_notifications(struct jml_reader *r, const struct jml_value *v, const char *path,
                               struct jml_document_policy *p, struct jml_maker *m)
{
    static const struct jml_member members[] = {
        JML_MAY("isAssignmentNotificationDisabled", BOOL),
    };
    static const char *const names[] = {"notificationSettings",
                                        "accessPackageNotificationSettings"};
    struct jml_maker made = {.arena = r->arena};

    jml_read_spelling(r, v, path, names[0], names[1]);
    for (size_t i = 0; i < 2; i++) {
        const struct jml_value *s = jml_read_object(v, names[i]);
        if (s)
            jml_read_members(r, s, jml_pointer(r->arena, path, names[i]), JML_MEMBERS(members));
        p->quiet |= jml_value_find_bool(s, "isAssignmentNotificationDisabled", false);
    }
    jml_make(&made, "isAssignmentNotificationDisabled", jml_value_bool(true));
    if (p->quiet)
        jml_make(m, "notificationSettings", jml_made_object(&made));
}

/* Kept for who reviews; nobody is reminded of a schedule. */
static void read_reviews(struct jml_reader *r, const struct jml_value *v, const char *path,
                         struct jml_maker *m)
{
    static const struct jml_member members[] = {
        JML_MAY("isEnabled", BOOL),
        JML_MAY("expirationBehavior", STRING),
        JML_MAY("isRecommendationEnabled", BOOL),
        JML_MAY("isReviewerJustificationRequired", BOOL),
        JML_MAY("isSelfReview", BOOL),
        JML_MAY("schedule", OBJECT),
        JML_MAY("primaryReviewers", ARRAY),
        JML_MAY("fallbackReviewers", ARRAY),
    };
    static const struct jml_member beta_members[] = {
        JML_MAY("isEnabled", BOOL),
        JML_MAY("recurrenceType", STRING),
        JML_MAY("reviewerType", STRING),
        JML_MAY("startDateTime", STRING),
        JML_MAY("durationInDays", INT),
        JML_MAY("reviewers", ARRAY),
        JML_MAY("accessReviewTimeoutBehavior", STRING),
        JML_MAY("isAccessRecommendationEnabled", BOOL),
        JML_MAY("isApprovalJustificationRequired", BOOL),
    };
    static const struct {
        const char *name;
        const struct jml_member *members;
        size_t n;
    } shapes[] = {
        {"reviewSettings", JML_MEMBERS(members)},
        {"accessReviewSettings", JML_MEMBERS(beta_members)},
    };

    for (size_t i = 0; i < 2; i++) {
        const struct jml_value *s = jml_read_object(v, shapes[i].name);
        const char *at = jml_pointer(r->arena, path, shapes[i].name);
        if (!s || s->n == 0)
            continue;
        jml_read_members(r, s, at, shapes[i].members, shapes[i].n);
        jml_make(m, shapes[i].name, jml_value_plain(r->arena, s));
        if (!r->stored && jml_value_find_bool(s, "isEnabled", false))
            jml_warning_add(
                r->problems, at,
                "kept, but no review begins by its schedule: see jmlctl package review");
    }
}
