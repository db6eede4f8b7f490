#!/bin/bash
# SPDX-License-Identifier: MIT
# timeout: 240
#
# The log tells everybody's story by ids, and nothing else of them: marker strings are planted in
# whatever people and systems may say, and looked for in whatever is kept or told.
set -u
. "$JML_SRC/tests/lib/tap.sh"
. "$JML_SRC/tests/lib/daemon.sh"
. "$JML_SRC/tests/lib/story.sh"

world log
{
    package P P30D
    package Q none
    workflow Pre hire:-7 "(department eq 'MARKER-department')" mail:reminder request:P/P30D
    workflow Day hire:0 "(department eq 'MARKER-department')" mail:welcome
    workflow Other hire:0 "(department eq 'MARKER-other')" request:Q/none
    category=mover workflow Move change:department "(department eq 'MARKER-moved')" request:Q/none mail:move
    category=leaver workflow Bye leave:0 "(department eq 'MARKER-moved')" mail:last removeall:0
} | company
attributes() { # department
    jq -cn --arg d "$1" '{displayName: "MARKER-name", givenName: "MARKER-given", surname: "MARKER-surname",
        mail: "MARKER-mail@example.com", otherMails: ["MARKER-second@example.com"], userPrincipalName: "MARKER-upn",
        department: $d, jobTitle: "MARKER-title", city: "MARKER-city", mobilePhone: "MARKER-phone", manager: "M1",
        employeeOrgData: {costCenter: "MARKER-cost"}, secret: {deep: [{er: "MARKER-deep"}]}, "MARKER-key": "MARKER-value",
        groups: ["MARKER-group"]}'
}
printf '[log]\nlevel = debug\n[database]\nconninfo = %s\n' "$JML_DATABASE" > "$work/debug.conf"
event joiner M1 "$(day -1)" '{"displayName":"MARKER-boss","mail":"MARKER-boss@example.com"}' > "$work/id"
event joiner E1001 "$(day 5)" "$(attributes MARKER-department)" source=hr source_ref=j1 batch=b1 > "$work/id"
event joiner E1002 "$(day 0)" "$(attributes MARKER-other)" > "$work/id"
event joiner E1003 "$(day 0)" '{"timeZone":"MARKER/Zone"}' > "$work/id"
event joiner E1004 "$(day 0)" '{"manager":["MARKER-list"]}' > "$work/id"
event joiner E1005 "$(day -30)" "$(attributes MARKER-department)" > "$work/id"
event joiner E1007 "$(day 5)" "$(attributes MARKER-department)" > "$work/id"
event leaver E1006 "$(day 0)" '{"reason":"MARKER-reason"}' > "$work/id"
once
jmlctl assignment add P --policy P30D --employee E1002 --justification MARKER-justification > "$work/x"
jmlctl assignment add P --policy P30D --employee E1005 E1006 --justification MARKER-justification > "$work/x"
once -c "$work/debug.conf"
q "INSERT INTO jml.assignment_request (request_type, target_employee_id, access_package_id, justification, answers)
   SELECT 'adminAdd', 'E1001', id, 'MARKER-why', '{\"q\":\"MARKER-answer\"}' FROM jml.access_package WHERE display_name = 'Q'" > "$work/x"
once -c "$work/debug.conf"
event mover E1001 "$(day 8)" '{"department":"MARKER-moved"}' > "$work/id"
event mover E1001 "$(day 9)" '{"department":"MARKER-elsewhere"}' > "$work/id"
event mover E1007 "$(day 5)" '{"department":"MARKER-away"}' > "$work/id"
at "$(day 8) 12:00" -c "$work/debug.conf"
jmlctl assignment update P --employee E1001 --end "$(day 12)" --justification MARKER-update > "$work/x"
jmlctl assignment remove Q --employee E1002 --justification MARKER-remove > "$work/x"
at "$(day 9) 12:00"
event leaver E1001 "$(day 14)" '{"reason":"MARKER-fired"}' > "$work/id"
at "$(day 15) 12:00" -c "$work/debug.conf"
at "$(day 60)"

is "there were markers to find" "$(q "SELECT count(*) > 0 FROM jml.event e WHERE e::text LIKE '%MARKER%'")" t
is "mails hold what they must say" "$(q "SELECT count(*) > 0 FROM jml.notification n WHERE n::text LIKE '%MARKER-mail%'")" t
is "the log holds none" "$(grep -c MARKER "$log")" 0
is "nor part of an address" "$(grep -c 'example\.com' "$log")" 0
is "nor an attribute's name" "$(grep -cE 'displayName|surname|otherMails|secret' "$log")" 0
is "the audit holds none" "$(q "SELECT count(*) FROM jml.audit a WHERE a::text LIKE '%MARKER%' OR a::text LIKE '%example.com%'")" 0
is "the timeline holds none" "$(q "SELECT count(*) FROM jml.timeline t WHERE t::text LIKE '%MARKER%'")" 0
is "jmlctl audit list tells none" "$(jmlctl audit list | grep -c MARKER)" 0
is "nor does its --json" "$(jmlctl audit list --json | grep -c MARKER)" 0
for who in E1001 E1002 E1003 E1004 E1005 E1006 E1007 M1; do
    is "the audit of $who tells none" "$(jmlctl person timeline $who --audit | grep -c MARKER)" 0
    # which keys changed, and the clause of a scope, as run show tells it; not what they were
    is "person timeline $who tells no value" \
        "$(jmlctl person timeline $who | sed 's/MARKER-key//; s/out of scope: .*//' | grep -c MARKER)" 0
done
is "a run is canceled for its scope" "$(runs_of E1007 Day)" canceled
like "with the clause that failed" "$(q "SELECT reason FROM jml.runs WHERE employee_id = 'E1007' AND workflow = 'Day'")" 'department'
is "errors of events name the field, not more than it" "$(q "SELECT count(*) FROM jml.event WHERE error LIKE '%MARKER-list%'")" 0
is "status and health tell none" "$(
    jmlctl status | grep -c MARKER
    jmlctl health | grep -c MARKER
)" '0
0'

# ---- the story

story=$(grep 'JML_EMPLOYEE=E1001\b' "$log")
for line in 'event .*new -> done' 'person .*-> prehire' 'run .*-> scheduled' 'run .*-> inProgress' 'request .*-> delivered' 'assignment .*-> delivered' \
    'notification .*-> pending' 'person .*prehire -> active' 'person .*active -> left' 'assignment .*delivered -> expired'; do
    like "the log tells: $line" "$story" "$line"
done
for field in JML_EVENT JML_RUN JML_WORKFLOW JML_REQUEST JML_ASSIGNMENT JML_PACKAGE JML_FROM JML_TO JML_RULE; do
    like "with $field" "$story" "\\b$field=[^ ]+"
done
like "a rejected event is in it" "$(grep 'JML_EMPLOYEE=E1003\b' "$log")" 'rejected'
like "with the code of its reason" "$(grep 'JML_EMPLOYEE=E1003\b' "$log")" 'bad_|time_?zone|JML_REASON'
is "it has no word of others" "$(printf '%s\n' "$story" | grep -cE 'E100[2-7]')" 0
is "each transition of a person is an entry" "$(printf '%s\n' "$story" | grep -c .)" "$(q "SELECT count(*) FROM jml.audit a JOIN jml.person p ON p.id = a.person_id WHERE p.employee_id = 'E1001'")"

# ---- what the server keeps

like "the server's log holds none" "$(grep -c MARKER "$JML_SANDBOX/log")" '^0$'

# ---- people that cannot be written tell no payload either

world poison
{
    package P none
    workflow W hire:0 "(department eq 'A')" request:P/none
} | company
q "CREATE FUNCTION jml.poison() RETURNS trigger LANGUAGE plpgsql AS \$\$ BEGIN
       IF EXISTS (SELECT FROM jml.person p WHERE p.id = new.target_id AND p.employee_id = 'Bad') THEN
           RAISE EXCEPTION 'no % today', new.id; END IF; RETURN new; END \$\$;
   CREATE TRIGGER poison BEFORE INSERT ON jml.assignment FOR EACH ROW EXECUTE FUNCTION jml.poison()" > "$work/x"
: > "$log"
for who in G1 G2 Bad G3; do event joiner $who "$(day 0)" '{"department":"A","displayName":"MARKER-poison"}'; done > "$work/id"
once
is "one that cannot be written is held" "$(q "SELECT employee_id FROM jml.person WHERE held_at IS NOT NULL")" Bad
is "the others go on" "$(q "SELECT count(*) FROM jml.assignments WHERE state = 'delivered'")" 3
is "the log tells of it without the payload" "$(grep -c MARKER "$log")" 0
like "by the id" "$(cat "$log")" 'JML_EMPLOYEE=Bad'
is "the events of a held person are held" "$(q "SELECT state FROM jml.event WHERE employee_id = 'Bad'")" held
q 'DROP TRIGGER poison ON jml.assignment' > "$work/x"
jmlctl person release Bad > "$work/x"
once
is "released they count" "$(holds Bad)" P
ok "the audit verifies" jmlctl audit verify

# ---- large batches

world batch
{
    package P none
    workflow W hire:0 "(department eq 'MARKER')" request:P/none
} | company
: > "$log"
people() { q "INSERT INTO jml.event (kind, employee_id, effective_on, attributes)
    SELECT 'joiner', '$1' || i, '$(day 0)', '{\"department\":\"MARKER\",\"displayName\":\"MARKER\"}' FROM generate_series(1, $2) i" > "$work/x"; }
people S 50
once
is "of fifty people every transition is an entry" "$(grep -c 'JML_EMPLOYEE=S' "$log")" \
    "$(q "SELECT count(*) FROM jml.audit WHERE person_id IS NOT NULL")"
: > "$log"
people B 300
once
is "of three hundred one summary a person" "$(grep -c 'JML_EMPLOYEE=B' "$log")" 300
is "each has one" "$(grep -o 'JML_EMPLOYEE=B[0-9]*' "$log" | sort -u | wc -l)" 300
is "with no marker" "$(grep -c MARKER "$log")" 0
is "and the audit has every transition" "$(q "SELECT count(DISTINCT a.object_type) FROM jml.audit a JOIN jml.person p ON p.id = a.person_id WHERE p.employee_id = 'B7'")" 7
q "UPDATE jml.event SET attributes = '{}' WHERE false" > "$work/x"
printf '[log]\nlevel = error\n[database]\nconninfo = %s\n' "$JML_DATABASE" > "$work/quiet.conf"
: > "$log"
people Q 3
once -c "$work/quiet.conf"
is "a higher level keeps quiet" "$(grep -c 'JML_EMPLOYEE' "$log")" 0
finish
