/* SPDX-License-Identifier: MIT
 *
 * jmlctl assignment add: a package for people, in an administrator's name. Of many people only those get
 * a request who have neither the package nor a request for it; so the same command may be given again.
 */
#include "ctl/assignment.h"

#include "ctl/asking.h"
#include "ctl/check.h"
#include "ctl/outcome.h"
#include "ctl/people.h"
#include "ctl/query.h"

enum { QUICK = 1000 }; /* people, within the time of a statement */

static int check_usage(struct jml_ctl *c, const struct jml_ctl_call *call);
static int add_people(struct jml_ctl *c, const struct jml_ctl_call *call,
                      const struct jml_asking *asking);
static int add_by_mail(struct jml_ctl *c, const struct jml_ctl_call *call,
                       const struct jml_asking *asking);
static int ask(struct jml_ctl *c, const struct jml_ctl_call *call, const char *insert,
               const struct jml_param *params, size_t n);

int jml_assignment_add(struct jml_ctl *c, const struct jml_ctl_call *call)
{
    struct jml_asking asking;
    int code = check_usage(c, call);

    if (code == 0)
        code = jml_ctl_session(c);
    if (code == 0)
        code = jml_asking_policy(c, call->arguments[0], jml_ctl_option(call, "policy"), true, &asking);
    if (code != 0)
        return code;
    return jml_ctl_option(call, "email") ? add_by_mail(c, call, &asking)
                                         : add_people(c, call, &asking);
}

static int check_usage(struct jml_ctl *c, const struct jml_ctl_call *call)
{
    bool named = jml_ctl_option(call, "employee") || jml_ctl_option(call, "from-file") ||
                 jml_ctl_option(call, "all-in");

    if (jml_ctl_option(call, "email") && named)
        return jml_ctl_say(c, JML_EXIT_USAGE,
                           "--email is for one person alone; others go by --employee");
    if (jml_ctl_option(call, "name") && !jml_ctl_option(call, "email"))
        return jml_ctl_say(c, JML_EXIT_USAGE, "--name is that of who is new; it goes with --email");
    if (jml_ctl_option(call, "check") && jml_ctl_option(call, "wait"))
        return jml_ctl_say(c, JML_EXIT_USAGE, "--check asks for nothing: there is nothing to --wait for");
    if (!named && !jml_ctl_option(call, "email"))
        return jml_ctl_say(c, JML_EXIT_USAGE,
                           "for whom? give --employee EMPLOYEE..., --from-file, --all-in or --email");
    return 0;
}

static int add_people(struct jml_ctl *c, const struct jml_ctl_call *call,
                      const struct jml_asking *asking)
{
    struct jml_param given, params[8];
    struct jml_array_param persons;
    struct jml_asking_dates dates;
    struct jml_people people;
    const char *answers;
    struct jml_result r;
    struct jml_err e;
    int code = jml_people_named(c, call, &people);

    if (code == 0 && asking->questions && people.ids.n > 1)
        code = jml_ctl_say(c, JML_EXIT_USAGE,
                           "the policy asks questions: it takes one person at a time, with --answer");
    if (code == 0)
        code = jml_asking_answers(c, call, asking, &answers);
    if (code != 0)
        return code;
    if (people.ids.n > QUICK && jml_session_unbound(c->session, &e) < 0)
        return jml_ctl_fail(c, &e);
    given = jml_ctl_text_array(c, people.ids.items, people.ids.n);
    if (jml_session_query(c->session, "person_zones", &given, 1, &r, &e) < 0)
        return jml_ctl_fail(c, &e);
    jml_array_init(&persons, &c->arena, JML_ARRAY_TEXT);
    jml_asking_dates_init(c, &dates);
    for (size_t i = 0; i < jml_result_rows(&r); i++) {
        jml_array_add_text(&persons, jml_result_text(&r, i, 0, &c->arena));
        jml_asking_dates_add(c, call, &dates, jml_result_text(&r, i, 1, &c->arena));
    }
    jml_session_clear(c->session);
    params[0] = jml_param_text(asking->package_id);
    params[1] = jml_param_text(asking->policy_id);
    params[2] = jml_param_text(jml_ctl_option(call, "justification"));
    params[3] = jml_param_text(answers);
    params[4] = jml_param_text(people.many ? "" : NULL);
    params[5] = jml_array_param(&persons);
    params[6] = jml_array_param(&dates.starts);
    params[7] = jml_array_param(&dates.ends);
    return ask(c, call, "assignment_add", params, 8);
}

static int add_by_mail(struct jml_ctl *c, const struct jml_ctl_call *call,
                       const struct jml_asking *asking)
{
    const char *email = jml_ctl_option(call, "email"), *answers;
    struct jml_param params[8], given;
    const struct jml_zone *zone;
    struct jml_result r;
    struct jml_err e;
    int code = jml_asking_answers(c, call, asking, &answers);

    if (code != 0)
        return code;
    given = jml_param_text(email);
    if (jml_session_query(c->session, "mail_zone", &given, 1, &r, &e) < 0)
        return jml_ctl_fail(c, &e);
    zone = jml_zone_find(c->zones, jml_result_text(&r, 0, 0, &c->arena));
    jml_session_clear(c->session);
    if (!zone)
        zone = jml_zone_utc();
    params[0] = jml_param_text(asking->package_id);
    params[1] = jml_param_text(asking->policy_id);
    params[2] = jml_param_text(jml_ctl_option(call, "justification"));
    params[3] = jml_param_text(answers);
    params[4] = given;
    params[5] = jml_param_text(jml_ctl_option(call, "name"));
    params[6] = jml_param_time(&c->arena, jml_ctl_option_time(call, "start", zone));
    params[7] = jml_param_time(&c->arena, jml_ctl_option_time(call, "end", zone));
    return ask(c, call, "assignment_invite", params, 8);
}

static int ask(struct jml_ctl *c, const struct jml_ctl_call *call, const char *insert,
               const struct jml_param *params, size_t n)
{
    if (jml_ctl_option(call, "check"))
        return jml_ctl_check(c, insert, params, n);
    return jml_outcome_insert(c, call, insert, params, n, "request_outcome");
}
