#!/bin/bash
# SPDX-License-Identifier: MIT
# timeout: 120
#
# The main story: a joiner is prepared seven days ahead, is given access, works, and leaves with
# nothing; what scripts read of it has the columns, the times and the exit codes they rely on.
set -u
. "$JML_SRC/tests/lib/tap.sh"
. "$JML_SRC/tests/lib/story.sh"

world story
{
    package Sales none
    package Month P30D
    workflow 'Pre-hire' hire:-7 "(department eq 'Sales')" mail:reminder request:Sales/none
    workflow 'First day' hire:0 "(department eq 'Sales')" mail:welcome request:Month/P30D
    category=leaver workflow 'Last day' leave:0 "(department eq 'Sales')" mail:last removeall:0 cancelrequests
} | company

# ---- nothing to do

status "--once on an empty queue ends with 0" 0 jmld --once --log=stderr
is "an empty run writes nothing" "$(q "SELECT count(*) FROM jml.audit WHERE actor = 'jmld'")" 0

# ---- a joiner in ten days

event joiner E0007 2020-01-01 '{"displayName":"Mia Boss","mail":"mia@example.com","department":"Board"}' > "$work/id"
event joiner E1001 "$(day 10)" '{"displayName":"Ana Lima","mail":"ana@example.com","department":"Sales","manager":"E0007"}' > "$work/id"
is "an event waits as pending" "$(q "SELECT state FROM jml.event WHERE id = $(cat "$work/id")")" pending
once
is "is done after --once" "$(q "SELECT state, error, done_at IS NOT NULL FROM jml.event WHERE id = $(cat "$work/id")")" 'done||t'
is "a hire ahead makes a prehire" "$(state_of E1001)" prehire
is "a hire of long ago makes an active person" "$(state_of E0007)" active
is "one run of each workflow is scheduled, for 7 days before the hire and for the hire" \
    "$(q "SELECT workflow, state, due_at AT TIME ZONE 'UTC' FROM jml.runs WHERE employee_id = 'E1001' ORDER BY due_at")" \
    "Pre-hire|scheduled|$(day 3) 00:00:00
First day|scheduled|$(day 10) 00:00:00"
is "nothing is held yet" "$(holds E1001)" ''
is "nothing runs for who is out of scope" "$(runs_of E0007)" ''
is "the alarm clock shows the first of them" \
    "$(q "SELECT due_at AT TIME ZONE 'UTC' FROM jml.person WHERE employee_id = 'E1001'")" "$(day 3) 00:00:00"
before=$(q 'SELECT count(*) FROM jml.audit')
once
once
is "doing it again does nothing" "$(q 'SELECT count(*) FROM jml.audit')" "$before"

# ---- seven days before

at "$(day 2) 23:59:30"
[ "$(date -u +%F)" != "$today" ] ||
    is "half a minute before, the run is still scheduled" "$(runs_of E1001)" 'scheduled scheduled'
once --clock-offset=3d
is "with three days more the pre-hire run completes" "$(runs_of E1001)" 'completed scheduled'
is "it names its version" "$(q "SELECT version FROM jml.runs WHERE state = 'completed'")" 1
is "each of its tasks is on record, in order" \
    "$(q "SELECT t.position, t.display_name, t.state, t.error FROM jml.task_run t ORDER BY 1" | sed 's/^[0-9]*|//')" \
    'mail:reminder|completed|
request:Sales/none|completed|'
is "the assignment is delivered, and has no end" \
    "$(q "SELECT access_package, policy, state, status, ends_at FROM jml.assignments")" 'Sales|none|delivered|Delivered|'
is "by a request of the workflow" \
    "$(q "SELECT r.request_type, r.state FROM jml.requests r JOIN jml.assignments a ON a.request_id = r.id")" \
    'systemAdd|delivered'
is "and names its run" "$(q "SELECT r.workflow FROM jml.assignments a JOIN jml.runs r ON r.id = a.run_id")" Pre-hire
is "its role is granted by record" "$(q "SELECT resource, role, target, action, state FROM jml.deliveries")" \
    'App|User|record|grant|delivered'
is "the manager is reminded" "$(q "SELECT n.kind, n.recipient, n.state FROM jml.notification n")" \
    'onboarding_reminder|mia@example.com|pending'
once --clock-offset=3d
is "and once more changes nothing" "$(q "SELECT count(*) FROM jml.run")|$(q "SELECT count(*) FROM jml.assignment")|$(q "SELECT count(*) FROM jml.notification")" '2|1|1'

# ---- the first day

at "$(day 10) 00:00:01"
is "on the day the person is active" "$(state_of E1001)" active
is "and holds the second package, too" "$(holds E1001)" 'Month Sales'
is "its end is thirty days later" "$(q "SELECT ends_at - starts_at FROM jml.assignments WHERE access_package = 'Month'")" '30 days'
like "the welcome goes to the person" "$(q "SELECT recipient FROM jml.notification WHERE kind = 'welcome'")" '^ana@example.com$'

# ---- what scripts read

# shellcheck disable=SC2034 # used by name
{
    columns_assignments='id employee_id access_package policy state status starts_at ends_at expired_at end_reason revoked_at created_at request_id run_id'
    columns_requests='id request_type state status employee_id access_package policy requestor justification starts_at ends_at created_at completed_at error'
    columns_runs='id workflow version employee_id state due_at started_at completed_at reason'
    columns_deliveries='id employee_id access_package resource role target action state attempts due_at confirmed_at error'
}
# what the lists of jmlctl have behind those: jmlctl(1)
more_assignments=' display_name catalog'
more_requests=' display_name catalog target_email stage deny_at assignment_id'
more_runs=''
for view in assignments requests runs deliveries; do
    wanted=columns_$view
    is "view jml.$view has exactly its columns" "$(q "SELECT string_agg(column_name, ' ' ORDER BY ordinal_position)
        FROM information_schema.columns WHERE table_schema = 'jml' AND table_name = '$view'")" "${!wanted}"
    [ "$view" != deliveries ] || continue
    noun=${view%s} more=more_$view
    is "jmlctl $noun list --json has the keys" \
        "$(jmlctl "$noun" list --json | jq -r '.[0] | keys_unsorted | join(" ")')" "${!wanted}${!more}"
    is "jmlctl $noun list --csv the columns" \
        "$(jmlctl "$noun" list --csv | head -n 1 | tr -d '"\r' | tr , ' ')" "${!wanted}${!more}"
    is "as many of them as in the view" "$(jmlctl "$noun" list --json | jq length)" \
        "$(q "SELECT count(*) FROM jml.$view")"
    is "and as many lines" "$(jmlctl "$noun" list --csv | tail -n +2 | wc -l)" \
        "$(q "SELECT count(*) FROM jml.$view")"
done
is "every time in --json is RFC 3339 in UTC with seconds" \
    "$(TZ=America/Sao_Paulo jmlctl assignment list --json | jq -r '[.[], .[]] | map(to_entries[]
        | select(.key | endswith("_at")) | .value | select(. != null)
        | select(test("^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$") | not)) | length')" 0
is "and the right one" "$(TZ=America/Sao_Paulo jmlctl assignment list --json --package Month | jq -r '.[0].ends_at')" \
    "$(q "SELECT to_char(ends_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') FROM jml.assignments WHERE access_package = 'Month'")"
is "in --csv, too" "$(TZ=Asia/Tokyo jmlctl run list --csv | tail -n +2 | cut -d, -f6 | grep -vcE '^[0-9-]{10}T[0-9:]{8}Z$')" 0
is "what is empty is null in --json" "$(jmlctl assignment list --json --package Sales | jq -c '.[0] | [.ends_at, .expired_at, .end_reason]')" '[null,null,null]'
is "filters by employee" "$(jmlctl assignment list --employee E0007 --json)" '[]'
is "by package" "$(jmlctl assignment list --package Month --json | jq -r '.[].access_package')" Month
is "by state" "$(jmlctl assignment list --state expired --json | jq length)" 0
is "by policy" "$(jmlctl assignment list --policy P30D --json | jq -r '.[].policy')" P30D
like "the timeline tells it in words" "$(jmlctl person timeline E1001 --audit)" 'employment began'
status "a person nobody knows is exit 1" 1 jmlctl person show E404
status "a wrong option is exit 64" 64 jmld --what
status "an argument is exit 64" 64 jmld once
status "an offset that is none is exit 64" 64 jmld --once --clock-offset=soon
status "a database that is away is exit 69" 69 env JML_DATABASE='host=/nonexistent dbname=x' jmld --once --log=stderr
status "a clock behind the last one is exit 78" 78 jmld --once --log=stderr
status "unless it is allowed" 0 jmld --once --log=stderr --allow-clock-back
q 'CREATE DATABASE bare' > "$work/x"
status "a database without the schema is exit 78" 78 env JML_DATABASE="$story_server dbname=bare" jmld --once --log=stderr
like "and says what to run" "$(JML_DATABASE="$story_server dbname=bare" jmld --once --log=stderr 2>&1)" 'jmlctl migrate'

# ---- the last day

event leaver E1001 "$(day 20)" > "$work/id"
at "$(instant 10 12:00)"
is "a leaver ahead is planned" "$(runs_of E1001 'Last day')" scheduled
is "the person is still active" "$(state_of E1001)" active
is "the end of the last day is the end" "$(q "SELECT leaves_at AT TIME ZONE 'UTC' FROM jml.person WHERE employee_id = 'E1001'")" "$(day 21) 00:00:00"
at "$(day 20) 23:59:00"
is "until the last minute everything is held" "$(holds E1001)" 'Month Sales'
at "$(day 21) 00:00:01"
is "then nothing" "$(holds E1001)" ''
is "the person has left" "$(state_of E1001)" left
is "all assignments expired and are revoked" \
    "$(q "SELECT DISTINCT state, end_reason IS NOT NULL, expired_at IS NOT NULL, revoked_at IS NOT NULL FROM jml.assignments")" \
    'expired|t|t|t'
is "the end that was set is still to be read" "$(q "SELECT count(*) FROM jml.assignments WHERE ends_at IS NOT NULL")" 1
is "every grant has its revoke, when nothing else needs the role" \
    "$(q "SELECT action, state, count(*) FROM jml.deliveries GROUP BY 1, 2 ORDER BY 1")" "$(printf 'grant|delivered|2\nrevoke|removed|%s' "$(q "SELECT count(*) FROM jml.deliveries WHERE action = 'revoke'")")"
is "nothing of the person is left open" "$(open_of E1001)" 0
is "the day after nothing happens any more" "$(at "$(day 60) 12:00"; open_of E1001; q "SELECT count(*) FROM jml.audit WHERE at > '$(day 22)'")" '0
0'
like "the audit verifies" "$(jmlctl audit verify)" '^audit verified'
once --clock-offset=61d
is "the warning about the clock is in the log" "$(grep -c 'clock' "$work/said")" 1
status "health has nothing against it but that no daemon runs" 1 jmlctl health
is "only that" "$(jmlctl health --json 2>/dev/null | jq -r '[.[] | select(.state == "failed").check] | join(" ")')" daemon

# ---- several people at once, each in a zone of their own

world crowd
{
    package P none
    workflow W hire:0 "(department eq 'Sales')" request:P/none
} | company
q "INSERT INTO jml.event (kind, employee_id, effective_on, attributes)
   SELECT 'joiner', 'P' || i, '$(day 5)', jsonb_build_object(
       'department', CASE WHEN i % 8 < 4 THEN 'Sales' ELSE 'IT' END,
       'timeZone', (ARRAY['UTC', 'Pacific/Kiritimati', 'Pacific/Honolulu', 'Asia/Kolkata'])[i % 4 + 1])
   FROM generate_series(0, 799) i" > "$work/x"
zones() { # where somebody holds something
    q "SELECT string_agg(zone || ' ' || n, ', ' ORDER BY zone) FROM (
        SELECT p.zone, count(*) AS n FROM jml.assignment a JOIN jml.person p ON p.id = a.target_id GROUP BY 1) AS z"
}
once
is "eight hundred joiners in one go" "$(q "SELECT state, count(*) FROM jml.person GROUP BY 1")" 'prehire|800'
is "a run each for those in scope" "$(q "SELECT state, count(*) FROM jml.run GROUP BY 1")" 'scheduled|400'
at "$(day 4) 09:59:00"
is "nobody holds anything before the day begins where they are" "$(zones)" ''
at "$(day 4) 10:00:01"
is "the day begins first in Kiritimati" "$(zones)" 'Pacific/Kiritimati 100'
at "$(day 4) 18:30:01"
is "then in India, at half past" "$(zones)" 'Asia/Kolkata 100, Pacific/Kiritimati 100'
at "$(day 5) 00:00:01"
is "then in Greenwich" "$(zones)" 'Asia/Kolkata 100, Pacific/Kiritimati 100, UTC 100'
at "$(day 5) 10:00:01"
is "last in Honolulu" "$(zones)" 'Asia/Kolkata 100, Pacific/Honolulu 100, Pacific/Kiritimati 100, UTC 100'
ok "the audit of it all verifies" jmlctl audit verify

# ---- a first load brings people and their managers at once, in any order

for batch in 500 7; do
    world "load$batch"
    {
        package P none
        workflow W hire:-7 "(department ne 'x')" mail:reminder request:P/none
    } | company
    printf '[queue]\nbatch = %s\n[database]\nconninfo = %s\n' $batch "$JML_DATABASE" > "$work/batch.conf"
    q "INSERT INTO jml.event (kind, employee_id, effective_on, attributes)
       SELECT 'joiner', 'L' || lpad(i::text, 3, '0'), '$(day 2)', jsonb_build_object('mail', 'l' || i || '@example.com',
           'manager', 'L' || lpad((i + 1)::text, 3, '0')) FROM generate_series(1, 100) i" > "$work/x"
    event joiner L101 "$(day -1)" '{"mail":"top@example.com","manager":"L050"}' > "$work/x"
    event joiner self "$(day -1)" '{"mail":"self@example.com","manager":"self"}' > "$work/x"
    event joiner none "$(day -1)" '{"mail":"none@example.com","manager":"L404"}' > "$work/x"
    once -c "$work/batch.conf"
    is "batch $batch: each manager has a mail for each of theirs" \
        "$(q "SELECT count(*), count(DISTINCT recipient) FROM jml.notification WHERE state = 'pending'")" '102|101'
    is "batch $batch: also in a circle" "$(q "SELECT count(*) FROM jml.notification WHERE recipient = 'l50@example.com'")" 2
    is "batch $batch: a manager who is not there is a warning" \
        "$(runs_of none):$(q "SELECT count(*) FROM jml.task_run WHERE warning IS NOT NULL")" completed:1
    ok "batch $batch: the audit verifies" jmlctl audit verify
done
finish
