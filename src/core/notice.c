/* SPDX-License-Identifier: MIT
 *
 * Mails as rows: who gets one, what it says. Sending is somebody else's work.
 */
#include "base/address.h"
#include "core/work.h"

#include <string.h>

const struct jml_manager *jml_work_manager(const struct jml_work *w)
{
    const char *named = jml_value_find_string(w->fold.attributes, "manager");
    for (size_t i = 0; named && i < w->s->managers.n; i++)
        if (jml_streq(w->s->managers.items[i]->employee_id, named))
            return w->s->managers.items[i];
    return NULL;
}

/* What is no address is no reason to refuse an event. */
static const char *one_address(const char *mail)
{
    return jml_address_is_sound(mail) ? mail : NULL;
}

static const char *address_of_person(const struct jml_work *w)
{
    return one_address(jml_value_find_string(w->fold.attributes, "mail"));
}

static const char *address_of_manager(const struct jml_work *w)
{
    const struct jml_manager *m = jml_work_manager(w);
    return m ? one_address(m->mail) : NULL;
}

struct jml_notification *jml_notify(struct jml_work *w, const char *kind, enum jml_recipient to,
                                    const char *subject, const char *body, const char *cc,
                                    const struct jml_assignment *as, const struct jml_run *run,
                                    const char *dedup_key, bool must_have)
{
    const char *recipient = to == JML_TO_PERSON ? address_of_person(w) : NULL;
    const char *recipient_id = w->s->person.employee_id;
    if (!recipient) {
        recipient = address_of_manager(w);
        recipient_id = recipient ? jml_work_manager(w)->employee_id : NULL;
    }
    if (!recipient && !must_have)
        return NULL;

    struct jml_notification *n = jml_new(w->arena, struct jml_notification);
    *n = (struct jml_notification){.mark = JML_CREATED,
                                   .id = jml_work_new_id(w),
                                   .assignment_id = as ? as->id : jml_id_none,
                                   .run_id = run ? run->id : jml_id_none,
                                   .kind = kind,
                                   .recipient = recipient,
                                   .recipient_id = recipient_id,
                                   .cc = recipient && !jml_streq(cc, recipient) ? cc : NULL,
                                   .subject = subject,
                                   .body = body,
                                   .dedup_key = dedup_key,
                                   .due_at = w->now};
    if (!recipient)
        n->error = "no_recipient: neither the person nor the manager has a mail address";
    struct jml_str detail = JML_STR_INIT(w->arena);
    jml_detail_text(&detail, "kind", kind);
    struct jml_note note = {.reason = n->error,
                            .detail = jml_detail_end(&detail),
                            .run_id = n->run_id};
    n->state = jml_work_move(w, JML_MACHINE_NOTIFICATION, jml_id_text(w->arena, n->id),
                             JML_NOTIFICATION_NEW, JML_FIRE_QUEUE,
                             recipient ? JML_GUARD_HAS_RECIPIENT : 0, &note);
    jml_vec_push(w->arena, &w->s->notifications, n);
    return n;
}

struct jml_addressee jml_work_addressee(const struct jml_work *w)
{
    const struct jml_value *attributes = w->fold.attributes;
    return (struct jml_addressee){w->s->person.employee_id,
                                  jml_value_find_string(attributes, "displayName"),
                                  jml_value_find_string(attributes, "mail")};
}

void jml_notify_about(struct jml_work *w, const char *kind, struct jml_addressee to,
                      const struct jml_request *r, const char *subject, const char *body,
                      const char *dedup_key, const char *parameters)
{
    struct jml_notification *n = jml_new(w->arena, struct jml_notification);
    *n = (struct jml_notification){.mark = JML_CREATED,
                                   .id = jml_work_new_id(w),
                                   .assignment_id = r->assignment_id,
                                   .request_id = r->id,
                                   .run_id = r->run_id,
                                   .kind = kind,
                                   .recipient = one_address(to.mail),
                                   .recipient_id = to.employee_id,
                                   .parameters = parameters,
                                   .subject = subject,
                                   .body = body,
                                   .dedup_key = dedup_key,
                                   .due_at = w->now};
    if (!n->recipient)
        n->error = jml_printf(w->arena, "no_recipient: '%s' has no mail address", to.employee_id);
    struct jml_str detail = JML_STR_INIT(w->arena);
    jml_detail_text(&detail, "kind", kind);
    jml_detail_text(&detail, "to", to.employee_id);
    struct jml_note note = {.reason = n->error,
                            .detail = jml_detail_end(&detail),
                            .run_id = n->run_id,
                            .request_id = r->id};
    n->state = jml_work_move(w, JML_MACHINE_NOTIFICATION, jml_id_text(w->arena, n->id),
                             JML_NOTIFICATION_NEW, JML_FIRE_QUEUE,
                             n->recipient ? JML_GUARD_HAS_RECIPIENT : 0, &note);
    jml_vec_push(w->arena, &w->s->notifications, n);
}

/* ---- tasks ---- */

struct words {
    enum jml_task_kind task;
    enum jml_recipient to;
    const char *subject, *body;
};

static const struct words words_of[] = {
    {JML_TASK_WELCOME_MAIL, JML_TO_PERSON, "Welcome, {{userDisplayName}}",
     "Welcome, {{userDisplayName}}. Your first day is {{userEmployeeHireDate}}.\n"},
    {JML_TASK_ONBOARDING_REMINDER, JML_TO_MANAGER, "{{userDisplayName}} starts soon",
     "{{userDisplayName}} starts on {{userEmployeeHireDate}}. Please prepare the first day.\n"},
    {JML_TASK_ACCESS_PASS, JML_TO_MANAGER, "Temporary access pass for {{userDisplayName}}",
     "{{userDisplayName}} needs a temporary access pass for {{userEmployeeHireDate}}.\n"},
    {JML_TASK_MOVE_NOTICE, JML_TO_MANAGER, "{{userDisplayName}} has moved",
     "{{userDisplayName}} has changed position. Please look at the access that goes with it.\n"},
    {JML_TASK_SPONSORSHIP_MAIL, JML_TO_MANAGER, "Sponsorships of {{userDisplayName}} change",
     "The sponsorships held by {{userDisplayName}} need a new sponsor.\n"},
    {JML_TASK_COSPONSOR_MAIL, JML_TO_MANAGER, "Sponsorships of {{userDisplayName}} change",
     "The sponsorships held by {{userDisplayName}} need a new sponsor.\n"},
    {JML_TASK_BEFORE_LAST_DAY, JML_TO_MANAGER, "{{userDisplayName}} leaves soon",
     "The last day of {{userDisplayName}} is {{userLastDay}}.\n"},
    {JML_TASK_ON_LAST_DAY, JML_TO_MANAGER, "Last day of {{userDisplayName}}",
     "The last day of {{userDisplayName}} is {{userLastDay}}.\n"},
    {JML_TASK_AFTER_LAST_DAY, JML_TO_MANAGER, "{{userDisplayName}} has left",
     "{{userDisplayName}} has left; the last day was {{userLastDay}}.\n"},
    {JML_TASK_INACTIVITY_MAIL, JML_TO_MANAGER, "{{userDisplayName}} is inactive",
     "{{userDisplayName}} has not been active for a while.\n"},
    {JML_TASK_UNSPONSORED_GUEST_MAIL, JML_TO_MANAGER, "Guest {{userDisplayName}} has no sponsor",
     "The guest {{userDisplayName}} has no sponsor and will be removed.\n"},
};

static const struct words *find_words(const struct jml_task *task)
{
    for (size_t i = 0; i < sizeof(words_of) / sizeof(words_of[0]); i++)
        if (words_of[i].task == task->kind)
            return &words_of[i];
    return &words_of[0];
}

bool jml_notify_has_recipient(const struct jml_work *w, const struct jml_task *task)
{
    return address_of_manager(w) ||
           (find_words(task)->to == JML_TO_PERSON && address_of_person(w));
}

bool jml_notify_task(struct jml_work *w, const struct jml_task *task, const struct jml_run *run,
                     const struct jml_pass *pass, const char *drop_reason)
{
    const struct words *words = find_words(task);
    const char *kind = jml_task_kind_row(task->kind)->notification;
    const char *key = jml_printf(w->arena, "mail:%s:%d", jml_id_text(w->arena, run->id),
                                 task->position);
    const char *subject =
        jml_template_expand(w, task->custom_subject ? task->custom_subject : words->subject);
    const char *body = jml_template_expand(w, task->custom_body ? task->custom_body : words->body);
    struct jml_str parameters = JML_STR_INIT(w->arena);
    jml_notice_text(&parameters, "customSubject", task->custom_subject);
    jml_notice_text(&parameters, "customBody", task->custom_body);
    if (pass) {
        jml_detail_text(&parameters, "passwordId", pass->id);
        jml_detail_int(&parameters, "passwordLength", pass->length);
        jml_detail_text(&parameters, "passwordKey", pass->key);
    }
    struct jml_notification *n;
    if (!drop_reason) {
        n = jml_notify(w, kind, words->to, subject, body, task->cc, NULL, run, key, false);
        if (!n)
            return false;
        n->locale = task->locale;
        n->parameters = jml_notice_end(w, &parameters);
        return true;
    }

    n = jml_new(w->arena, struct jml_notification);
    const char *to = words->to == JML_TO_PERSON ? address_of_person(w) : address_of_manager(w);
    *n = (struct jml_notification){.mark = JML_CREATED,
                                   .id = jml_work_new_id(w),
                                   .run_id = run->id,
                                   .kind = kind,
                                   .recipient = to,
                                   .subject = subject,
                                   .body = body,
                                   .dedup_key = key,
                                   .error = drop_reason,
                                   .due_at = w->now};
    struct jml_note note = {.reason = drop_reason, .run_id = run->id};
    n->state = jml_work_move(w, JML_MACHINE_NOTIFICATION, jml_id_text(w->arena, n->id),
                             JML_NOTIFICATION_NEW, JML_FIRE_DROP, 0, &note);
    jml_vec_push(w->arena, &w->s->notifications, n);
    return true;
}

static const char *date_text(struct jml_work *w, jml_time t);

/* ---- what templates may tell ---- */

void jml_notice_text(struct jml_str *p, const char *key, const char *text)
{
    if (text)
        jml_detail_text(p, key, text);
}

void jml_notice_time(struct jml_work *w, struct jml_str *p, const char *key, jml_time t)
{
    if (t != JML_TIME_NONE)
        jml_detail_text(p, key, jml_time_format_in(w->arena, t, w->zone));
}

void jml_notice_day(struct jml_work *w, struct jml_str *p, const char *key, jml_time t)
{
    if (t != JML_TIME_NONE)
        jml_detail_text(p, key, date_text(w, t));
}

/* The dates of the employment stand in every one. */
const char *jml_notice_end(struct jml_work *w, struct jml_str *p)
{
    jml_time leaves = w->fold.leaves_at;
    jml_notice_day(w, p, "userEmployeeHireDate", w->fold.hired_at);
    jml_notice_day(w, p, "userEmployeeLeaveDateTime", leaves == JML_TIME_NONE ? leaves : leaves - 1);
    jml_notice_day(w, p, "userLastDay", leaves == JML_TIME_NONE ? leaves : leaves - 1);
    const char *text = jml_detail_end(p);
    return text ? text : "{}";
}

const char *jml_shell_word(struct jml_arena *a, const char *text)
{
    struct jml_str out = JML_STR_INIT(a);
    jml_str_add_char(&out, '\'');
    for (; *text; text++)
        if (*text == '\'')
            jml_str_add(&out, "'\\''");
        else
            jml_str_add_char(&out, (unsigned char)*text < 0x20 || *text == 0x7f ? ' ' : *text);
    jml_str_add_char(&out, '\'');
    return jml_str_text(&out);
}

/* ---- placeholders ---- */

static const char *date_text(struct jml_work *w, jml_time t)
{
    jml_time of_day;
    if (t == JML_TIME_NONE)
        return "";
    struct jml_date d = jml_zone_date(w->zone, t, &of_day);
    return jml_printf(w->arena, "%04d-%02d-%02d", d.year, d.month, d.day);
}

/* NULL: not a placeholder that we know. */
static const char *placeholder(struct jml_work *w, const char *name)
{
    static const char *const attributes[][2] = {
        {"userDisplayName", "displayName"},
        {"userGivenName", "givenName"},
        {"userSurname", "surname"},
        {"userPrincipalName", "userPrincipalName"},
    };
    const struct jml_value *person = w->fold.attributes;
    const char *text = NULL;
    for (size_t i = 0; i < sizeof(attributes) / sizeof(attributes[0]); i++)
        if (strcmp(name, attributes[i][0]) == 0) {
            text = jml_value_find_string(person, attributes[i][1]);
            if (!text && i > 0 && strcmp(name, "userPrincipalName") != 0)
                text = jml_value_find_string(person, "displayName");
            return text ? text : w->s->person.employee_id;
        }
    if (strcmp(name, "userEmployeeHireDate") == 0)
        return date_text(w, w->fold.hired_at);
    if (strcmp(name, "userEmployeeLeaveDateTime") == 0 || strcmp(name, "userLastDay") == 0)
        return date_text(w, w->fold.leaves_at == JML_TIME_NONE ? JML_TIME_NONE
                                                               : w->fold.leaves_at - 1);
    const struct jml_manager *manager = jml_work_manager(w);
    if (strcmp(name, "managerDisplayName") == 0)
        return manager && manager->display_name ? manager->display_name : "";
    if (strcmp(name, "managerEmail") == 0)
        return manager && manager->mail ? manager->mail : "";
    if (jml_str_starts(name, "user.")) {
        const struct jml_value *v = jml_value_find_path(person, name + 5);
        if (!v || v->type == JML_NULL)
            return "";
        return v->type == JML_STRING ? v->text : jml_value_text(w->arena, v);
    }
    return NULL;
}

const char *jml_template_expand(struct jml_work *w, const char *text)
{
    if (!strstr(text, "{{"))
        return text;
    struct jml_str out = JML_STR_INIT(w->arena);
    for (const char *p = text; *p;) {
        const char *open = strstr(p, "{{");
        const char *close = open ? strstr(open, "}}") : NULL;
        if (!close) {
            jml_str_add(&out, p);
            break;
        }
        jml_str_add_n(&out, p, (size_t)(open - p));
        const char *name = jml_strndup(w->arena, open + 2, (size_t)(close - open - 2));
        const char *value = placeholder(w, name);
        if (value)
            jml_str_add(&out, value);
        else
            jml_str_add_n(&out, open, (size_t)(close + 2 - open));
        p = close + 2;
    }
    return jml_str_text(&out);
}
