/* SPDX-License-Identifier: MIT
 *
 * Document: targets, and custom task extensions, which are called like one. What a kind may be told in
 * its settings stands in document_target_settings.c.
 */
#include "base/str.h"
#include "core/document_read.h"

/* A duration in microseconds; fallback when it is absent or wrong (a problem then). */
static jml_time read_span(struct jml_reader *r, const struct jml_value *v, const char *path,
                          const char *member, jml_time least, jml_time most, jml_time fallback)
{
    struct jml_duration d = {0};
    jml_time span;

    if (!jml_read_duration(r, v, path, member, false, &d))
        return fallback;
    span = d.days * JML_DAY + d.exact;
    if (span >= least && span <= most)
        return span;
    jml_problem_add(r->problems, jml_pointer(r->arena, path, member), "must be %s to %s",
                    jml_span_format(r->arena, least), jml_span_format(r->arena, most));
    return fallback;
}

const char *jml_span_format(struct jml_arena *a, jml_time span)
{
    struct jml_duration d = {.exact = span};

    if (span % JML_DAY == 0)
        d = (struct jml_duration){.days = span / JML_DAY};
    return jml_duration_format(a, d);
}

/* ---- targets ---- */

static void read_common(struct jml_reader *r, const struct jml_value *v, const char *path,
                        struct jml_target_row *ret)
{
    ret->enabled = jml_value_find_bool(v, "isEnabled", true);
    ret->owned = jml_value_find_bool(v, "isOwned", false);
    ret->concurrency = 16;
    jml_read_number(r, v, path, "concurrency", 1, 1024, &ret->concurrency);
    ret->rate = 0;
    jml_read_number(r, v, path, "ratePerSecond", 0, 10000, &ret->rate);
    ret->deadline = read_span(r, v, path, "deadline", JML_SECOND, 10 * JML_MINUTE, 30 * JML_SECOND);
    ret->give_up = read_span(r, v, path, "giveUpAfter", JML_MINUTE, 30 * JML_DAY, JML_DAY);
}

static const struct jml_value *format(struct jml_arena *a, const struct jml_document_target *d,
                                      const struct jml_target_row *row)
{
    struct jml_maker m = {.arena = a};

    jml_make_string(&m, "displayName", d->display_name);
    jml_make_string(&m, "description", d->description);
    jml_make_string(&m, "kind", d->kind);
    jml_make(&m, "isEnabled", jml_value_bool(row->enabled));
    jml_make(&m, "isOwned", jml_value_bool(row->owned));
    jml_make(&m, "concurrency", jml_value_int(a, row->concurrency));
    jml_make(&m, "ratePerSecond", jml_value_int(a, row->rate));
    jml_make_string(&m, "deadline", jml_span_format(a, row->deadline));
    jml_make_string(&m, "giveUpAfter", jml_span_format(a, row->give_up));
    jml_make(&m, "settings", row->settings);
    return jml_made_object(&m);
}

/* "record" is where access is delivered that goes to no target. */
static const char *read_name(struct jml_reader *r, const struct jml_value *v, const char *path)
{
    const char *name = jml_read_name(r, v, path, "displayName");

    if (jml_streq(name, "record"))
        jml_problem_add(r->problems, jml_pointer(r->arena, path, "displayName"),
                        "'record' is the record here, and always there: take another name");
    return name;
}

/* A setting that is null is not given; within one, null may mean something. */
static const struct jml_value *without_nulls(struct jml_arena *a, const struct jml_value *settings)
{
    struct jml_maker m = {.arena = a};

    for (size_t i = 0; settings && i < settings->n; i++)
        if (settings->items[i]->type != JML_NULL)
            jml_make(&m, settings->keys[i], settings->items[i]);
    return jml_made_object(&m);
}

void jml_read_target(struct jml_reader *r, const struct jml_value *v, const char *path,
                     struct jml_document_target *ret)
{
    static const struct jml_member members[] = {
        JML_MAY("id", STRING),
        JML_MUST("displayName", STRING),
        JML_MAY("description", STRING),
        JML_MUST("kind", STRING),
        JML_MAY("isEnabled", BOOL),
        JML_MAY("isOwned", BOOL),
        JML_MAY("concurrency", INT),
        JML_MAY("ratePerSecond", INT),
        JML_MAY("deadline", STRING),
        JML_MAY("giveUpAfter", STRING),
        JML_MAY("settings", OBJECT),
        JML_READ_ONLY("createdDateTime"),
        JML_READ_ONLY("modifiedDateTime"),
    };
    static const char *const kinds[] = {"null",    "manual", "exec", "sql",
                                        "webhook", "scim",   "ldap", NULL};
    const struct jml_value *settings;
    struct jml_target_row row = {0};
    int kind;

    *ret = (struct jml_document_target){.path = path};
    v = jml_read_secrets(r, v, path);
    if (!jml_read_members(r, v, path, JML_MEMBERS(members)))
        return;
    ret->id = jml_read_id(r, v, path);
    ret->display_name = read_name(r, v, path);
    ret->description = jml_read_description(r, v, path);
    kind = jml_read_enum(r, v, path, "kind", kinds, NULL);
    ret->kind = kind < 0 ? NULL : kinds[kind];
    read_common(r, v, path, &row);
    settings = jml_read_object(v, "settings");
    if (ret->kind)
        jml_read_settings(r, settings ? settings : jml_value_object(),
                          jml_pointer(r->arena, path, "settings"), ret->kind);
    row.settings = without_nulls(r->arena, settings);
    ret->document = format(r->arena, ret, &row);
}

/* ---- custom task extensions ---- */

static void read_endpoint(struct jml_reader *r, const struct jml_value *body, const char *path)
{
    static const struct jml_member members[] = {
        JML_MAY("url", STRING),
        JML_MAY("urlFile", STRING),
        JML_MAY("targetUrl", STRING),
        JML_MAY("subscriptionId", STRING),
        JML_MAY("resourceGroupName", STRING),
        JML_MAY("logicAppWorkflowName", STRING),
    };
    const struct jml_value *v = jml_read_object(body, "endpointConfiguration");
    const char *type;
    int n;

    path = jml_pointer(r->arena, path, "endpointConfiguration");
    if (!v || !jml_read_members(r, v, path, JML_MEMBERS(members)))
        return;
    type = jml_read_type(v);
    if (type && !jml_streq(type, "logicAppTriggerEndpointConfiguration") &&
        !jml_streq(type, "httpRequestEndpoint"))
        jml_problem_add(r->problems, jml_pointer(r->arena, path, "@odata.type"),
                        "must be logicAppTriggerEndpointConfiguration (url) or httpRequestEndpoint "
                        "(targetUrl)");
    n = jml_has(v, "url") + jml_has(v, "targetUrl") + jml_has(v, "urlFile");
    if (n != 1)
        jml_problem_add(r->problems, path,
                        n ? "has more than one address: leave one of url, targetUrl, urlFile"
                          : "says no address: url or targetUrl, or urlFile when it is a secret");
    jml_read_url(r, v, path, "url", jml_value_find_bool(body, "allowHttp", false));
    jml_read_url(r, v, path, "targetUrl", jml_value_find_bool(body, "allowHttp", false));
}

static void read_client(struct jml_reader *r, const struct jml_value *body, const char *path)
{
    static const struct jml_member members[] = {
        JML_MAY("maximumRetries", INT),
        JML_MAY("timeoutInMilliseconds", INT),
    };
    const struct jml_value *v = jml_read_object(body, "clientConfiguration");
    int n;

    path = jml_pointer(r->arena, path, "clientConfiguration");
    if (!v || !jml_read_members(r, v, path, JML_MEMBERS(members)))
        return;
    jml_read_number(r, v, path, "maximumRetries", 0, 10, &n);
    jml_read_number(r, v, path, "timeoutInMilliseconds", 200, 60000, &n);
}

static void read_callback(struct jml_reader *r, const struct jml_value *body, const char *path)
{
    static const struct jml_member members[] = {
        JML_MUST("timeoutDuration", STRING),
        JML_LATER("authorizedApps",
                  "there are no apps here: who calls back brings the secret of the call"),
    };
    const struct jml_value *v = jml_read_object(body, "callbackConfiguration");

    path = jml_pointer(r->arena, path, "callbackConfiguration");
    if (v && jml_read_members(r, v, path, JML_MEMBERS(members)))
        read_span(r, v, path, "timeoutDuration", 5 * JML_MINUTE, 3 * JML_HOUR, 0);
}

/* What Graph has, and beside it what says how the daemon proves who it is. */
void jml_read_extension(struct jml_reader *r, const struct jml_value *v, const char *path,
                        struct jml_document_target *ret)
{
    static const struct jml_member members[] = {
        JML_MAY("id", STRING),
        JML_MUST("displayName", STRING),
        JML_MAY("description", STRING),
        JML_MUST("endpointConfiguration", OBJECT),
        JML_MAY("authenticationConfiguration", ANY),
        JML_MAY("clientConfiguration", OBJECT),
        JML_MAY("callbackConfiguration", OBJECT),
        JML_MAY("secretFile", STRING),
        JML_MAY("bearerTokenFile", STRING),
        JML_MAY("caFile", STRING),
        JML_MAY("clientCertificateFile", STRING),
        JML_MAY("clientKeyFile", STRING),
        JML_MAY("headers", OBJECT),
        JML_MAY("allowHttp", BOOL),
        JML_READ_ONLY("createdBy"),
        JML_READ_ONLY("createdDateTime"),
        JML_READ_ONLY("lastModifiedBy"),
        JML_READ_ONLY("lastModifiedDateTime"),
    };
    struct jml_maker m = {.arena = r->arena};

    *ret = (struct jml_document_target){.path = path, .kind = "extension"};
    v = jml_read_secrets(r, v, path);
    if (!jml_read_members(r, v, path, JML_MEMBERS(members)))
        return;
    ret->id = jml_read_id(r, v, path);
    ret->display_name = read_name(r, v, path);
    ret->description = jml_read_description(r, v, path);
    if (jml_has(v, "authenticationConfiguration"))
        jml_problem_add(r->problems, jml_pointer(r->arena, path, "authenticationConfiguration"),
                        "nobody here gives out tokens of Microsoft Entra: leave it out, and say "
                        "secretFile (each call is signed) or bearerTokenFile beside it");
    read_endpoint(r, v, path);
    read_client(r, v, path);
    read_callback(r, v, path);
    jml_read_http(r, v, path);

    for (size_t i = 1; i < sizeof(members) / sizeof(members[0]); i++)
        if (members[i].kind != JML_MEMBER_READ_ONLY && jml_has(v, members[i].name))
            jml_make(&m, members[i].name, jml_value_find(v, members[i].name));
    ret->document = jml_value_plain(r->arena, jml_made_object(&m));
}

/* ---- as they stand in the database ---- */

static void read_stored_extension(const struct jml_value *body, struct jml_target_row *ret)
{
    int64_t timeout = 0;

    if (jml_value_to_int(jml_value_find_path(body, "clientConfiguration/timeoutInMilliseconds"),
                         &timeout) &&
        timeout > 0)
        ret->deadline = timeout * (JML_SECOND / 1000);
    ret->settings = body;
}

void jml_document_target_read(struct jml_arena *a, const struct jml_value *body, const char *kind,
                              struct jml_target_row *ret)
{
    struct jml_problems ignored = {.arena = a};
    struct jml_reader r = {.arena = a, .problems = &ignored, .stored = true};
    const struct jml_value *settings = jml_read_object(body, "settings");

    *ret = (struct jml_target_row){.document = body};
    read_common(&r, body, "", ret);
    if (jml_streq(kind, "extension"))
        read_stored_extension(body, ret);
    else
        ret->settings = settings ? settings : jml_value_object();
}
