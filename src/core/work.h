/* SPDX-License-Identifier: MIT
 *
 * Work: what the files of a step share. One struct jml_work lives for one jml_step(); it is the only
 * thing they pass around. Nothing outside src/core includes this.
 */
#ifndef JML_CORE_WORK_H
#define JML_CORE_WORK_H

#include "base/str.h"
#include "core/fold.h"
#include "core/ledger.h"
#include "core/machine.h"
#include "core/snapshot.h"
#include "core/step.h"

struct jml_work {
    struct jml_arena *arena;
    const struct jml_world *world;
    struct jml_snapshot *s;
    struct jml_fold fold;
    const struct jml_zone *zone; /* the person's */
    jml_time now;
    int64_t because; /* the event that transitions owe themselves to, unless they name one; 0: none */
    bool refolded;   /* an event joined the fold in this step */
    struct jml_ledger ledger;
    /* what settling looks at: packages of runs that were withdrawn or came back (C2) */
    JML_VEC(struct jml_id) touched;
    bool all_touched; /* employments or suspensions are others than before */
};

/* ---- work.c: transitions on record ---- */

/* What an audit row tells beyond the transition; zero means "nothing". */
struct jml_note {
    const char *actor;  /* NULL: "jmld" */
    const char *reason; /* NULL: the transition's own sentence is enough */
    const char *detail; /* JSON object text */
    int64_t event_id;
    struct jml_id run_id, request_id;
};

/* Fires the trigger; records the row; returns the new state. A machine that does not know the
 * trigger in this state is a bug of the caller, which asked without looking. */
int jml_work_move(struct jml_work *w, enum jml_machine machine, const char *object_id, int from,
                  enum jml_fire trigger, unsigned facts, const struct jml_note *note);
/* true when the machine has a row for it. */
bool jml_work_can(enum jml_machine machine, int from, enum jml_fire trigger, unsigned facts);

/* JSON details, member by member: JML_STR_INIT, add..., jml_detail_end. */
void jml_detail_time(struct jml_str *d, const char *key, jml_time t); /* NONE: null */
void jml_detail_text(struct jml_str *d, const char *key, const char *text);
void jml_detail_int(struct jml_str *d, const char *key, int64_t n);
void jml_detail_id(struct jml_str *d, const char *key, struct jml_id id);
const char *jml_detail_end(struct jml_str *d); /* NULL when nothing was added */

static inline void jml_touch(enum jml_mark *mark)
{
    if (*mark == JML_CLEAN)
        *mark = JML_CHANGED;
}
struct jml_id jml_work_new_id(struct jml_work *w);
/* The event that explains a change best: the newest one folded in this step; 0: none. */
int64_t jml_work_newest_event(const struct jml_work *w);
/* Grants of any kind (T8). NULL when they may be made, else "code: words". */
const char *jml_work_no_grants(const struct jml_work *w);

/* ---- assignment.c ---- */

/* The unexpired assignment of a package; NULL. */
struct jml_assignment *jml_assignment_find(const struct jml_work *w, struct jml_id package_id);
struct jml_assignment *jml_assignment_get(struct jml_work *w, struct jml_id id); /* NULL: not open */
/* The end that a policy gives to an assignment that starts (or is renewed) at start; NONE: never. */
jml_time jml_policy_end(const struct jml_policy *p, jml_time start, const struct jml_zone *zone);
bool jml_package_is_outward(const struct jml_package *p);

struct jml_assignment *jml_assignment_grant(struct jml_work *w, struct jml_request *r,
                                            const struct jml_package *package,
                                            const struct jml_policy *policy, jml_time starts_at,
                                            jml_time ends_at, const char *ends_by);
/* Moves the dates; arms the notices anew (A6). */
void jml_assignment_move(struct jml_work *w, struct jml_assignment *as, jml_time starts_at,
                         jml_time ends_at, const char *ends_by, const struct jml_request *r,
                         const char *reason);
/* end_reason: expired, removed, left, corrected, policy. */
void jml_assignment_end(struct jml_work *w, struct jml_assignment *as, const char *end_reason,
                        const struct jml_request *r, const char *reason);
/* The notices that are due now. */
void jml_assignment_notify(struct jml_work *w, struct jml_assignment *as);

/* ---- role.c ---- */

/* What the package gives, given by the record or queued for the targets. */
void jml_roles_grant(struct jml_work *w, struct jml_assignment *as, const struct jml_package *package);
/* All of it is taken, but for what another assignment gives. */
void jml_roles_revoke(struct jml_work *w, struct jml_assignment *as);
/* Would that go out of the record? Else it is taken with the decision. */
bool jml_roles_revoke_is_outward(const struct jml_work *w, const struct jml_assignment *as);
/* Roles that joined or left the package since. */
void jml_roles_reconcile(struct jml_work *w, struct jml_assignment *as);
/* It is given once more (Graph's reprocess): all of it, or what is not there. */
void jml_roles_reprocess(struct jml_work *w, struct jml_assignment *as, bool all, const char *actor);

/* ---- delivery.c ---- */

/* Where the role is delivered: a target's name, or "record". */
const char *jml_role_target(const struct jml_work *w, struct jml_id role_id);
bool jml_role_is_outward(const struct jml_work *w, struct jml_id role_id);
/* Gives (GRANT) or takes (REVOKE) a role of the assignment: by record at once, else queued behind all
 * that goes to the same account. true: queued. */
bool jml_delivery_make(struct jml_work *w, const struct jml_assignment *as, struct jml_id role_id,
                       enum jml_action action, const struct jml_note *cause);
/* The same for a task of a run. role_id and arguments may be none; target as jml_role_target() says it. */
bool jml_delivery_order(struct jml_work *w, const struct jml_run *run, int position, const char *target,
                        struct jml_id role_id, enum jml_action action, const struct jml_value *arguments);
/* "CRM/User", or the id of one that is gone. */
const char *jml_role_name(const struct jml_work *w, struct jml_id role_id);
/* A3: an assignment of the person that is not over gives it; but for that one (NULL: any). */
bool jml_role_is_given(const struct jml_work *w, const struct jml_assignment *but, struct jml_id role_id);
/* The newest grant of the role to its target, for the assignment. NULL: none, or none is loaded. */
const struct jml_delivery *jml_delivery_granted(const struct jml_work *w, const struct jml_assignment *as,
                                                struct jml_id role_id);
bool jml_delivery_is_open(const struct jml_delivery *d);
/* What became of deliveries becomes of assignments, and of the requests that wait for them. By what is
 * there, whatever was thought before. */
void jml_deliveries_look(struct jml_work *w);

/* ---- conflict.c ---- */

/* May the package not be had now, by what is assigned? NULL, or "incompatible: words". */
const char *jml_incompatible(struct jml_work *w, const struct jml_package *package);

/* ---- request.c ---- */

/* A request of jmld's own, submitted and on record; decide it next. */
struct jml_request *jml_request_make(struct jml_work *w, enum jml_request_type type,
                                     const struct jml_package *package,
                                     const struct jml_policy *policy,
                                     const struct jml_assignment *as, const struct jml_run *run,
                                     const char *requestor, const char *justification);
/* Its first audit row. */
void jml_request_submit(struct jml_work *w, struct jml_request *r);
/* ---- decision.c: decides a submitted request, one whose last stage of approval said yes, or a
 * scheduled one whose start has come. true: not denied. */
bool jml_request_decide(struct jml_work *w, struct jml_request *r);
void jml_request_cancel(struct jml_work *w, struct jml_request *r, const char *actor,
                        const char *reason, const struct jml_run *run);
/* A4: pending and scheduled requests of a package (none: of all packages). How many there were. */
size_t jml_request_cancel_open(struct jml_work *w, struct jml_id package_id, const char *actor,
                               const char *reason, const struct jml_run *run);
/* The same of those that were made before that one (NULL: all). */
size_t jml_request_cancel_before(struct jml_work *w, struct jml_id package_id,
                                 const struct jml_request *before, const char *actor,
                                 const char *reason, const struct jml_run *run);
bool jml_request_is_open(const struct jml_request *r); /* may still be canceled */
/* Who is answerable for it in the audit: the role that inserted it, else who asked. */
const char *jml_request_actor(const struct jml_request *r);
/* Moves it, with its status and dates; what follows from an end of it (mails) follows. */
void jml_request_fire(struct jml_work *w, struct jml_request *r, enum jml_fire trigger,
                      unsigned facts, struct jml_note note);
/* Always false, as an answer. error: "code: words". */
bool jml_request_deny(struct jml_work *w, struct jml_request *r, unsigned facts, const char *error);
/* Requests to change an assignment that wait for approval: is there one; they are over. */
bool jml_request_waits_for_update(const struct jml_work *w, struct jml_id assignment_id);
void jml_request_cancel_updates(struct jml_work *w, struct jml_id assignment_id, const char *reason);
/* Those that made it, and whose delivery is not over, or failed: it has ended. */
void jml_request_cancel_adds(struct jml_work *w, struct jml_id assignment_id, const char *reason);
/* Of a request that a run made: does the run count? Of another: yes. */
bool jml_request_run_counts(const struct jml_work *w, const struct jml_request *r);
/* request_reprocess. NULL: done, else why not. */
const char *jml_request_reprocess(struct jml_work *w, struct jml_request *r, const char *actor);
/* A systemRemove of jmld's own, carried out at once. end_reason as for jml_assignment_end(). */
void jml_request_remove(struct jml_work *w, struct jml_assignment *as, const char *end_reason,
                        const struct jml_run *run, const char *requestor, const char *why);
/* A systemUpdate of jmld's own, carried out at once: another end. */
void jml_request_move(struct jml_work *w, struct jml_assignment *as, jml_time ends_at,
                      const char *ends_by, const struct jml_run *run, const char *requestor,
                      const char *why);
/* A systemAdd of jmld's own, decided at once: gives (or keeps) what the holding says. false: denied,
 * with ret_request's error saying why. */
bool jml_request_give(struct jml_work *w, const struct jml_holding *holding,
                      const struct jml_run *run, const char *requestor, const char *why,
                      struct jml_request **ret_request);
/* The same for a task that does its work, which eligibility and approval are asked for. It may wait
 * for approval (ret_request's state says so): then it gave nothing. */
bool jml_request_ask(struct jml_work *w, const struct jml_holding *holding,
                     const struct jml_run *run, const char *requestor,
                     struct jml_request **ret_request);

/* ---- conflict.c ---- */


/* ---- settle.c ---- */

/* Brings the assignments of what was touched in line with the ledger (C2); and always takes away what
 * the end of an employment took (C7, T7). */
void jml_settle(struct jml_work *w);
/* Names for settling what is looked at in every step: what excludes other packages, and what policies
 * give by themselves. */
void jml_settle_watch(struct jml_work *w);
/* Is it about to be settled? Then what is due about it waits for that. */
bool jml_settle_is_touched(const struct jml_work *w, struct jml_id package_id);
/* Employments and suspensions: what settles everything when events change it. */
uint64_t jml_settle_mark(const struct jml_fold *f, jml_time now);

/* ---- plan.c, run.c ---- */

/* Causes against runs (C1, C4): plans, plans anew, cancels; starts nothing. */
void jml_plan(struct jml_work *w);
/* Starts a scheduled or new run (trigger START), or goes on with one that waited or failed
 * (RELEASE): does its tasks in their order. */
void jml_run_execute(struct jml_work *w, struct jml_run *run, const struct jml_workflow *workflow,
                     enum jml_fire trigger, const char *actor);
/* Runs that waited for a task at its targets, which is over: the rest of them. */
void jml_runs_go_on(struct jml_work *w);
/* Due now, not started yet. */
bool jml_run_is_due(const struct jml_work *w, const struct jml_run *run);
/* A run of an operator's command. */
struct jml_run *jml_run_make_on_demand(struct jml_work *w, const struct jml_workflow *workflow,
                                       const struct jml_command *c);
void jml_run_cancel(struct jml_work *w, struct jml_run *run, const char *cause, const char *actor,
                    const char *reason);
/* Is it of a cause, and not on demand? */
bool jml_run_has_cause(const struct jml_run *run);
/* The zone that its days are counted in. */
const struct jml_zone *jml_run_zone(const struct jml_work *w, const struct jml_run *run);
/* Do its effects count? */
bool jml_run_counts(const struct jml_run *run);
/* Its facts were first heard of at another time than it seemed: durations count from there. */
void jml_run_retime(struct jml_work *w, struct jml_run *run, jml_time from);
/* C2: its cause is there (again), or gone: what it did counts, or does not. */
void jml_run_count(struct jml_work *w, struct jml_run *run, bool counts);
bool jml_workflow_is_about_leaving(const struct jml_workflow *workflow);

/* ---- task.c ---- */

/* Does a task that targets have to do: queues it. NULL, or "code: words". ret_waits: something is queued. */
const char *jml_task_deliver(struct jml_work *w, const struct jml_run *run, const struct jml_task *task,
                             bool *ret_waits, const char **ret_warning);
/* What became of that: COMPLETED, FAILED (ret_error, and ret_told for the audit), or IN_PROGRESS. */
enum jml_task_state jml_task_delivered(const struct jml_work *w, const struct jml_run *run, int position,
                                       const char **ret_error, const char **ret_told);

/* Gives the accounts at the targets of the task a password. NULL, or "code: words"; not ret_waits: there is
 * no target that takes one. */
const char *jml_task_set_password(struct jml_work *w, const struct jml_run *run, const struct jml_task *task,
                                  const struct jml_value *arguments, bool *ret_waits);

/* ---- task_mail.c ---- */

/* A mail task. NULL, or a warning. */
const char *jml_task_mail(struct jml_work *w, struct jml_run *run, const struct jml_task *task, bool late);
/* The access pass: as jml_task_deliver(); and when all targets have it. NULL, or "code: words". */
const char *jml_task_pass(struct jml_work *w, struct jml_run *run, const struct jml_task *task,
                          bool *ret_waits, const char **ret_warning);
const char *jml_task_pass_is_set(struct jml_work *w, struct jml_run *run, const struct jml_task *task,
                                 const char **ret_warning);

/* ---- notice.c ---- */

enum jml_recipient { JML_TO_PERSON, JML_TO_MANAGER };
const struct jml_manager *jml_work_manager(const struct jml_work *w); /* NULL: none known */
/* Queues one mail. Falls back from the person to the manager. NULL when it has nobody to go to and
 * must_have was false; with must_have a failed row is left for the alarm. */
/* What templates may tell about a mail: jml_detail_text() and so on, and then jml_notice_end(). */
void jml_notice_text(struct jml_str *p, const char *key, const char *text); /* NULL: left out */
void jml_notice_day(struct jml_work *w, struct jml_str *p, const char *key, jml_time t);
void jml_notice_time(struct jml_work *w, struct jml_str *p, const char *key, jml_time t);
const char *jml_notice_end(struct jml_work *w, struct jml_str *p);
/* A word for a shell, in single quotes, and in one line: names come from people. */
const char *jml_shell_word(struct jml_arena *a, const char *text);
struct jml_notification *jml_notify(struct jml_work *w, const char *kind, enum jml_recipient to,
                                    const char *subject, const char *body, const char *cc,
                                    const struct jml_assignment *as, const struct jml_run *run,
                                    const char *dedup_key, bool must_have);
/* Somebody to write to, who is not the person of the step, or may not be. */
struct jml_addressee {
    const char *employee_id, *display_name, *mail;
};
/* The person of the step as one. */
struct jml_addressee jml_work_addressee(const struct jml_work *w);
/* One mail about a request to one addressee; without an address a failed row is left for the alarm. */
void jml_notify_about(struct jml_work *w, const char *kind, struct jml_addressee to,
                      const struct jml_request *r, const char *subject, const char *body,
                      const char *dedup_key, const char *parameters);
/* What a password is made of, and the name of the key: nothing secret. */
struct jml_pass {
    const char *id, *key;
    int64_t length;
};
/* A mail of a task (its own words, or ours for the kind). pass: the one it tells, or NULL. drop_reason: it is
 * put on record as dropped; NULL: it is sent. false: nobody to send it to. */
bool jml_notify_task(struct jml_work *w, const struct jml_task *task, const struct jml_run *run,
                     const struct jml_pass *pass, const char *drop_reason);
bool jml_notify_has_recipient(const struct jml_work *w, const struct jml_task *task);
/* {{placeholders}} of both Graph styles; unknown ones stay. */
const char *jml_template_expand(struct jml_work *w, const char *text);

/* ---- identity.c ---- */

/* A hire under an id that was given up before: somebody else's? NULL: no, else "code: words". */
const char *jml_identity_doubt(const struct jml_work *w, const struct jml_event *e);
/* Which id is the person's now, by all events. */
void jml_identity_settle(struct jml_work *w);
/* person_merge, after the two have become one. NULL: done, else why not. */
const char *jml_identity_merge(struct jml_work *w, const struct jml_command *c);

/* ---- command.c ---- */

/* Is it the object of the command? */
bool jml_command_names_event(const struct jml_command *c, const struct jml_event *e);

void jml_commands_before_fold(struct jml_work *w); /* events and persons: hold, release, retry */
void jml_commands_after_plan(struct jml_work *w);  /* cancels: before what they cancel happens */
void jml_commands_at_last(struct jml_work *w);     /* all others */
/* All that are still pending. */
void jml_commands_refuse(struct jml_work *w, const char *error);

#endif
