#!/bin/bash
# SPDX-License-Identifier: MIT
# timeout: 240
#
# Notices of an end: 14 days and 1 day before it, at the minute, once each whatever happens in
# between; what was missed; what shortens, extends, leaves or has no address.
set -u
. "$JML_SRC/tests/lib/tap.sh"
. "$JML_SRC/tests/lib/story.sh"

# minute WHAT SECONDS [PERSON [PACKAGE]]: the instant SECONDS after an assignment's starts_at or ends_at.
minute() {
    q "SELECT to_char((SELECT $1 FROM jml.assignments WHERE employee_id = '${3:-E1}' ${4:+AND access_package = '$4'}
        ORDER BY created_at DESC LIMIT 1) AT TIME ZONE 'UTC' + interval '$2', 'YYYY-MM-DD HH24:MI:SS')"
}
# ends WHO: the kinds of the notices about ends, sorted, with their number and state.
ends() {
    q "SELECT coalesce(string_agg(kind || ' ' || state || ' ' || n, ', ' ORDER BY kind), '') FROM (
        SELECT n.kind, n.state, count(*) AS n FROM jml.notification n JOIN jml.person p ON p.id = n.person_id
        WHERE p.employee_id = '${1:-E1}' AND n.kind LIKE 'near%' GROUP BY 1, 2) AS t"
}
n14='near_expiry_14_days pending 1'
n1='near_expiry_1_day pending 1'
documents() {
    package Month P30D
    package Ten P10D
    package Hours PT20H
    package Weeks P4W
    package Fifteen P15D
    package Fourteen P14D
    package Twoday P2D
    package Oneday P1D
    package Day25 PT25H
    package Fixed "$(day 40)T12:00:00Z"
    package Free none
    workflow Join hire:0 "(department eq 'Sales')" request:Month/P30D
    workflow Other hire:0 "(department eq 'All')" request:Ten/P10D request:Hours/PT20H request:Weeks/P4W \
        request:Fifteen/P15D request:Fourteen/P14D request:Twoday/P2D request:Oneday/P1D request:Day25/PT25H request:Fixed/"$(day 40)T12:00:00Z" request:Free/none
}
ana='{"displayName":"Ana Lima","mail":"ana@example.com","department":"Sales"}'

# ---- thirty days, somebody looks all the time

world often
documents | company
event joiner E1 "$(day 0)" "$ana" > "$work/id"
once
is "the package is held for thirty days" "$(q "SELECT ends_at - starts_at FROM jml.assignments")" '30 days'
at "$(minute starts_at '10 days')"
is "no notice early" "$(ends)" ''
at "$(minute ends_at '-14 days -1 min')"
is "none one minute before fourteen days" "$(ends)" ''
at "$(minute ends_at '-14 days 1 s')"
is "one at fourteen days" "$(ends)" "$n14"
is "it names person and address" "$(q "SELECT recipient, sent_at IS NULL, attempts FROM jml.notification")" 'ana@example.com|t|0'
is "it has its end in its key" "$(q "SELECT count(*) FROM jml.notification WHERE dedup_key IS NOT NULL AND assignment_id = (SELECT id FROM jml.assignments)")" 1
is "the status says so" "$(q 'SELECT state, status FROM jml.assignments')" 'delivered|NearExpiry14DayNotificationTriggered'
once --clock-offset=17d
once --clock-offset=17d
at "$(minute ends_at '-7 days')"
at "$(minute ends_at '-1 day -1 min')"
is "still one, and none one minute before the last day" "$(ends)" "$n14"
at "$(minute ends_at '-1 day 1 s')"
is "one more a day before" "$(ends)" "$n14, $n1"
is "the status follows" "$(q 'SELECT status FROM jml.assignments')" NearExpiry1DayNotificationTriggered
at "$(minute ends_at '-1 hour')"
at "$(minute ends_at '-1 min')"
is "no third one" "$(ends)" "$n14, $n1"
is "it is held until the last minute" "$(holds E1)" Month
at "$(minute ends_at '1 s')"
is "then it is expired, for that reason" "$(q "SELECT state, status, end_reason, revoked_at IS NOT NULL, expired_at >= ends_at FROM jml.assignments")" 'expired|ExpiredNotificationTriggered|expired|t|t'
is "the end is told" "$(q "SELECT kind, count(*) FROM jml.notification WHERE kind = 'access_ended' GROUP BY 1")" 'access_ended|1'
at "$(minute ends_at '40 days')"
is "nothing comes after it" "$(q "SELECT count(*) FROM jml.notification")" 3
is "and nothing is left to do" "$(open_of E1)" 0
ok "the audit verifies" jmlctl audit verify

# ---- other durations

world durations
documents | company
event joiner E1 "$(day 0)" '{"mail":"a@example.com","department":"All"}' > "$work/id"
once
for ((d = 1; d <= 42; d++)); do at "$(day $d) 13:00"; done
told() { # kinds told about a package
    q "SELECT coalesce(string_agg(n.kind || ' ' || n.state, ', ' ORDER BY n.kind), '') FROM jml.notification n
       JOIN jml.assignments a ON a.id = n.assignment_id WHERE a.access_package = '$1' AND n.kind LIKE 'near%'"
}
both='near_expiry_14_days pending, near_expiry_1_day pending'
is "P4W has both notices" "$(told Weeks)" "$both"
is "P15D has both notices" "$(told Fifteen)" "$both"
is "a fixed end has both notices" "$(told Fixed)" "$both"
is "P14D has none fourteen days before" "$(told Fourteen)" 'near_expiry_1_day pending'
is "P10D has none fourteen days before" "$(told Ten)" 'near_expiry_1_day pending'
is "P1D has none at all" "$(told Oneday)" ''
is "PT20H has none at all" "$(told Hours)" ''
is "what has no end is never told of" "$(told Free)" ''
is "it is still held" "$(holds E1)" Free
is "each expired once" "$(q "SELECT count(*), count(DISTINCT assignment_id) FROM jml.notification WHERE kind = 'access_ended'")" '9|9'
is "hours are hours" "$(q "SELECT ends_at - starts_at FROM jml.assignments WHERE access_package = 'Hours'")" '20:00:00'
is "a fixed end is that end" "$(q "SELECT ends_at AT TIME ZONE 'UTC' FROM jml.assignments WHERE access_package = 'Fixed'")" "$(day 40) 12:00:00"

# ---- the daemon is away

world late14
documents | company
event joiner E1 "$(day 0)" "$ana" > "$work/id"
once
at "$(minute ends_at '-5 days')"
is "a missed 14-day notice goes out late" "$(ends)" "$n14"
like "saying how many days are left" "$(q "SELECT subject || ' ' || body FROM jml.notification WHERE kind LIKE 'near%'")" '\b5\b'
at "$(minute ends_at '-1 day 1 s')"
is "the 1-day one goes out in time" "$(ends)" "$n14, $n1"

world late1
documents | company
event joiner E1 "$(day 0)" "$ana" > "$work/id"
once
at "$(minute ends_at '-12 hours')"
is "when both were missed only the 1-day one goes out" "$(q "SELECT kind FROM jml.notification WHERE kind LIKE 'near%' AND state = 'pending'")" near_expiry_1_day
at "$(minute ends_at '-11 hours')"
is "once" "$(q "SELECT count(*) FROM jml.notification WHERE kind LIKE 'near%' AND state = 'pending'")" 1
at "$(minute ends_at '2 days')"
is "and the end comes all the same" "$(holds E1)" ''

world lateall
documents | company
event joiner E1 "$(day 0)" "$ana" > "$work/id"
once
at "$(minute ends_at '3 days')"
is "none after the end" "$(q "SELECT count(*) FROM jml.notification WHERE kind LIKE 'near%' AND state = 'pending'")" 0
is "but it is expired" "$(q 'SELECT state, end_reason FROM jml.assignments')" 'expired|expired'

# ---- the end moves

world shorter
documents | company
event joiner E1 "$(day 0)" "$ana" > "$work/id"
once
at "$(day 2) 12:00"
status "an end is moved by a request" 0 jmlctl assignment update Month --employee E1 --end "$(day 9)"
at "$(day 3) 12:00"
is "the end is that day's, as a whole" "$(q "SELECT ends_at AT TIME ZONE 'UTC' FROM jml.assignments")" "$(day 10) 00:00:00"
is "a shortened end sends one late notice" "$(ends)" "$n14"
like "with the days that are left" "$(q "SELECT subject || ' ' || body FROM jml.notification WHERE kind LIKE 'near%'")" '\b(6|7)\b'
at "$(day 4) 12:00"
is "once" "$(ends)" "$n14"
at "$(day 9) 00:00:01"
is "and the 1-day notice in time" "$(ends)" "$n14, $n1"
at "$(day 10) 00:00:01"
is "it ends at the new end" "$(holds E1)" ''

world shortest
documents | company
event joiner E1 "$(day 0)" "$ana" > "$work/id"
once
at "$(day 2) 12:00"
status "the end may come to be in a few hours" 0 jmlctl assignment update Month --employee E1 --end "$(day 2)T20:00:00Z"
at "$(day 2) 13:00"
is "one late notice is sent" "$(q "SELECT count(*) FROM jml.notification WHERE kind LIKE 'near%' AND state = 'pending'")" 1
is "the 1-day one, as less than a day is left" "$(q "SELECT kind FROM jml.notification WHERE kind LIKE 'near%' AND state = 'pending'")" near_expiry_1_day
at "$(day 2) 14:00"
is "no other" "$(q "SELECT count(*) FROM jml.notification WHERE kind LIKE 'near%' AND state = 'pending'")" 1
at "$(day 2) 20:00:01"
is "the end comes" "$(holds E1)" ''

world longer
documents | company
event joiner E1 "$(day 0)" "$ana" > "$work/id"
event joiner E2 "$(day 0)" "$ana" > "$work/id"
once
at "$(minute ends_at '-12 hours')"
is "the 1-day notice is out" "$(q 'SELECT DISTINCT status FROM jml.assignments')" NearExpiry1DayNotificationTriggered
count_before=$(q "SELECT count(*) FROM jml.notification WHERE kind LIKE 'near%' AND state = 'pending'")
# The policy ends it at thirty days: a later end is not to be had under it.
q "INSERT INTO jml.assignment_request (request_type, assignment_id, ends_at)
   SELECT 'adminUpdate', id, ends_at + interval '40 days' FROM jml.assignments WHERE employee_id = 'E1'" > "$work/x"
at "$(minute ends_at '-11 hours')"
is "a request may extend it" "$(q "SELECT state FROM jml.requests WHERE request_type = 'adminUpdate'")" delivered
is "and resets the status" "$(q "SELECT status FROM jml.assignments WHERE employee_id = 'E1'")" Delivered
is "of that one only" "$(q "SELECT status FROM jml.assignments WHERE employee_id = 'E2'")" NearExpiry1DayNotificationTriggered
is "no notice goes out for a new end that is far" "$(q "SELECT count(*) FROM jml.notification WHERE kind LIKE 'near%' AND state = 'pending'")" "$count_before"
at "$(minute ends_at '-14 days -1 min')"
at "$(minute ends_at '-14 days 1 s')"
at "$(minute ends_at '-1 day 1 s')"
is "both notices come again for the new end" "$(q "SELECT count(*) FROM jml.notification n JOIN jml.assignments a ON a.id = n.assignment_id
    WHERE n.kind LIKE 'near%' AND n.state = 'pending' AND employee_id = 'E1'")" "$((count_before / 2 + 2))"
is "each end has its own keys" "$(q "SELECT count(*) - count(DISTINCT dedup_key) FROM jml.notification")" 0
at "$(minute ends_at '1 s')"
is "and it ends there" "$(holds E1)" ''
ok "the audit verifies after all that" jmlctl audit verify

# ---- ends that workflows move

world again
{
    documents
    workflow More demand '' request:Month/P30D
    category=mover workflow Slate demand '' removeall:20
} | company
event joiner E1 "$(day 0)" "$ana" > "$work/id"
event joiner E2 "$(day 0)" '{"mail":"b@example.com"}' > "$work/id"
event joiner E3 "$(day 0)" '{"mail":"c@example.com"}' > "$work/id"
once
jmlctl assignment add Free --policy none --employee E2 E3 > "$work/x"
at "$(day 1) 12:00"
jmlctl assignment update Free --employee E2 --end "$(day 6)" > "$work/x"
jmlctl workflow run Slate --employee E3 > "$work/x"
at "$(day 2) 12:00"
is "what had no end and gets one soon has one late notice" "$(ends E2)" "$n14"
at "$(day 6) 12:00"
is "and the 1-day notice" "$(ends E2)" "$n14, $n1"
is "an end that a task set for somebody who stays" "$(q "SELECT date_trunc('day', ends_at) = '$(day 22)' OR date_trunc('day', ends_at) = '$(day 23)' FROM jml.assignments WHERE employee_id = 'E3'")" t
at "$(day 9) 13:00"
is "has its notices, too" "$(ends E3)" "$n14"
at "$(day 20) 12:00"
is "the 14-day notice is out" "$(ends)" "$n14"
jmlctl workflow run More --employee E1 > "$work/x"
at "$(day 21) 12:00"
is "asked for again by a workflow it ends later" "$(q "SELECT ends_at > '$(day 50)', status FROM jml.assignments WHERE employee_id = 'E1'")" 't|Delivered'
at "$(minute ends_at '-14 days 1 min')"
is "and is told of again" "$(ends)" "near_expiry_14_days pending 2"
at "$(minute ends_at '1 min')"
is "and ends" "$(holds E1)$(holds E3)" ''
ok "the audit verifies with ends that workflows move" jmlctl audit verify

# ---- direct assignments, addresses, people who left

world direct
documents | company
event joiner M1 "$(day 0)" '{"mail":"boss@example.com"}' > "$work/id"
event joiner E1 "$(day 0)" '{"mail":"a@example.com"}' > "$work/id"
event joiner E2 "$(day 0)" '{"manager":"M1"}' > "$work/id"
event joiner E3 "$(day 0)" '{"displayName":"No One"}' > "$work/id"
event joiner E4 "$(day 0)" '{"manager":"E3"}' > "$work/id"
event joiner E5 "$(day 0)" '{"mail":"","manager":"M1"}' > "$work/id"
event joiner E6 "$(day 0)" '{"mail":"a@example.com"}' > "$work/id"
event joiner E7 "$(day 0)" '{"mail":"a@example.com"}' > "$work/id"
once
status "packages are given directly" 0 jmlctl assignment add Month --policy P30D --employee E1 E2 E3 E4 E5 E6 E7
once
is "all of them are delivered" "$(q "SELECT state, count(*) FROM jml.assignments GROUP BY 1")" 'delivered|7'
event leaver E6 "$(day 12)" > "$work/id"
event leaver E7 "$(day 29)" > "$work/id"
at "$(minute ends_at '-14 days 1 min' E1)"
is "a direct assignment has its notice" "$(q "SELECT recipient, n.state FROM jml.notification n JOIN jml.person p ON p.id = n.person_id WHERE p.employee_id = 'E1' AND n.kind = 'near_expiry_14_days'")" 'a@example.com|pending'
is "without an address it goes to the manager" "$(q "SELECT recipient, n.state FROM jml.notification n JOIN jml.person p ON p.id = n.person_id WHERE p.employee_id = 'E2' AND n.kind = 'near_expiry_14_days'")" 'boss@example.com|pending'
is "an empty address is none" "$(q "SELECT recipient, n.state FROM jml.notification n JOIN jml.person p ON p.id = n.person_id WHERE p.employee_id = 'E5' AND n.kind = 'near_expiry_14_days'")" 'boss@example.com|pending'
is "without a manager it fails on record" "$(q "SELECT n.state, n.error IS NOT NULL FROM jml.notification n JOIN jml.person p ON p.id = n.person_id WHERE p.employee_id = 'E3' AND n.kind = 'near_expiry_14_days'")" 'failed|t'
is "a manager without an address helps nobody" "$(q "SELECT n.state FROM jml.notification n JOIN jml.person p ON p.id = n.person_id WHERE p.employee_id = 'E4' AND n.kind = 'near_expiry_14_days'")" failed
is "who has left is told nothing" "$(ends E6)" ''
at "$(minute ends_at '-1 day 1 min' E1)"
at "$(minute ends_at '1 min' E1)"
is "the end waits for no mail" "$(holds E1)$(holds E2)$(holds E3)$(holds E4)$(holds E5)$(holds E6)" ''
is "failed ones are not tried over and over" "$(q "SELECT count(*) FROM jml.notification n JOIN jml.person p ON p.id = n.person_id WHERE p.employee_id = 'E3' AND n.kind LIKE 'near%'")" 2
ok "the audit verifies with failed mails" jmlctl audit verify

# ---- days are civil days where the person is: across the change of clocks

world clocks
documents | company
event joiner E1 "$(day 0)" '{"mail":"a@example.com","timeZone":"America/New_York"}' > "$work/id"
once
# The second Sunday in March is an hour short there.
for d in {8..14}; do
    sunday=$(($(date -u +%Y) + 1))-03-$(printf %02d "$d")
    [ "$(date -u -d "$sunday" +%u)" != 7 ] || break
done
around() { date -u -d "$sunday $1 days" +%F; }
q "INSERT INTO jml.assignment_request (request_type, access_package_id, target_employee_id, starts_at, ends_at)
   SELECT 'adminAdd', id, 'E1', '$(around -13) 12:00-05', '$(around 7) 00:00-04' FROM jml.access_package WHERE display_name = 'Free'" > "$work/x"
at "$(around -13) 17:30"
is "a start asked for is kept" "$(holds E1)" Free
at "$(around -7) 04:59"
is "a civil day with 23 hours is a day: not yet" "$(ends)" ''
at "$(around -7) 05:00:01"
is "fourteen civil days before midnight is midnight" "$(ends)" "$n14"
finish
