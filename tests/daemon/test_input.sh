#!/bin/bash
# SPDX-License-Identifier: MIT
# timeout: 300
#
# Malformed input: refused by a constraint, or rejected with a reason that names the field; it never
# vanishes and never stops the queue.
set -u
. "$JML_SRC/tests/lib/tap.sh"
. "$JML_SRC/tests/lib/story.sh"

world input
{
    package P none
    workflow W hire:0 "(department eq 'A')" request:P/none
} | company

n=0
# A good event after each bad one, all of them looked at in the end.
good() {
    n=$((n + 1))
    event joiner "good$n" "$(day 0)" '{"department":"A"}' > "$work/id"
}
refused() { # sentence, what the message must name, statement (- : from standard input)
    local said status=0
    if [ "$3" = - ]; then
        said=$(psql -X -q -A -t -v ON_ERROR_STOP=1 -f - 2>&1) || status=$?
    else
        said=$(q "$3" 2>&1) || status=$?
    fi
    if [ "$status" = 0 ]; then
        tap_line 1 "$1 is refused at once"
    else
        like "$1 is refused at once, naming it" "$(printf '%s' "$said" | cut -c1-600)" "$2"
    fi
    good
}
row() { echo "INSERT INTO jml.event (kind, employee_id, $1) VALUES ($2) RETURNING id"; }
ok_date="'$(day 0)'"

refused "a wrong kind" kind "$(row effective_on "'starter', 'X', $ok_date")"
refused "a kind in capitals" kind "$(row effective_on "'Joiner', 'X', $ok_date")"
refused "no kind" kind "$(row effective_on "NULL, 'X', $ok_date")"
for payload in '[]' '"text"' 5 null true; do
    refused "a payload $payload" attributes "$(row 'effective_on, attributes' "'joiner', 'X', $ok_date, '$payload'")"
done
refused "no payload but NULL" attributes "$(row 'effective_on, attributes' "'joiner', 'X', $ok_date, NULL")"
refused "no date" 'event_one_date' "$(row source "'joiner', 'X', 'sql'")"
refused "a leaver without a date" 'event_one_date' "$(row source "'leaver', 'X', 'sql'")"
refused "a leaver that is immediate as a word" 'event_one_date' "$(row attributes "'leaver', 'X', '{\"immediate\":\"true\"}'")"
refused "a joiner that is immediate" 'event_one_date' "$(row attributes "'joiner', 'X', '{\"immediate\":true}'")"
refused "two dates" 'event_one_date' "$(row 'effective_on, effective_at' "'joiner', 'X', $ok_date, now()")"
refused "two dates of an immediate leaver" 'event_one_date' "$(row 'effective_on, effective_at, attributes' "'leaver', 'X', $ok_date, now(), '{\"immediate\":true}'")"
refused "the 30th of February" 'date' "$(row effective_on "'joiner', 'X', '2026-02-30'")"
refused "the 29th of February of 2027" 'date' "$(row effective_on "'joiner', 'X', '2027-02-29'")"
refused "a month 13" 'date' "$(row effective_on "'joiner', 'X', '2026-13-01'")"
refused "a date that is a word" 'date' "$(row effective_on "'joiner', 'X', 'soon'")"
refused "an infinite date" 'day_sane|date' "$(row effective_on "'joiner', 'X', 'infinity'")"
refused "the beginning of time" 'day_sane|date' "$(row effective_on "'joiner', 'X', '-infinity'")"
refused "an infinite instant" 'date_sane' "$(row effective_at "'joiner', 'X', 'infinity'")"
refused "the year 1899" 'day_sane' "$(row effective_on "'joiner', 'X', '1899-12-31'")"
refused "the year 2201" 'day_sane' "$(row effective_on "'joiner', 'X', '2201-01-01'")"
refused "an instant of the year 4000" 'date_sane' "$(row effective_at "'joiner', 'X', '4000-01-01'")"
refused "an instant before Christ" 'date_sane' "$(row effective_at "'joiner', 'X', '0044-03-15 BC'")"
refused "an employee_id of 10,000 characters" employee_id "$(row effective_on "'joiner', repeat('x', 10000), $ok_date")"
refused "one of 257" employee_id "$(row effective_on "'joiner', repeat('x', 257), $ok_date")"
refused "an empty employee_id" employee_id "$(row effective_on "'joiner', '', $ok_date")"
refused "a blank one" employee_id "$(row effective_on "'joiner', ' ', $ok_date")"
refused "no employee_id" employee_id "$(row effective_on "'joiner', NULL, $ok_date")"
refused "a blank before it" employee_id "$(row effective_on "'joiner', ' E1', $ok_date")"
refused "a blank behind it" employee_id "$(row effective_on "'joiner', 'E1 ', $ok_date")"
refused "a line feed in it" employee_id "$(row effective_on "'joiner', E'E1\\nE2', $ok_date")"
refused "a tab in it" employee_id "$(row effective_on "'joiner', E'E1\\tE2', $ok_date")"
refused "a DEL in it" employee_id "$(row effective_on "'joiner', E'E1\\x7f', $ok_date")"
refused "a no-break space behind it" employee_id "$(row effective_on "'joiner', U&'E1\\00a0', $ok_date")"
refused "an employment of 65 characters" employment "$(row 'effective_on, employment' "'joiner', 'X', $ok_date, repeat('x', 65)")"
refused "an empty employment" employment "$(row 'effective_on, employment' "'joiner', 'X', $ok_date, ''")"
refused "all employments of a joiner" employment "$(row 'effective_on, employment' "'joiner', 'X', $ok_date, '*'")"
refused "all employments of a mover" employment "$(row 'effective_on, employment' "'mover', 'X', $ok_date, '*'")"
refused "a source_ref of 257 characters" source_ref "$(row 'effective_on, source_ref' "'joiner', 'X', $ok_date, repeat('x', 257)")"
refused "an empty source" source "$(row 'effective_on, source' "'joiner', 'X', $ok_date, ''")"
refused "a rescind of nothing" rescind "$(row source "'rescind', 'X', 'sql'")"
refused "an event that supersedes itself" supersedes "$(row 'effective_on, source_ref, supersedes' "'joiner', 'X', $ok_date, 'a', 'a'")"
refused "a sequence that is no number" 'integer|bigint' "$(row 'effective_on, sequence' "'joiner', 'X', $ok_date, 'first'")"
refused "a sequence of forty digits" 'bigint' "$(row 'effective_on, sequence' "'joiner', 'X', $ok_date, '9999999999999999999999999999999999999999'")"
refused "an id of one's own" id "INSERT INTO jml.event (id, kind, employee_id, effective_on) VALUES (1, 'joiner', 'X', $ok_date)"
refused "65 kB of attributes" attributes "$(row 'effective_on, attributes' "'joiner', 'X', $ok_date, jsonb_build_object('a', repeat('x', 65536))")"
refused "an attribute of 10 MB" attributes "$(row 'effective_on, attributes' "'joiner', 'X', $ok_date, jsonb_build_object('a', repeat('x', 10000000))")"
refused "100,000 attributes" attributes "$(row 'effective_on, attributes' "'joiner', 'X', $ok_date, (SELECT jsonb_object_agg('a' || i, i) FROM generate_series(1, 100000) i)")"
refused "objects 40 deep" attributes "$(row 'effective_on, attributes' "'joiner', 'X', $ok_date, (repeat('{\"a\":', 40) || '1' || repeat('}', 40))::jsonb")"
refused "arrays 40 deep" attributes "$(row 'effective_on, attributes' "'joiner', 'X', $ok_date, ('{\"a\":' || repeat('[', 40) || repeat(']', 40) || '}')::jsonb")"
refused "JSON that is none" json "$(row 'effective_on, attributes' "'joiner', 'X', $ok_date, '{\"a\":}'")"
refused "a NUL in a text" 'u0000|text' "$(row 'effective_on, attributes' "'joiner', 'X', $ok_date, '{\"displayName\":\"a\\u0000b\"}'")"
refused "half a surrogate pair" 'surrogate|json' "$(row 'effective_on, attributes' "'joiner', 'X', $ok_date, '{\"displayName\":\"\\ud800\"}'")"
printf "INSERT INTO jml.event (kind, employee_id, effective_on) VALUES ('joiner', 'E\xff', %s);\n" "$ok_date" > "$work/bad.sql"
refused "bytes that are no UTF-8" 'UTF8' - < "$work/bad.sql"
printf "INSERT INTO jml.event (kind, employee_id, effective_on, attributes) VALUES ('joiner', 'E', %s, '{\"displayName\":\"\xc3\x28\"}');\n" "$ok_date" > "$work/bad.sql"
refused "bytes that are no UTF-8 in a name" 'UTF8' - < "$work/bad.sql"
event joiner dup "$(day 0)" '{"department":"A"}' source=hr source_ref=r1 > "$work/id"
refused "the same source_ref again" source_ref "$(row 'effective_on, source, source_ref' "'joiner', 'dup', $ok_date, 'hr', 'r1'")"
is "of another source it is another event" "$(q "$(row 'effective_on, source, source_ref' "'mover', 'dup', $ok_date, 'crm', 'r1'")" | grep -c .)" 1
is "with ON CONFLICT DO NOTHING it is no error and no event" \
    "$(q "INSERT INTO jml.event (kind, employee_id, effective_on, source, source_ref) VALUES ('joiner', 'dup', $ok_date, 'hr', 'r1') ON CONFLICT DO NOTHING RETURNING id")" ''
refused "one bad row of many refuses the statement" kind "INSERT INTO jml.event (kind, employee_id, effective_on)
    SELECT CASE WHEN i = 50 THEN 'x' ELSE 'joiner' END, 'many' || i, $ok_date FROM generate_series(1, 100) i"
is "all of it" "$(q "SELECT count(*) FROM jml.event WHERE employee_id LIKE 'many%'")" 0

once
is "the events between them are all done" "$(q "SELECT count(*) FROM jml.event WHERE employee_id LIKE 'good%' AND state = 'done'")" "$n"
is "and gave what they give" "$(q "SELECT count(*) FROM jml.assignments WHERE employee_id LIKE 'good%' AND state = 'delivered'")" "$n"
is "nobody is held" "$(q 'SELECT count(*) FROM jml.person WHERE held_at IS NOT NULL')" 0
is "nothing waits" "$(q 'SELECT count(*) FROM jml.queue')" 0

# ---- what the constraints let through and the daemon must judge

rejected() { # sentence, what the error must name, attributes [kind]
    local id
    id=$(event "${4:-joiner}" "r$n" "$(day 0)" "$3")
    good
    once
    like "$1 is rejected, naming the field" "$(q "SELECT state, error FROM jml.event WHERE id = $id")" "^rejected\|[a-z_]+: .*($2)"
    is "$1: on record" "$(q "SELECT count(*) FROM jml.audit WHERE object_type = 'event' AND object_id = '$id' AND to_state = 'rejected'")" 1
    is "$1: the next event is done" "$(q "SELECT state FROM jml.event WHERE employee_id = 'good$n'")" done
}
rejected "an unknown time zone" timeZone '{"timeZone":"Mars/Olympus"}'
rejected "a time zone that is a path" timeZone '{"timeZone":"../../etc/passwd"}'
rejected "an absolute path" timeZone '{"timeZone":"/etc/localtime"}'
rejected "an empty time zone" timeZone '{"timeZone":""}'
rejected "a time zone that is a number" timeZone '{"timeZone":5}'
rejected "a time zone in a list" timeZone '{"timeZone":["UTC"]}'
rejected "a time zone of 60,000 characters" timeZone "{\"timeZone\":\"$(printf '%060000d' 0)\"}"
rejected "a manager that is a number" manager '{"manager":7}'
rejected "a manager that is an object" manager '{"manager":{"id":"E1"}}'
rejected "a mover's time zone" timeZone '{"timeZone":"Nowhere"}' mover
rejected "a leaver's time zone" timeZone '{"timeZone":"Nowhere"}' leaver
rejected "groups that are no list" groups '{"groups":"travel"}'
rejected "a mail that is a number" mail '{"mail":5}'
rejected "a baseline that is a word" baseline '{"baseline":"yes"}'
rejected "a primary that is a word" primary '{"primary":"yes"}'
is "a rejected event makes nobody" "$(q "SELECT DISTINCT state FROM jml.person WHERE employee_id LIKE 'r%'")" unknown
like "the log says so" "$(grep -c 'rejected' "$log")" '^[1-9]'
is "a rejected event may be tried again" "$(jmlctl event retry "$(q "SELECT min(id) FROM jml.event WHERE state = 'rejected'")" > "$work/x" && once && q "SELECT state FROM jml.command")" done
is "and is rejected again" "$(q "SELECT state FROM jml.event WHERE id = (SELECT object_id::bigint FROM jml.command)")" rejected
is "events list shows them" "$(jmlctl event list --state rejected --json | jq length)" "$(q "SELECT count(*) FROM jml.event WHERE state = 'rejected'")"

# ---- strange, but right

accepted() { # sentence, attributes [employee_id]
    local id
    id=$(event joiner "${3:-ok$n}" "$(day 0)" "$2")
    good
    once
    is "$1 is no error" "$(q "SELECT state, error FROM jml.event WHERE id = $id")" 'done|'
    is "$1: it is kept as it is" "$(q "SELECT p.attributes = e.attributes FROM jml.event e JOIN jml.person p USING (employee_id) WHERE e.id = $id")" t
}
accepted "huge numbers" '{"costCenter":123456789012345678901234567890123456789012345678901234567890,"x":1.5e300,"y":-0.0000000000000000000000000000000001}'
accepted "a long name" "{\"displayName\":\"$(printf '%050000d' 0)\"}"
accepted "an attribute without a name" '{"":"empty"}'
accepted "quotes, backslashes, markup" '{"displayName":"\"; DROP TABLE jml.event; -- \\ <b> $1 %s {{x}} '"''"'"}'
accepted "emoji and right-to-left" '{"displayName":"👩‍💻 مرحبا ‮x"}'
accepted "a manager nobody knows" '{"manager":"E404"}'
accepted "oneself as manager" '{"manager":"self"}' self
accepted "thirty levels" "{\"a\":$(printf '[%.0s' {1..30})$(printf ']%.0s' {1..30})}"
accepted "an employee_id of 256 characters" '{}' "$(printf '%0256d' 0)"
accepted "an employee_id with blanks, quotes and commas" '{}' "O'Neil, \"Jr\" 7"
accepted "an employee_id of wide characters" '{}' '社員-７'
accepted "an employee_id that is a star" '{}' '*'
accepted "an employee_id in lower case is another" '{}' GOOD1
is "the audit finds them" "$(q "SELECT count(*) > 0 FROM jml.timeline WHERE employee_id = 'O''Neil, \"Jr\" 7'")" t
is "jmlctl, too" "$(jmlctl person show "O'Neil, \"Jr\" 7" --json | jq -r '.[0].employee_id')" "O'Neil, \"Jr\" 7"
is "--csv quotes it" "$(jmlctl person list --csv | grep -c '"O'"'"'Neil, ""Jr"" 7"')" 1
is "the last day of all is accepted" "$(event joiner far 2200-12-31 > "$work/id"; once; state_of far)" prehire
is "the first one, too" "$(event joiner old 1900-01-01 > "$work/id"; once; state_of old)" active

# ---- what nobody can work off

q "INSERT INTO jml.assignment_request (request_type) VALUES ('adminAdd')"
q "INSERT INTO jml.approval (request_id, decision) SELECT id, 'approve' FROM jml.assignment_request WHERE target_employee_id IS NULL AND target_id IS NULL"
status "a decision on a request that names nobody does not keep it" 0 timeout 20 jmld --once --log=stderr
is "it is refused" "$(q "SELECT state, split_part(error, ':', 1) FROM jml.approval")" 'refused|no_person'
event mover good1 "$(day 1)" > "$work/id"
event mover good1 "$(day 2)" > "$work/id"
q "UPDATE jml.event SET state = 'rejected' WHERE state = 'pending' AND effective_on = '$(day 1)'; DELETE FROM jml.event WHERE state = 'pending'"
once
is "events that are rejected or deleted by hand leave the queue" "$(q 'SELECT count(*) FROM jml.queue')" 0
q "UPDATE jml.event SET state = 'pending' WHERE employee_id = 'good1' AND state = 'rejected'"
once
is "and come back to it" "$(q "SELECT state FROM jml.event WHERE employee_id = 'good1' AND effective_on = '$(day 1)'")" done
ok "the audit verifies" jmlctl audit verify
is "all that was accepted is accounted for" "$(q "SELECT count(*) FROM jml.event WHERE state NOT IN ('done', 'rejected')")" 0
finish
