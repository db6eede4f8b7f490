/* SPDX-License-Identifier: MIT
 *
 * Letter: placeholders and their values. Both styles of Microsoft Graph (entra-facts 1.16), and what the
 * notification knows (core/notice.c).
 */
#include "mail/letter.h"

#include <string.h>

#include "mail/message.h"

/* What a notification may tell; one that does not is empty. */
static const char *const parameter_names[] = {
    "accessPackage", "accessPackageId", "assignmentId", "requestId",  "requestor",
    "target",        "justification",   "startsOn",     "endsOn",     "endsAt",
    "endedOn",       "daysLeft",        "decideBy",     "stage",      "approver",
    "comment",       "command",         "meantFor",     "isExtension", "isForOther",
    "deliveryId",    "deliveryTarget",  "action",       "resource",   "role",
    "waitsSince",    "instructions",
    "count",
    "userEmployeeHireDate", "userEmployeeLeaveDateTime", "userLastDay",
};

static const char *whole(struct jml_arena *a, const struct jml_value *v)
{
    if (!v || v->type == JML_NULL || (v->type == JML_BOOL && !v->boolean))
        return "";
    return v->type == JML_STRING ? v->text : jml_value_text(a, v);
}

static const char *of_user(const struct jml_letter *l, const char *name, const char *or_else)
{
    const char *text = jml_value_find_string(l->user, name);

    if ((!text || !*text) && or_else)
        text = jml_value_find_string(l->user, or_else);
    return text && *text ? text : l->employee_id ? l->employee_id : "";
}

const char *jml_letter_portal(struct jml_arena *a, const struct jml_letter *l)
{
    struct jml_letter inner = *l;

    if (!l->portal_url || !l->portal_url[0])
        return NULL;
    inner.portal_url = NULL; /* it does not hold itself */
    inner.pass = NULL;
    return jml_template_fill(a, &inner, l->portal_url, JML_ESCAPE_URL);
}

const char *jml_letter_value(struct jml_arena *a, const struct jml_letter *l, const char *name)
{
    const char *command;

    if (jml_streq(name, "userDisplayName"))
        return of_user(l, "displayName", NULL);
    if (jml_streq(name, "userGivenName"))
        return of_user(l, "givenName", "displayName");
    if (jml_streq(name, "userSurname"))
        return of_user(l, "surname", "displayName");
    if (jml_streq(name, "userPrincipalName"))
        return of_user(l, "userPrincipalName", NULL);
    if (jml_streq(name, "employeeId") || jml_streq(name, "user.employeeId"))
        return l->employee_id ? l->employee_id : "";
    if (jml_str_starts(name, "user."))
        return whole(a, jml_value_find_path(l->user, name + 5));
    if (jml_streq(name, "managerDisplayName"))
        return l->manager_name ? l->manager_name : "";
    if (jml_streq(name, "managerEmail"))
        return l->manager_mail ? l->manager_mail : "";
    if (jml_streq(name, "temporaryAccessPass"))
        return l->pass ? l->pass : "";
    if (jml_streq(name, "letters"))
        return l->letters ? l->letters : "";
    if (jml_streq(name, "recipientDisplayName"))
        return l->recipient_name ? l->recipient_name : "";
    if (jml_streq(name, "whatToDo") || jml_streq(name, "portalUrl")) {
        command = jml_value_find_string(l->parameters, "command");
        if (jml_streq(name, "whatToDo") && (!command || !*command))
            return "";
        if (l->portal_url && l->portal_url[0])
            return jml_letter_portal(a, l);
        return jml_streq(name, "whatToDo") ? command : "";
    }
    for (size_t i = 0; i < sizeof parameter_names / sizeof parameter_names[0]; i++)
        if (jml_streq(name, parameter_names[i]))
            return whole(a, jml_value_find(l->parameters, name));
    return NULL;
}

/* ---- filling in ---- */

static void add_lines(struct jml_str *out, const char *text)
{
    for (const char *p = text; *p;) {
        size_t n = strcspn(p, "\n");

        jml_str_add(out, p == text ? "    " : "\n    ");
        jml_str_add(out, jml_message_line(out->arena, jml_strndup(out->arena, p, n)));
        p += n + (p[n] == '\n');
    }
}

static void add_value(struct jml_str *out, const char *name, const char *value,
                      enum jml_escape escape)
{
    bool lines = jml_streq(name, "whatToDo") || jml_streq(name, "command");

    if (jml_streq(name, "letters")) { /* clean already, and of many lines */
        jml_str_add(out, escape == JML_ESCAPE_HTML ? jml_text_to_html(out->arena, value) : value);
        return;
    }
    if (lines && escape == JML_ESCAPE_NONE) {
        add_lines(out, value);
        return;
    }
    if (lines && escape == JML_ESCAPE_HTML && *value) {
        struct jml_str plain = JML_STR_INIT(out->arena);

        add_lines(&plain, value);
        jml_str_add(out, jml_text_to_html(out->arena, jml_str_text(&plain)));
        return;
    }
    value = jml_message_line(out->arena, value);
    if (escape == JML_ESCAPE_NONE)
        jml_str_add(out, value);
    else if (escape == JML_ESCAPE_HTML)
        jml_html_add(out, value, strlen(value));
    else
        for (const char *p = value; *p; p++)
            if (strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~", *p))
                jml_str_add_char(out, *p);
            else
                jml_str_addf(out, "%%%02X", (unsigned char)*p);
}

/* Fills in text up to (and without) its end at `end`. */
static void fill(struct jml_str *out, const struct jml_letter *l, const char *text, const char *end,
                 enum jml_escape escape)
{
    struct jml_arena *a = out->arena;

    for (const char *p = text; p < end;) {
        const char *open = memmem(p, (size_t)(end - p), "{{", 2);
        const char *close = open ? memmem(open, (size_t)(end - open), "}}", 2) : NULL;
        const char *name, *value, *last, *rest;
        bool wanted;

        if (!close) {
            jml_str_add_n(out, p, (size_t)(end - p));
            return;
        }
        jml_str_add_n(out, p, (size_t)(open - p));
        p = close + 2;
        name = jml_strndup(a, open + 2, (size_t)(close - open - 2));
        if (*name == '#' || *name == '^') {
            last = jml_printf(a, "{{/%s}}", name + 1);
            rest = memmem(p, (size_t)(end - p), last, strlen(last));
            value = jml_letter_value(a, l, name + 1);
            if (rest && value) {
                wanted = (*value != '\0') == (*name == '#');
                /* a mark on a line of its own takes the line with it */
                if ((open == text || open[-1] == '\n') && *p == '\n')
                    p++;
                if (wanted)
                    fill(out, l, p, rest, escape);
                p = rest + strlen(last);
                if (rest[-1] == '\n' && p < end && *p == '\n')
                    p++;
                continue;
            }
        }
        value = jml_letter_value(a, l, name);
        if (value)
            add_value(out, name, value, escape);
        else
            jml_str_add_n(out, open, (size_t)(close + 2 - open));
    }
}

const char *jml_template_fill(struct jml_arena *a, const struct jml_letter *l, const char *text,
                              enum jml_escape escape)
{
    struct jml_str out = JML_STR_INIT(a);

    fill(&out, l, text, text + strlen(text), escape);
    return jml_str_text(&out);
}
