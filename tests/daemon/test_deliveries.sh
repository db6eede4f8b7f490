#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Deliveries to targets: their order, what is tried again and what is given up, leases, tickets for people.
# Rows of jml.delivery are inserted by hand here, as the core inserts them: what is tried is the flow alone.
# timeout: 600
: "${JML_SRC:=$(cd "$(dirname "$0")/../.." && pwd)}" "${JML_BUILD:=$JML_SRC}"
. "$JML_SRC/tests/lib/tap.sh"
. "$JML_SRC/tests/lib/daemon.sh"
. "$JML_SRC/tests/lib/story.sh"
ctl="$JML_BUILD/jmlctl"

# target NAME KIND [SETTINGS [MORE]]: MORE are further members of the document
target() {
    local more=${4:+,$4}
    q "insert into jml.target (display_name, kind, document) values ('$1', '$2',
           '{\"displayName\":\"$1\",\"kind\":\"$2\",\"settings\":${3:-{\}}$more}');
       update jml.configuration set revision = revision + 1"
}

people() { # N
    q "insert into jml.person (employee_id, state, updated_at) select 'E' || i, 'active', now() from generate_series(1, $1) i
       on conflict do nothing"
}

# order TARGET ACTION WHO [ROLE [COLUMN VALUE]...]: prints the id
role() { printf '00000000-0000-0000-0000-0000000000%02d' "$1"; }
order() {
    local target=$1 action=$2 who=$3 role=${4:-1} columns='' values='' state=pending
    shift 4 || shift $#
    case $action in revoke* | disableAccount | deleteAccount) state=removing ;; esac
    while [ $# -gt 0 ]; do
        columns+=", $1"
        values+=", $2"
        shift 2
    done
    q "insert into jml.delivery (person_id, resource_role_id, action, state, target, seq, due_at$columns)
       select p.id, $([ "$role" = 0 ] && echo null || echo "'$(role "$role")'"), '$action', '$state', '$target',
              nextval('jml.delivery_seq'), jml.now()$values
       from jml.person p where p.employee_id = '$who' returning id"
}

verified() { ok "the audit leads to what is there ($PGDATABASE)" "$ctl" audit verify; }
state_of() { q "select state from jml.delivery where id = '$1'"; }
ctl() { "$ctl" "$@"; }

# ---- one

world plain
people 3
target Nothing null
id=$(order Nothing grant E1)
gone=$(order Nothing revoke E2)
once
is "what is due is called, and delivered" "$(q "select state, attempts, due_at is null, confirmed_at is null,
    lease_until is null, lease_by is null, error is null from jml.delivery where id = '$id'")" 'delivered|1|t|t|t|t|t'
is "what takes away is removed" "$(q "select state, attempts from jml.delivery where id = '$gone'")" 'removed|1'
is "the audit tells the step, its person and who did it" "$(q "select actor, employee_id, rule, from_state, to_state
    from jml.audit where object_type = 'delivery' and object_id = '$id' and rule is not null")" 'jmld|E1|606|pending|delivered'
is "the person was told, and has been looked at" "$(q "select count(*) from jml.queue where kind = 'delivery'")" 0

later=$(order Nothing grant E3)
q "update jml.delivery set due_at = now() + interval '1 h' where id = '$later'"
once
is "what is due later waits, and once ends" "$(state_of "$later")" pending

# ---- order

world ordered
people 9
target Nothing null
first=$(order Nothing grant E1 1)
second=$(order Nothing grant E1 2)
third=$(order Nothing revoke E1 1)
once
is "one account has one call at a time, and what takes away goes first" "$(q "select string_agg(object_id, ' ' order by id) from jml.audit
    where object_type = 'delivery' and rule in (606, 612)")" "$third $second"
is "a grant that was not begun is superseded by the revoke after it" \
    "$(q "select state, attempts, error from jml.delivery where id = '$first'")" \
    'failed|0|superseded: taken away again before it was given'
is "which the audit tells before the revoke" "$(q "select rule from jml.audit where object_id = '$first' and rule is not null")" 608

one=$(order Nothing grant E9 1)
two=$(order Nothing updateAccount E9 0)
three=$(order Nothing grant E9 2)
once
is "what gives goes in its order" "$(q "select string_agg(object_id, ' ' order by id) from jml.audit
    where object_type = 'delivery' and rule = 606 and employee_id = 'E9'")" "$one $two $three"

waits() { q "update jml.delivery set due_at = now() + interval '1 h', attempts = 1, error = 'x' where id = '$1'"; }
failing=$(order Nothing grant E2 1) && waits "$failing"
other=$(order Nothing grant E2 2)
once
is "what waits for its next attempt holds back nothing of other roles" "$(state_of "$failing") $(state_of "$other")" 'pending delivered'
away=$(order Nothing revoke E2 1)
once
is "a revoke does not wait for a grant that keeps failing" "$(state_of "$failing") $(state_of "$away")" 'failed removed'

stuck=$(order Nothing revoke E3 1) && waits "$stuck"
again=$(order Nothing grant E3 1)
once
is "a grant waits for the revoke of the same role before it" "$(state_of "$stuck") $(state_of "$again")" 'removing pending'

account=$(order Nothing enableAccount E4 0) && waits "$account"
group=$(order Nothing grant E4 1)
taken=$(order Nothing revoke E4 2)
once
is "what gives waits for an action on the account, what takes away does not" \
    "$(state_of "$account") $(state_of "$group") $(state_of "$taken")" 'pending pending removed'
off=$(order Nothing disableAccount E4 0)
once
is "an account that is disabled is not enabled any more" "$(state_of "$account") $(state_of "$off") $(state_of "$group")" \
    'failed removed delivered'

verified
# ---- what does not go

world failing
people 6
target Never null '{"failEvery":1}'
target Soon null '{"failEvery":1}' '"giveUpAfter":"PT1H"'
target Good null
give=$(order Never grant E1)
old=$(order Soon grant E2 1 created_at "jml.now() - interval '2 h'")
take=$(order Soon revoke E3 1 created_at "jml.now() - interval '3 d'")
asked=$(order Soon grant E4 1 created_at "jml.now() - interval '2 h'" asked_at "jml.now() - interval '1 min'")
good=$(order Good grant E1)
once
is "what failed is tried again in seconds, with the reason" "$(q "select state, attempts, error,
    due_at - now() between interval '0.5 s' and interval '2.6 s', lease_until is null from jml.delivery where id = '$give'")" \
    'pending|1|on_purpose: this target fails every 1 calls|t|t'
is "a grant that is older than is tried has failed, with the last reason" \
    "$(q "select state, due_at is null, error from jml.delivery where id = '$old'")" 'failed|t|on_purpose: this target fails every 1 calls'
is "by its rule" "$(q "select rule from jml.audit where object_id = '$old' and rule is not null")" 607
is "a revoke is never given up" "$(q "select state, due_at is null from jml.delivery where id = '$take'")" 'removing|f'
is "the age of what was asked for anew counts from then" "$(state_of "$asked")" pending
is "another target is not concerned" "$(state_of "$good")" delivered
is "retries are not in the journal" "$(grep -c 'fails every' "$log")" 0

q "update jml.delivery set due_at = now(), attempts = 9 where id in ('$give', '$take')"
once
is "a grant waits a quarter of an hour at most" "$(q "select due_at - now() between interval '10 min' and interval '19 min'
    from jml.delivery where id = '$give'")" t
is "a revoke waits an hour at most" "$(q "select due_at - now() between interval '11 min' and interval '76 min'
    from jml.delivery where id = '$take'")" t

verified
# ---- a target that cannot be used, and one that does not answer

world dead
people 60
target Broken ldap
target Dead null '{"delayMilliseconds":60000}' '"deadline":"PT1S","concurrency":5'
target Good null '{}' '"concurrency":4'
lost=$(order Broken grant E1)
older=$(order Broken grant E2 1 created_at "jml.now() - interval '2 d'")
q "insert into jml.delivery (person_id, resource_role_id, action, state, target, seq, due_at)
   select p.id, '$(role 1)', 'grant', 'pending', t, nextval('jml.delivery_seq'), jml.now()
   from jml.person p, unnest('{Dead,Good}'::text[]) t"
daemon_start d
ok "a target that answers is not delayed by one that does not" until_true 15 \
    "select count(*) = 60 from jml.delivery where target = 'Good' and state = 'delivered'"
ok "after five calls without an answer it is said" until_says 15 d 'target Dead cannot be reached, its deliveries wait: no_answer: none came within 1 s'
is "nothing more of it is called than was under way" "$(q "select count(*) between 5 and 10, max(attempts) from jml.delivery
    where target = 'Dead' and attempts > 0")" 't|1'
ok "a target that cannot be used is told" until_says 5 d 'target Broken cannot be used'
ok "what is to be given there is given up when it is old" until_true 10 "select state = 'failed' from jml.delivery where id = '$older'"
is "and waits before" "$(state_of "$lost")" pending
sleep 6 # probes fail meanwhile
is "both are said once" "$(grep -c 'target Dead cannot' "$work/d.log") $(grep -c 'target Broken cannot' "$work/d.log")" '1 1'
q "update jml.target set document = jsonb_set(document, '{settings}', '{}') where display_name = 'Dead';
   update jml.configuration set revision = revision + 1"
ok "when its settings change, all of it is delivered" until_true 25 \
    "select count(*) = 60 from jml.delivery where target = 'Dead' and state = 'delivered'"
daemon_stop d
is "a daemon without anything in hand ends at once" "$daemon_status" 0

world probed
people 30
target Sick null '{"unreachableFirst":6}' '"concurrency":5'
q "insert into jml.delivery (person_id, resource_role_id, action, state, target, seq, due_at)
   select p.id, '$(role 1)', 'grant', 'pending', 'Sick', nextval('jml.delivery_seq'), jml.now() from jml.person p"
: > "$work/d.log"
daemon_start d
ok "a target that answers again is found by one call" until_says 20 d 'target Sick can be reached again'
ok "then all is delivered" until_true 20 "select count(*) = 30 from jml.delivery where state = 'delivered'"
is "said once each" "$(grep -c 'target Sick cannot be reached' "$work/d.log") $(grep -c 'Sick can be reached again' "$work/d.log")" '1 1'
is "what was not called meanwhile was tried once" "$(q "select count(*) from jml.delivery where attempts > 1")" 6
daemon_stop d

verified
# ---- two daemons, and the end of one

world two
people 200
target Slow null '{"delayMilliseconds":100}' '"concurrency":5'
fill() { q "insert into jml.delivery (person_id, resource_role_id, action, state, target, seq, due_at)
   select p.id, '$(role 1)', 'grant', 'pending', '$1', nextval('jml.delivery_seq'), jml.now() from jml.person p limit $2"; }
fill Slow 200
: > "$work/d.log"
daemon_start a
daemon_start b
ok "two daemons deliver" until_true 30 "select count(*) = 200 from jml.delivery where state = 'delivered'"
is "each is called once" "$(q "select max(attempts) from jml.delivery")" 1
ok "and share the work" test "$(grep -c 'deliver' "$work/a.log")" -gt 0 -a "$(grep -c 'deliver' "$work/b.log")" -gt 0
daemon_stop a
daemon_stop b

target Long null '{"delayMilliseconds":6000}' '"concurrency":5,"deadline":"PT2M"'
fill Long 5
daemon_start a
ok "deliveries are in hand" until_true 15 "select count(*) = 5 from jml.delivery where target = 'Long' and lease_until > clock_timestamp()"
daemon_kill a
is "their leases are still running" "$(q "select count(*) from jml.delivery where lease_until > clock_timestamp() + interval '60 s'")" 5
daemon_start b
ok "those of a daemon that was killed count for nothing" until_true 12 "select count(*) = 5 from jml.delivery where target = 'Long' and attempts = 2"
ok "and all is delivered" until_true 12 "select count(*) = 5 from jml.delivery where target = 'Long' and state = 'delivered'"
daemon_stop b

target Longer null '{"delayMilliseconds":100000}' '"concurrency":3,"deadline":"PT2M"'
fill Longer 20
daemon_start a
ok "some are called" until_true 15 "select count(*) >= 4 from jml.delivery where target = 'Longer' and lease_until > clock_timestamp()"
started=$SECONDS
daemon_stop a
is "a daemon that is told to stop does" "$daemon_status" 0
ok "within seconds" test $((SECONDS - started)) -le 9
is "it gives back what it had" "$(q "select count(*) from jml.delivery where target = 'Longer' and (lease_until is not null or lease_by is not null)")" 0
is "what was not begun is no attempt" "$(q "select attempts, count(*) from jml.delivery where target = 'Longer' group by 1 order by 1")" "$(printf '0|17\n1|3')"

verified
# ---- the database goes away while calls are under way
world away
people 5
target Slow null '{"delayMilliseconds":2500}'
q "insert into jml.delivery (person_id, resource_role_id, action, state, target, seq, due_at)
   select p.id, '$(role 1)', 'grant', 'pending', 'Slow', nextval('jml.delivery_seq'), jml.now() from jml.person p"
: > "$work/d.log"
daemon_start d
ok "calls are under way" until_true 15 "select count(*) = 5 from jml.delivery where lease_until > clock_timestamp()"
q "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'jmld' and datname = current_database()" > /dev/null
ok "what they came to is written to the next connection" until_true 15 "select count(*) = 5 from jml.delivery where state = 'delivered'"
is "and nobody was called again" "$(q "select max(attempts) from jml.delivery")" 1
daemon_stop d

verified
# ---- tickets

world tickets
people 5
target Desk manual
one=$(order Desk grant E1 1)
two=$(order Desk revoke E2 1)
three=$(order Desk grant E3 1)
four=$(order Desk grant E4 1)
q "insert into jml.delivery (person_id, resource_role_id, action, state, confirmed_at)
   select id, '$(role 1)', 'grant', 'delivered', now() from jml.person where employee_id = 'E5'"
once
is "a ticket waits for ever" "$(q "select state, due_at, attempts, lease_until is null from jml.delivery where id = '$one'")" 'inProgress|infinity|1|t'
is "also what is to be taken away" "$(q "select state, due_at, attempts from jml.delivery where id = '$two'")" 'removing|infinity|1'
is "the list tells them" "$(ctl --json delivery list --target Desk --state inProgress | jq -r 'map(.employee_id) | sort | join(" ")')" 'E1 E3 E4'
is "of one person" "$(ctl --csv delivery list --employee E2 --target Desk | sed 1d | cut -d, -f1)" "$two"
like "what one waits for is shown" "$(ctl delivery show "$one")" 'a call-back or a person'
status "a ticket that is not there cannot be shown" 1 ctl delivery show 00000000-0000-0000-0000-000000000099

: > "$work/d.log"
daemon_start d
ok "it is closed by who has done it" ctl delivery done "$one" --reason "request 4711" --wait=20s
is "then it is delivered, not confirmed" "$(q "select state, due_at is null, confirmed_at is null from jml.delivery where id = '$one'")" 'delivered|t|t'
is "in the name of who said so" "$(q "select actor, rule, reason from jml.audit where object_id = '$one' and rule = 610")" "$(q 'select session_user')|610|request 4711"
status "a second time it is refused" 1 ctl delivery done "$one" --wait=20s
like "with the reason" "$(ctl delivery done "$one" --wait=20s 2>&1)" 'already_delivered'
like "a revoke cannot fail" "$(ctl delivery fail "$two" --wait=20s 2>&1)" 'never_given_up'
ok "it is done" ctl delivery done "$two" --wait=20s
is "and removed" "$(state_of "$two")" removed
ok "a ticket that will not be done fails" ctl delivery fail "$three" --reason "no licence left" --wait=20s
is "with what was said" "$(q "select state, error from jml.delivery where id = '$three'")" 'failed|ticket: no licence left'
ok "it is tried anew" ctl delivery retry "$three" --wait=20s
ok "as a ticket" until_true 15 "select state = 'inProgress' and attempts = 1 and asked_at is not null from jml.delivery where id = '$three'"
like "what waits is not retried" "$(ctl delivery retry "$three" --wait=20s 2>&1)" 'waiting: '
like "what is by record is no ticket" "$(ctl delivery done "$(q "select id from jml.delivery where target = 'record'")" 2>&1)" 'by_record'
like "nor what is not there" "$(ctl delivery retry 00000000-0000-0000-0000-000000000099 2>&1)" 'no_delivery'
ok "its people are looked at" drained 15
is "no command is left" "$(q "select count(*) from jml.command where state = 'pending'")" 0

q "update jml.delivery set created_at = now() - interval '8 d' where id = '$four'"
like "health tells of old tickets" "$(ctl health)" 'tickets +warning +1 +.*Desk'

q "update jml.delivery set due_at = now() - interval '1 s' where id = '$four'"
ok "what nobody answered in time has failed" until_true 15 "select state = 'failed' and error like 'no_answer: %' from jml.delivery where id = '$four'"

# ---- call-backs, as whoever hears them asks
call_back() { # ID SECRET DONE WORDS
    local digest
    digest=$(printf %s "$2" | sha256sum | cut -c1-64)
    { echo "set role jml_daemon; prepare b as"; cat "$JML_SRC/sql/queries/delivery_called_back.sql"; echo ";"
      echo "execute b('$1', '$digest', $3, $4);"; } | psql -X -q -A -t
}
digest=$(printf %s secret | sha256sum | cut -c1-64)
five=$(order Desk grant E5 2)
ok "somebody waits" until_true 15 "select state = 'inProgress' from jml.delivery where id = '$five'"
is "without anything to bring there is no call-back" "$(call_back "$five" secret true null)" not_waiting
q "update jml.delivery set token = '$digest' where id = '$five'"
is "a forged one is refused" "$(call_back "$five" guess true null)" forged
is "the right one is taken" "$(call_back "$five" secret true null)" taken
is "once" "$(call_back "$five" secret true null)" not_waiting
is "and delivered" "$(state_of "$five")" delivered
target Off manual '{}' '"isEnabled":false'
six=$(order Off grant E5 3 attempts 1)
is "of what was called, but not written yet, nothing can be said" "$(call_back "$six" secret true null)" later
seven=$(order Off grant E5 4)
is "of what was not called there is nothing to say" "$(call_back "$seven" secret true null)" not_waiting
is "nobody knows another" "$(call_back 00000000-0000-0000-0000-000000000099 secret true null)" unknown
daemon_stop d
# Who was called may be faster than we are, and another daemon hears it. What is not written yet is not refused.
six=$(order Desk grant E5 2)
in_state() { # SET-CLAUSE: what delivery six is made, and what is said to a call-back then
    q "update jml.delivery set $1 where id = '$six'"
    call_back "$six" secret true null
}
is "what was never begun is not waited for" "$(in_state "state = 'pending', attempts = 0")" not_waiting
is "a call under way at another daemon is not written yet" \
    "$(in_state "attempts = 1, lease_until = clock_timestamp() + interval '1 min', lease_by = gen_random_uuid()")" later
is "nor is one whose daemon died" "$(in_state "lease_until = clock_timestamp() - interval '1 s'")" later
is "nor one that is tried again" \
    "$(in_state "lease_until = null, lease_by = null, due_at = jml.now() + interval '1 h'")" later
is "the same goes for what takes away" "$(in_state "state = 'removing', action = 'revoke', due_at = jml.now(),
    lease_until = clock_timestamp() + interval '1 min', lease_by = gen_random_uuid()")" later
is "and while the next attempt is under way" "$(in_state "attempts = 2, token = '$digest'")" later
is "a call-back that was taken is not awaited again" "$(in_state "lease_until = null, lease_by = null, token = null,
    due_at = jml.now() + interval '1 min', error = 'called_back: not done'")" not_waiting
is "what is written is taken" "$(in_state "token = '$digest', due_at = 'infinity', error = null")" taken
is "what is over is not waited for" "$(in_state "state = 'failed', due_at = null, token = '$digest'")" not_waiting

verified
finish
