/* SPDX-License-Identifier: MIT
 *
 * Tasks that tell somebody something. The access pass is one, with an errand before: targets get a first
 * password, and only when they have it the manager is told. Nobody here knows that password; what is
 * passed on is what it is made of (base/password.h).
 */
#include "core/work.h"

#include "base/password.h"

/* C5: a mail is about a fact, and not about the date that the fact has at the moment. */
static bool was_mailed(const struct jml_work *w, const struct jml_run *run, int position)
{
    for (size_t i = 0; i < w->s->runs.n; i++) {
        const struct jml_run *other = w->s->runs.items[i];
        if (jml_id_equal(other->workflow_id, run->workflow_id) && run->fact &&
            jml_streq(other->fact, run->fact) && jml_effect_mailed(other, position))
            return true;
    }
    return false;
}

static const char *notify(struct jml_work *w, struct jml_run *run, const struct jml_task *task,
                          const struct jml_pass *pass)
{
    if (!jml_notify_task(w, task, run, pass, NULL))
        return "no_recipient: no mail address of the manager (or person) is known";
    jml_effect_record_mail(w, run, task->position);
    return NULL;
}

const char *jml_task_mail(struct jml_work *w, struct jml_run *run, const struct jml_task *task, bool late)
{
    const char *dropped = late           ? "too late: beyond catch_up"
                          : run->is_past ? "the employment has ended"
                                         : NULL;
    if (was_mailed(w, run, task->position))
        return "sent_before: the mail was sent when its date was another";
    if (!dropped)
        return notify(w, run, task, NULL);
    jml_notify_task(w, task, run, NULL, dropped);
    return late ? "dropped: the mail came too late, beyond catch_up"
                : "dropped: the employment has ended";
}

/* ---- the access pass ---- */

/* One password for all accounts: it goes by an id of its own. Tried again, it is another one. */
static const struct jml_value *arguments_of(struct jml_work *w, const struct jml_task *task)
{
    struct jml_arena *a = w->arena;
    const struct jml_value *v = jml_value_object();
    int length = task->pass_length ? task->pass_length : JML_PASSWORD_USUAL;
    v = jml_value_with(a, v, "passwordId", jml_value_string(a, jml_id_text(a, jml_work_new_id(w))));
    v = jml_value_with(a, v, "passwordLength", jml_value_int(a, length));
    if (task->pass_minutes)
        v = jml_value_with(a, v, "tapLifetimeMinutes", jml_value_int(a, task->pass_minutes));
    if (task->pass_once)
        v = jml_value_with(a, v, "tapIsUsableOnce",
                           jml_value_bool(jml_streq(task->pass_once, "true")));
    return v;
}

const char *jml_task_pass(struct jml_work *w, struct jml_run *run, const struct jml_task *task,
                          bool *ret_waits, const char **ret_warning)
{
    /* What nobody gets to know is not set: it would lock the person out. */
    if (run->is_past || was_mailed(w, run, task->position) || !jml_notify_has_recipient(w, task)) {
        *ret_warning = jml_task_mail(w, run, task, false);
        return NULL;
    }
    const char *error = jml_work_no_grants(w); /* T8 */
    if (!error)
        error = jml_task_set_password(w, run, task, arguments_of(w, task), ret_waits);
    if (error || *ret_waits)
        return error;
    *ret_warning = notify(w, run, task, NULL);
    if (!*ret_warning)
        *ret_warning = "no_target: there is no target that takes passwords, the manager is asked to see to it";
    return NULL;
}

const char *jml_task_pass_is_set(struct jml_work *w, struct jml_run *run, const struct jml_task *task,
                                 const char **ret_warning)
{
    struct jml_pass pass = {0};
    for (size_t i = w->s->deliveries.n; i-- > 0;) { /* the newest order: of one id */
        const struct jml_delivery *d = w->s->deliveries.items[i];
        if (!jml_id_equal(d->run_id, run->id) || d->position != task->position ||
            d->action != JML_ACTION_SET_PASSWORD)
            continue;
        const char *id = jml_value_find_string(d->arguments, "passwordId");
        const char *key = jml_value_find_string(d->arguments, "passwordKey");
        if (pass.id && !jml_streq(pass.id, id))
            continue;
        if (pass.id && !jml_streq(pass.key, key))
            return "key_changed: the targets have passwords of two keys: try the run again";
        pass = (struct jml_pass){.id = id, .key = key};
        jml_value_to_int(jml_value_find(d->arguments, "passwordLength"), &pass.length);
    }
    if (!pass.id || !pass.key)
        return "no_password: it is not known which password was set: try the run again";
    *ret_warning = run->is_past ? "dropped: the employment has ended" : notify(w, run, task, &pass);
    return NULL;
}
