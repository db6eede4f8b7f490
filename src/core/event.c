/* SPDX-License-Identifier: MIT
 *
 * What an event says by itself, before anybody's history is looked at.
 */
#include "core/fold.h"

#include "base/str.h"
#include "core/identity.h"

static const char *const kind_names[] = {"joiner", "mover", "leaver", "rescind"};

const char *jml_event_kind_name(enum jml_event_kind kind)
{
    return kind_names[kind];
}

int jml_event_kind_find(const char *name)
{
    for (int i = 0; i < 4; i++)
        if (jml_streq(kind_names[i], name))
            return i;
    return -1;
}

static bool is_sane(jml_time t)
{
    /* 1900-01-01 to 2200-01-01: what the table's constraint allows, a day of slack for zones. */
    return t > INT64_C(-2208988800) * JML_SECOND - JML_DAY &&
           t < INT64_C(7258118400) * JML_SECOND + JML_DAY;
}

const char *jml_event_check(struct jml_arena *a, struct jml_event *e, struct jml_zones *zones)
{
    if (!e->attributes || e->attributes->type != JML_OBJECT)
        return "bad_attributes: attributes is not an object";

    const struct jml_value *zone = jml_value_find(e->attributes, "timeZone");
    if (zone && zone->type != JML_NULL) {
        if (zone->type != JML_STRING)
            return "bad_time_zone: attributes.timeZone is not a string";
        e->zone = jml_zone_find(zones, zone->text);
        if (!e->zone) /* without the value: reasons hold no payload */
            return "bad_time_zone: attributes.timeZone is not the name of an IANA time zone";
    }

    static const char *const flags[] = {"immediate", "primary", "baseline", "suspended"};
    for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
        const struct jml_value *flag = jml_value_find(e->attributes, flags[i]);
        if (flag && flag->type != JML_BOOL && flag->type != JML_NULL)
            return jml_printf(a, "bad_attributes: attributes.%s is not true or false", flags[i]);
    }
    static const char *const words[] = {"mail", "displayName", "manager"};
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        const struct jml_value *word = jml_value_find(e->attributes, words[i]);
        if (word && word->type != JML_STRING && word->type != JML_NULL)
            return jml_printf(a, "bad_attributes: attributes.%s is not a string", words[i]);
    }
    const struct jml_value *former = jml_value_find(e->attributes, "formerEmployeeId");
    if (former && former->type != JML_NULL && (e->kind == JML_JOINER || e->kind == JML_MOVER) &&
        (former->type != JML_STRING || !jml_identity_is_sane(former->text)))
        return "bad_former_id: attributes.formerEmployeeId can be no employee_id";
    const char *mail = jml_value_find_string(e->attributes, "mail");
    if (mail && *mail && !jml_str_printable(mail)) /* a line break in an address forges headers */
        return "bad_mail: attributes.mail holds control characters";
    const struct jml_value *groups = jml_value_find(e->attributes, "groups");
    if (groups && groups->type != JML_NULL) {
        if (groups->type != JML_ARRAY)
            return "bad_attributes: attributes.groups is not an array of strings";
        for (size_t i = 0; i < groups->n; i++)
            if (groups->items[i]->type != JML_STRING)
                return "bad_attributes: attributes.groups is not an array of strings";
    }

    if (e->kind == JML_RESCIND) {
        if (!e->supersedes)
            return "bad_supersedes: a rescind names the event it withdraws in supersedes";
        return NULL;
    }
    if (e->kind != JML_LEAVER && jml_streq(e->employment, "*"))
        return "bad_employment: only a leaver can name all employments with '*'";
    bool immediate = jml_value_find_bool(e->attributes, "immediate", false);
    if (immediate && e->kind != JML_LEAVER)
        return "bad_attributes: attributes.immediate is for leavers only";
    bool has_at = e->effective_at != JML_TIME_NONE, has_on = jml_date_is_set(e->effective_on);
    if (has_at && has_on)
        return "bad_date: effective_at and effective_on are both given";
    if (!has_at && !has_on && !immediate)
        return "bad_date: neither effective_at nor effective_on is given";
    if (has_at && !is_sane(e->effective_at))
        return "bad_date: effective_at is outside 1900 to 2200";
    if (has_on && (e->effective_on.year < 1900 || e->effective_on.year > 2200))
        return "bad_date: effective_on is outside 1900 to 2200";
    return NULL;
}
