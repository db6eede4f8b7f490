#!/bin/bash
# SPDX-License-Identifier: MIT
# timeout: 600
#
# Who holds what: lists of any length in pages that fit together, names of all kinds, many people at once,
# what would be decided, conflicts, reviews, packages that are deleted.
set -u
. "$JML_SRC/tests/lib/tap.sh"
. "$JML_SRC/tests/lib/daemon.sh"
. "$JML_SRC/tests/lib/story.sh"

# exit status and what was said, in one line, without ids
answer() {
    local status=0 words
    words=$("$@" 2>&1) || status=$?
    echo "$status ${words//$'\n'/ | }" | sed -E 's/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/ID/g'
}
# read_csv EXPRESSION: of the rows of standard input, as dicts in `rows`
read_csv() { python3 -c 'import csv, sys; rows = list(csv.DictReader(sys.stdin)); print('"$1"')'; }
count() { q "SELECT count(*) FROM jml.assignment_request"; }
assignment_of() { q "SELECT id FROM jml.assignments WHERE employee_id = '$1' AND access_package = '$2' AND state <> 'expired'"; }

world assignments
{
    package P none
    package Q none P30D
    package R none
    package S none
    package Asking none
    workflow W hire:0 "(department eq 'Sales')" request:Q/P30D
} | company
while IFS='|' read -r who name; do
    event joiner "$who" "$(day -1)" "$(jq -cn --arg n "$name" --arg m "$who@example.com" '{displayName: $n, mail: $m, groups: ["team"]}')"
done > "$work/id" <<'END'
E1|Ana Lima
E2|O'Hara, "Bob"
E3|=HYPERLINK("http://x")
E4|+1
E5|-2
E6|@SUM(A1)
END
event joiner E7 "$(day -1)" "$(jq -cn '{displayName: "two\nlines\tand\r more", groups: ["other"], department: "Sales"}')" > "$work/id"
event joiner E8 "$(day -1)" "$(jq -cn '{displayName: "\t=tab", groups: ["team", "other"]}')" > "$work/id"
event joiner E9 "$(day -20)" '{"groups": ["team"]}' > "$work/id"
event leaver E9 "$(day -10)" > "$work/id"
once

# ---- what would be

before=$(count)
like "--check says what would be decided" "$(jmlctl assignment add P --employee E1 --check)" \
    '^E1 +delivered +- +none +20[^-]*-'
is "for many" "$(jmlctl assignment add P --employee E1 E9 E404 --check --json | jq -r 'map(.employee_id + " " + .state + " " + (.error // "-" | split(":")[0])) | join(", ")')" \
    'E1 delivered -, E9 denied person_left, E404 denied unknown_person'
status "and 1 when it would be denied" 1 jmlctl assignment add P --employee E9 --check
is "it tells the end" "$(jmlctl assignment add Q --policy P30D --employee E1 --check --csv | read_csv '[r["policy"] for r in rows], [r["ends_at"][:10] for r in rows]')" \
    "['P30D'] ['$(day 30)']"
is "nothing of it stays" "$(count) $(q 'SELECT count(*) FROM jml.queue') $(q "SELECT count(*) FROM jml.audit WHERE object_type = 'request' AND to_state = 'denied'")" \
    "$before 0 0"
status "--check waits for nothing" 64 jmlctl assignment add P --employee E1 --check --wait

# ---- many people

printf '# the team\nemployee\n' > "$work/people"
printf 'employee_id,display_name\r\nE1,"Lima, Ana"\r\n"E2","two\nlines"\r\n\r\nE3 # Carla\r\nE1,again\r\n' > "$work/people"
is "a file of people, or the first column of CSV" "$(jmlctl assignment add P --from-file "$work/people" | wc -l)" 3
is "the same again asks for nothing" "$(answer jmlctl assignment add P --from-file "$work/people")" \
    '0 jmlctl: E1: skipped: a request waits (ID, submitted) | jmlctl: E2: skipped: a request waits (ID, submitted) | jmlctl: E3: skipped: a request waits (ID, submitted)'
once
is "also when they hold it" "$(answer jmlctl assignment add P --from-file - < "$work/people")" \
    '0 jmlctl: E1: skipped: holds it already (assignment ID) | jmlctl: E2: skipped: holds it already (assignment ID) | jmlctl: E3: skipped: holds it already (assignment ID)'
is "--all-in a group is those who are in it and have not left" \
    "$(jmlctl assignment add P --all-in team --justification 'all of them' --json | jq -r 'map(.subject + " " + .state) | join(", ")')" \
    'E1 skipped, E2 skipped, E3 skipped, E4 submitted, E5 submitted, E6 submitted, E8 submitted'
once
is "then all of them hold it" "$(q "SELECT string_agg(employee_id, ' ' ORDER BY employee_id) FROM jml.assignments WHERE access_package = 'P' AND state <> 'expired'")" \
    'E1 E2 E3 E4 E5 E6 E8'
is "one person alone gets the daemon's word" "$(answer jmlctl assignment add P --employee E1)" '0 ID'
once
is "which is on record" "$(q "SELECT error ~ '^already_held' FROM jml.requests WHERE employee_id = 'E1' AND state = 'denied'")" t
is "a start ahead is told" \
    "$(jmlctl assignment add Q --policy P30D --employee E1 E7 --check --start "$(day 40)" --json | jq -r 'map(.employee_id + " " + .state) | join(", ")')" \
    'E1 scheduled, E7 skipped'
is "a group that nobody is in" "$(answer jmlctl assignment add P --all-in nobody)" "1 jmlctl: nobody is in group 'nobody'"
is "a file that names nobody" "$(answer jmlctl assignment add P --from-file - < /dev/null)" '1 jmlctl: standard input: names nobody'
like "a file that is not there" "$(answer jmlctl assignment add P --from-file "$work/nope")" '^1 jmlctl: .*nope: No such file'
is "a line that names nobody" "$(printf 'E1\n\001\n' | answer jmlctl assignment add P --from-file -)" \
    '1 jmlctl: standard input:2: not an employee_id of 1 to 256 printable characters'
status "nobody at all is wrong usage" 64 jmlctl assignment add P
status "an address goes alone" 64 jmlctl assignment add P --email a@example.com --employee E1
status "a name without an address" 64 jmlctl assignment add P --employee E1 --name x
q "UPDATE jml.assignment_policy SET document = document || '{\"questions\": [{\"id\": \"018f0000-0000-7000-8000-00000000000a\", \"text\": \"Why?\"}]}'
   WHERE access_package_id = (SELECT id FROM jml.access_package WHERE display_name = 'Asking')"
like "a policy with questions takes one person at a time" \
    "$(answer jmlctl assignment add Asking --all-in team)" '^64 jmlctl: the policy asks questions: it takes one person'
like "an answer to what it does not ask" "$(answer jmlctl assignment add Asking --employee E1 --answer 'When?=now')" \
    "^64 jmlctl: --answer: 'When\?=now' answers no question"
id=$(jmlctl assignment add Asking --employee E1 --answer 'Why?=for "work", and = more')
is "answers are kept as Graph has them" "$(q "SELECT answers FROM jml.assignment_request WHERE id = '$id'")" \
    '[{"value": "for \"work\", and = more", "answeredQuestion": {"id": "018f0000-0000-7000-8000-00000000000a"}}]'
is "and shown with their questions" "$(jmlctl request show "$id" --json | jq -c '.[0].answers')" \
    '[{"answer":"for \"work\", and = more","question":"Why?"}]'
q "DELETE FROM jml.queue; DELETE FROM jml.assignment_request WHERE id = '$id';
   UPDATE jml.assignment_policy SET document = document - 'questions'"

# ---- names of all kinds

is "names come through --csv" "$(jmlctl assignment list --package P --csv | read_csv '[r["display_name"] for r in sorted(rows, key=lambda r: r["employee_id"])][:2]')" \
    "$(python3 -c "print(['Ana Lima', 'O\'Hara, \"Bob\"'])")"
is "and are harmless to a spreadsheet" \
    "$(jmlctl assignment list --csv | read_csv 'sorted({r["employee_id"] + r["display_name"][:2] for r in rows if r["employee_id"] in ("E3", "E4", "E5", "E6", "E8")})')" \
    "[\"E3'=\", \"E4'+\", \"E5'-\", \"E6'@\", \"E8'\\t\"]"
is "lines and all" "$(jmlctl assignment list --employee E7 --csv | python3 -c '
import csv, io, sys
print([r["display_name"] for r in csv.DictReader(io.TextIOWrapper(sys.stdin.buffer, newline=""))])')" \
    "['two\\nlines\\tand\\r more']"
is "no field begins like a formula, dates and numbers aside" \
    "$(jmlctl package review --csv | read_csv '[v for r in rows for v in r.values() if v and v[0] in "=+-@\t\r"]')" '[]'
is "the file can name the same people again" \
    "$(jmlctl person list --csv | jmlctl assignment add P --from-file - --json 2> /dev/null | jq -r 'map(select(.state == "skipped")) | length')" 7
once

# ---- filters, one thing whole

is "filters go together" "$(jmlctl assignment list --package P --state open --catalog Company --policy none --employee E2 --json | jq length)" 1
is "the catalog is told" "$(jmlctl assignment list --json | jq -r 'map(.catalog) | unique | join(",")')" Company
id=$(assignment_of E7 Q)
like "show tells by which request" "$(jmlctl assignment show "$id")" '^  ID +systemAdd|^  [0-9a-f-]{36}  systemAdd +delivered +workflow:W'
is "and its roles and deliveries" "$(jmlctl assignment show "$id" --json | jq -c '.[0] | [.roles[0].role, .deliveries[0].state, .display_name]')" \
    '["User","delivered","two\nlines\tand\r more"]'
q "SET ROLE jml_daemon; UPDATE jml.delivery SET state = 'failed', error = 'no_such_group: \"x\"' WHERE assignment_id = '$id'"
like "with what went wrong" "$(jmlctl assignment show "$id")" 'failed .*no_such_group: "x"'
like "as the request does" "$(jmlctl request show "$(q "SELECT request_id FROM jml.assignment WHERE id = '$id'")")" 'failed .*no_such_group: "x"'
q "SET ROLE jml_daemon; UPDATE jml.delivery SET state = 'delivered', error = NULL WHERE assignment_id = '$id'"

# ---- reviews

like "a review tells by whose gift" "$(jmlctl package review Q)" '^Q +E7 .* workflow W version 1 for joiner event [0-9]+ +- +-'
is "or who asked" "$(jmlctl package review P --json | jq -r '.[0] | .employee_id + ": " + .granted_by')" "E1: adminAdd by $(q 'SELECT session_user')"
is "what nobody has looked at" "$(jmlctl package review --never --json | jq length)" "$(q "SELECT count(*) FROM jml.assignment WHERE state <> 'expired'")"
id=$(assignment_of E1 P)
like "--confirm puts it on record" "$(answer jmlctl package review "$id" "$(assignment_of E2 P)" --confirm --justification 'still there')" '^0 ID \| ID$'
is "who, when, what" "$(jmlctl package review P --json | jq -r --arg id "$id" '.[] | select(.assignment_id == $id) | .review + " " + .reviewed_by + " " + (.reviewed_at[:10])')" \
    "confirm $(q 'SELECT session_user') $(day 0)"
is "and is not asked about again" "$(jmlctl package review P --never --json | jq length):$(jmlctl package review P --before "$(day -1)" --json | jq length):$(jmlctl package review P --before "$(day 1)" --json | jq length)" "$(($(jmlctl package review P --json | jq length) - 2)):$(($(jmlctl package review P --json | jq length) - 2)):$(jmlctl package review P --json | jq length)"
jmlctl package review "$id" --revoke --justification 'moved' > "$work/revoked"
once
is "--revoke requests the removal" "$(q "SELECT request_type || ' ' || state || ' ' || justification FROM jml.requests WHERE id = '$(cat "$work/revoked")'")" \
    'adminRemove delivered review: moved'
is "and names it" "$(q "SELECT decision, request_id FROM jml.assignment_review WHERE assignment_id = '$id' ORDER BY reviewed_at DESC LIMIT 1")" \
    "revoke|$(cat "$work/revoked")"
is "then it is over" "$(assignment_of E1 P)" ''
like "and there is nothing to review" "$(answer jmlctl package review "$id" --confirm)" '^1 jmlctl: assignment ID has ended'
is "show has the reviews" "$(jmlctl assignment show "$id" --json | jq -c '[.[0].reviews[].decision]')" '["confirm","revoke"]'
for wrong in "--confirm --revoke $id" '--confirm' "$id $id" '--justification x' "$id --revoke --never"; do
    # shellcheck disable=SC2086 # words
    status "wrong usage: package review $wrong" 64 jmlctl package review $wrong
done

# ---- conflicts

is "no conflicts" "$(jmlctl assignment conflicts --json | jq length)" 0
jmlctl assignment add R --employee E4 > "$work/x"
jmlctl assignment add S --employee E4 E8 > "$work/x"
once
pair() { q "INSERT INTO jml.incompatible_package SELECT a.id, b.id FROM jml.access_package a, jml.access_package b WHERE a.display_name = '$1' AND b.display_name = '$2'"; }
pair R P
pair S R
pair R S
q "INSERT INTO jml.incompatible_group SELECT id, 'other' FROM jml.access_package WHERE display_name = 'S'"
is "each pair once, whichever names the other" \
    "$(jmlctl assignment conflicts --json | jq -r '.[] | [.employee_id, .access_package, .conflict, .incompatible_with] | join(" ")')" \
    'E4 P package R
E4 R package S
E8 S group other'
is "of one package, that one first" \
    "$(jmlctl assignment conflicts R --json | jq -r '.[] | [.access_package, .incompatible_with] | join(" ")')" 'R P
R S'
is "with ids and times" "$(jmlctl assignment conflicts P --json | jq -r '.[0] | .assignment_id + " " + .incompatible_assignment_id + " " + .since[:10] + " " + .incompatible_since[:10]')" \
    "$(assignment_of E4 P) $(assignment_of E4 R) $(day 0) $(day 0)"
is "package show names them both ways" "$(jmlctl package show P --json | jq -c '.[0].incompatible_with'),$(jmlctl package show S --json | jq -c '.[0] | [.incompatible_with, .incompatible_groups]')" \
    '["R"],[["R"],["other"]]'

# ---- packages are deleted

like "what is held is not deleted" "$(answer jmlctl package delete P)" "^1 jmlctl: package 'P' has 7 active assignments: E2, E3, E4, E5, E6, E7, E8$"
like "what a workflow names, neither" "$(jmlctl assignment remove Q --employee E7 > "$work/x"; once; answer jmlctl package delete Q)" "^1 jmlctl: workflow 'W' names package 'Q'"
jmlctl assignment remove R --employee E4 > "$work/x"
once
jmlctl assignment add R --employee E1 --start "$(day 5)" > "$work/x"
once
like "what is asked for, neither" "$(answer jmlctl package delete R)" "^1 jmlctl: package 'R' has 1 open request; jmlctl request list --package 'R' --state open$"
like "nor in SQL" "$(answer q "DELETE FROM jml.access_package WHERE display_name = 'P'")" 'access package "P" has 7 active assignments'
like "nor by its mark" "$(answer q "UPDATE jml.access_package SET deleted_at = now() WHERE display_name = 'Q'")" 'access package "Q" is named by workflow "W"'
like "nor its policy" "$(answer q "DELETE FROM jml.assignment_policy WHERE id = (SELECT policy_id FROM jml.assignment WHERE id = '$(assignment_of E4 P)')")" 'assignment policy "none" has 7 active'
jmlctl request cancel "$(jmlctl request list --package R --state open --json | jq -r '.[0].id')" > "$work/x"
once
revision=$(q 'SELECT revision FROM jml.configuration')
is "then it is deleted" "$(answer jmlctl package delete R)" "0 access package 'R': deleted"
is "in a new revision, on record" "$(q "SELECT (SELECT revision FROM jml.configuration) - $revision, a.rule, a.from_state, a.to_state, a.actor = session_user, a.detail ->> 'revision' = (SELECT revision::text FROM jml.configuration)
    FROM jml.audit a WHERE object_type = 'package' ORDER BY id DESC LIMIT 1")" '1|903|present|deleted|t|t'
is "once" "$(answer jmlctl package delete R | cut -c1-32)" "1 jmlctl: no package 'R': it was"
is "lists leave it out" "$(jmlctl package list --json | jq -r 'map(.display_name) | join(" ")'):$(jmlctl package list --deleted --json | jq length):$(jmlctl policy list --package R --json | jq length)" 'Asking P Q S:5:0'
like "its story stays" "$(jmlctl assignment list --package R)" '^[0-9a-f-]{36} +E4 +R +none +expired'
is "nobody gets it any more" "$(answer jmlctl assignment add R --employee E1)" "1 jmlctl: no package 'R'; jmlctl package list"
jmlctl event submit --kind mover --employee E5 --on "$(day 0)" --attributes '{"city":"Lisbon"}' > "$work/x"
once
is "the daemon goes on without it" "$(q "SELECT state FROM jml.event WHERE employee_id = 'E5' ORDER BY id DESC LIMIT 1")" done
is "and does not export it" "$(jmlctl export | jq -r '.accessPackages | map(.displayName) | join(" ")')" 'Asking P Q S'
package R none | jq -s '{accessPackages: .}' > "$work/again.json"
ok "the name may be used again" jmlctl apply "$work/again.json"
is "for another one" "$(q "SELECT count(*), count(DISTINCT id) FROM jml.access_package WHERE display_name = 'R'")" '2|2'
is "which the name then means" "$(jmlctl package show R --json | jq -r '.[0].deleted_at')" null
like "the audit agrees" "$(jmlctl audit verify)" '^audit verified'
q "UPDATE jml.access_package SET deleted_at = now() WHERE display_name = 'R' AND deleted_at IS NULL"
like "also with what is done by hand" "$(jmlctl audit verify)" '^audit verified'
is "which it says" "$(q "SELECT from_state, to_state, reason FROM jml.audit WHERE object_type = 'package' ORDER BY id DESC LIMIT 1")" 'present|deleted|changed by hand'

# ---- rights

q "CREATE ROLE anna LOGIN IN ROLE jml_auditor; CREATE ROLE otto LOGIN IN ROLE jml_operator"
as() { env JML_DATABASE="$JML_DATABASE user=$1" jmlctl "${@:2}"; }
id=$(assignment_of E3 P)
for change in "package review $id --confirm" "package review $id --revoke" 'assignment add P --employee E1 --check' \
    'package delete Asking' 'assignment add P --employee E1' 'request add P --employee E1' "request approve $id --approver E1"; do
    # shellcheck disable=SC2086 # words
    like "an auditor may not: ${change/$id/ID}" "$(answer as anna $change)" '^1 jmlctl: (permission denied|--check looks at all)'
done
for look in 'package review P' 'assignment conflicts' "assignment show $id" 'policy show P none' 'package show P' 'request list --approver E1'; do
    # shellcheck disable=SC2086 # words
    status "but look: ${look/$id/ID}" 0 as anna $look
done
status "an operator may check" 0 as otto assignment add P --employee E1 --check
status "and review" 0 as otto package review "$id" --confirm
is "in their own name" "$(q "SELECT reviewer FROM jml.assignment_review WHERE assignment_id = '$id'")" otto
is "and delete" "$(answer as otto package delete Asking)" "0 access package 'Asking': deleted"
is "in their own name, too" "$(q "SELECT actor FROM jml.audit WHERE object_type = 'package' ORDER BY id DESC LIMIT 1")" otto

q 'CREATE ROLE olga LOGIN IN ROLE jml_delegate; CREATE ROLE omar LOGIN IN ROLE jml_delegate'
jmlctl delegation add olga --role catalogOwner --catalog Company > "$work/x"
for look in 'package list' 'package show P' 'policy list' 'policy show P none' 'assignment list' "assignment show $id" 'assignment conflicts' \
    'package review P' 'request list --approver E1' "request show $(q "SELECT request_id FROM jml.assignment WHERE id = '$id'")"; do
    # shellcheck disable=SC2086 # words
    status "the owner of a catalog may look: ${look//[0-9a-f-]??????????????????????????????????/ID}" 0 as olga $look
done
is "with names, as everybody" "$(as olga assignment list --package P --json | jq -c 'map(.display_name)')" "$(jmlctl assignment list --package P --json | jq -c 'map(.display_name)')"
is "and origins" "$(as olga package review --json)" "$(jmlctl package review --json)"
is "conflicts with groups" "$(as olga assignment conflicts --json)" "$(jmlctl assignment conflicts --json)"
status "may review" 0 as olga package review "$id" --confirm
like "is told what is held already" "$(answer as olga assignment add P --employee E3 E4)" '^0 jmlctl: E3: skipped: holds it .*E4: skipped: holds it'
is "and delete" "$(answer as olga package delete S | cut -c1-40)" "1 jmlctl: package 'S' has 2 active assig"
is "who was given no catalog sees nothing" "$(for look in 'package list' 'assignment list' 'package review' 'assignment conflicts'; do as omar $look --json | jq -c .; done | xargs)" '[] [] [] []'
like "nor reviews anything" "$(answer as omar package review "$id" --confirm)" '^1 jmlctl: no assignment'

# ---- a hundred thousand

q "SET ROLE jml_daemon;
   INSERT INTO jml.person (employee_id, state, attributes)
   SELECT 'L' || i, 'active', jsonb_build_object('displayName', 'Person, \"' || i || '\"') FROM generate_series(1, 100000) i;
   INSERT INTO jml.assignment (access_package_id, policy_id, target_id, state, status, starts_at)
   SELECT k.id, l.id, p.id, 'delivered', 'Delivered', now()
   FROM jml.person p, jml.access_package k JOIN jml.assignment_policy l ON l.access_package_id = k.id
   WHERE k.display_name = 'P' AND p.employee_id LIKE 'L%'" > "$work/x"
q 'ANALYZE'
# the most memory that jmlctl ever had, in kB; what it prints goes to a file
peak() {
    python3 -c '
import resource, subprocess, sys
with open(sys.argv[1], "w") as out:
    subprocess.run(["jmlctl"] + sys.argv[2:], stdout=out, check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)' "$work/out" "$@"
}
little=$(peak assignment list --limit 1000 --csv)
for format in --csv --json ''; do
    # shellcheck disable=SC2086 # none is no word
    much=$(peak assignment list --package P --state delivered $format)
    ok "100,000 rows need no more memory than 1,000 ${format:-as a table} ($much kB, $little kB)" test "$much" -lt $((little + 2000))
done
peak assignment list --package P --csv > "$work/x"
is "all of them arrive" "$(read_csv 'len(rows), len({r["id"] for r in rows}), rows[-1]["display_name"][:7]' < "$work/out")" \
    '100008 100008 Person,'

# Pages of 10,000, while rows change, come and go between them: who is there all the time comes once.
# Expired ones drop out of the filter, those behind the page included.
q "SELECT id FROM jml.assignment WHERE state <> 'expired' AND id::text NOT LIKE '%7'" | sort > "$work/stay"
after='' pages=0
: > "$work/pages"
while :; do
    jmlctl assignment list --state open --limit 10000 --csv ${after:+--after "$after"} | tail -n +2 | cut -d, -f1 > "$work/page"
    [ -s "$work/page" ] || break
    cat "$work/page" >> "$work/pages"
    after=$(tail -n 1 "$work/page")
    pages=$((pages + 1))
    q "SET ROLE jml_daemon;
       UPDATE jml.assignment SET state = 'expired', expired_at = now() WHERE id::text LIKE '%${pages}7' AND state <> 'expired';
       UPDATE jml.assignment SET status = 'Delivered', updated_at = now(), ends_at = now() WHERE id::text LIKE '%3';
       UPDATE jml.person SET employee_id = 'A' || employee_id WHERE employee_id LIKE 'L%$((pages % 10))1';
       INSERT INTO jml.assignment (access_package_id, target_id, state) SELECT gen_random_uuid(), p.id, 'delivered'
       FROM jml.person p WHERE p.employee_id LIKE '%99' LIMIT 100" > "$work/x"
done
ok "pages end ($pages)" test "$pages" -ge 10 -a "$pages" -le 12
is "nobody comes twice" "$(sort "$work/pages" | uniq -d | wc -l)" 0
is "whoever stays comes" "$(comm -23 "$work/stay" <(sort "$work/pages") | wc -l)" 0
is "requests have pages, too" "$(first=$(jmlctl request list --limit 3 --json); rest=$(jmlctl request list --after "$(jq -r '.[-1].id' <<< "$first")" --json)
    jq -n --argjson a "$first" --argjson b "$rest" '($a + $b | map(.id) | length), ($a + $b | map(.id) | unique | length)' | xargs)" \
    "$(q 'SELECT count(*), count(*) FROM jml.assignment_request' | tr '|' ' ')"
printf 'L%s\n' {1..2000} > "$work/people"
is "2,000 people get one request each" "$(jmlctl assignment add S --from-file "$work/people" | wc -l)" 2000
is "once" "$(jmlctl assignment add S --from-file "$work/people" 2> "$work/skipped" | wc -l):$(wc -l < "$work/skipped")" 0:2000
finish
