#!/bin/bash
# SPDX-License-Identifier: MIT
# timeout: 420
#
# jmlctl without a daemon: usage, formats, every list on an empty and on a small database filled by
# hand, what is not there, exit codes, rights. What becomes of commands is tested elsewhere.
set -u
. "$JML_SRC/tests/lib/tap.sh"
export TZ=Europe/Lisbon
unset COLUMNS

lists=('event list' 'person list' 'workflow list' 'run list' 'assignment list' 'request list'
    'package review'
    'package list' 'policy list' 'target list' 'delegation list' 'delivery list' 'notification list' 'rollout list'
    'audit list' 'status' 'health')

# exit status and stderr of a command, in one line
said() {
    local status=0 words
    words=$("$@" 2>&1 >/dev/null) || status=$?
    echo "$status $words"
}

# ---- before there is a schema

like "a database without the schema is exit 78, with what to run" \
    "$(said jmlctl status)" '^78 jmlctl: .*jmlctl migrate$'
like "no server is exit 69 in one line" \
    "$(said jmlctl -d 'host=/nonexistent connect_timeout=2' status)" '^69 jmlctl: [^ ].*$'
is "a conninfo that is none is wrong usage" "$(said jmlctl -d bogus=1 status)" \
    '64 jmlctl: --database: invalid connection option "bogus"'
is "in the environment it is a mistake of the configuration" \
    "$(JML_DATABASE=bogus=1 said jmlctl status)" \
    '78 jmlctl: JML_DATABASE: invalid connection option "bogus"'
is "no server is said in one line" \
    "$(jmlctl -d 'host=/nonexistent' status 2>&1 | wc -l)" 1
like "migrate --plan tells what is missing" "$(jmlctl migrate --plan)" '^missing 0001_roles$'
is "and changes nothing" "$(q "SELECT to_regnamespace('jml') IS NULL")" t
like "migrate applies it" "$(jmlctl migrate)" '^applied 0001_roles$'
is "migrate is idempotent" "$(jmlctl migrate)" 'the schema is up to date'
is "migrate --json says so, too" "$(jmlctl migrate --json | jq -c .)" '[]'

# ---- usage

status "no command is wrong usage" 64 jmlctl
status "a noun alone is wrong usage" 64 jmlctl event
like "a mistyped noun brings a suggestion" "$(said jmlctl asignment list)" \
    "^64 jmlctl: no command 'asignment'; did you mean 'assignment'\?$"
like "a mistyped verb brings a suggestion" "$(said jmlctl person timelin E1)" \
    "^64 .*did you mean 'person timeline'\?$"
like "a mistyped option brings a suggestion" "$(said jmlctl event list --sorce x)" \
    '^64 .*did you mean --source\?$'
like "a mistyped state is refused with the states there are" \
    "$(said jmlctl run list --state complete)" '^64 .*not one of scheduled\|queued\|'
like "an id must be one" "$(said jmlctl assignment list --after E1)" '^64 .*an id'
like "a number must be one" "$(said jmlctl run list --limit ten)" '^64 .*whole number$'
like "a time must be one" "$(said jmlctl audit list --since yesterday)" '^64 .*a date'
like "an option without its value" "$(said jmlctl run list --limit)" '^64 .*needs a value: N$'
like "--json and --csv exclude each other" "$(said jmlctl --csv run list --json)" '^64 .*exclude'
like "a missing argument brings the usage" "$(said jmlctl event show)" \
    '^64 .*usage: jmlctl event show ID$'
like "an argument too many, too" "$(said jmlctl event show 1 2)" "^64 .*'2' is too much"
like "an option twice" "$(said jmlctl run list --limit 1 --limit 2)" '^64 .*given twice$'
status "--help on each level is no error" 0 jmlctl --help
like "the help of a noun lists its verbs" "$(jmlctl run --help)" 'run release ID'
like "the help of a verb lists its options" "$(jmlctl run list --help)" '--workflow WORKFLOW'
like "--version" "$(jmlctl --version)" '^jmlctl [0-9]'
for level in '' event 'assignment add'; do
    # shellcheck disable=SC2086 # words
    is "no line of 'jmlctl $level --help' is longer than 80" \
        "$(jmlctl $level --help | awk 'length > 80' | grep -v usage: | wc -l)" 0
done
like "--clock-offset warns" "$(said jmlctl --clock-offset=13d event list)" \
    '^0 jmlctl: warning: the clock runs ahead'
status "--clock-offset takes a duration" 64 jmlctl --clock-offset soon event list
is "-- ends the options" "$(said jmlctl person show -- --json)" "1 jmlctl: no person '--json'"
is "global options stand anywhere" "$(jmlctl event --json list)" "$(jmlctl event list --json)"

# ---- an empty database

for list in "${lists[@]}"; do
    wanted=0
    [ "$list" != health ] || wanted=1
    # shellcheck disable=SC2086 # words
    {
        status "$list, empty" $wanted jmlctl $list
        is "$list --json, empty, is an array" "$(jmlctl $list --json | jq -r type)" array
        is "$list --csv, empty, has a header" "$(jmlctl $list --csv | head -n 1 | grep -c ,)" 1
    }
done
is "audit verify, empty" "$(jmlctl audit verify)" 'audit verified: 0 rows, 0 objects'
is "audit verify --json has the problems only" "$(jmlctl audit verify --json | jq -c .)" '[]'

for thing in 'event show 1' 'event show x' 'person show E1' 'person timeline E1' 'workflow show W' \
    'run show 018f0000-0000-7000-8000-000000000001' 'run show x' 'assignment show x' \
    'request show x' 'request approve x --approver E1' 'request deny 018f0000-0000-7000-8000-000000000001' \
    'request list --after 018f0000-0000-7000-8000-000000000001' 'request add P --employee E1' \
    'request extend P --employee E1' 'package review x --confirm' 'package delete P' 'notification show x' 'delivery show x' 'package show P' 'policy show P' 'policy show P Q' 'target show T' \
    'workflow run W --employee E1' 'workflow enable W' 'assignment add P --policy Q --employee E1' \
    'assignment remove P --employee E1' 'assignment update P --employee E1 --end 2030-01-31' \
    'event retry 77' 'event hold x' 'person hold E1' 'run cancel x' 'request cancel x'; do
    # shellcheck disable=SC2086 # words
    like "$thing: not there is exit 1" "$(said jmlctl $thing)" '^1 jmlctl: .*(no|No) '
done
is "nothing is printed when nothing is there" "$(jmlctl event show 1 --json 2>/dev/null)" ''

# ---- a small database

q "
INSERT INTO jml.target (display_name, kind, document) VALUES ('Tickets', 'manual', '{\"displayName\":\"Tickets\",\"kind\":\"manual\"}');
INSERT INTO jml.catalog (id, display_name) VALUES ('00000000-0000-4000-8000-0000000000c1', 'Company');
INSERT INTO jml.resource (id, catalog_id, display_name)
VALUES ('00000000-0000-4000-8000-0000000000d1', '00000000-0000-4000-8000-0000000000c1', 'CRM');
INSERT INTO jml.resource_role (id, resource_id, display_name)
VALUES ('00000000-0000-4000-8000-0000000000e1', '00000000-0000-4000-8000-0000000000d1', 'User');
INSERT INTO jml.access_package (id, catalog_id, display_name, description)
VALUES ('00000000-0000-4000-8000-0000000000a1', '00000000-0000-4000-8000-0000000000c1',
        'Sales', 'says \"hello\", and goes' || chr(10) || 'on'),
       ('00000000-0000-4000-8000-0000000000a2', '00000000-0000-4000-8000-0000000000c1',
        '=Formula', '+1');
INSERT INTO jml.access_package_role
VALUES ('00000000-0000-4000-8000-0000000000a1', '00000000-0000-4000-8000-0000000000e1');
INSERT INTO jml.assignment_policy (id, access_package_id, display_name, document)
VALUES ('00000000-0000-4000-8000-0000000000b1', '00000000-0000-4000-8000-0000000000a1',
        'Thirty days', '{\"expiration\":{\"type\":\"afterDuration\",\"duration\":\"P30D\"}}');
INSERT INTO jml.workflow (id, display_name, category, enabled, document)
VALUES ('00000000-0000-4000-8000-0000000000f1', 'Sales joiner', 'joiner', true, '{}');
INSERT INTO jml.rollout (kind, object_id, revision, total, done)
VALUES ('workflow', '00000000-0000-4000-8000-0000000000f1', 1, 10, 5);
INSERT INTO jml.event (kind, employee_id, effective_on, attributes, source_ref)
VALUES ('joiner', 'E1', '2026-12-01', '{\"displayName\":\"José Ñandú\"}', 'r1'),
       ('leaver', 'E2', '2026-12-31', '{}', NULL);
SET ROLE jml_daemon;
INSERT INTO jml.person (id, employee_id, state, attributes, zone, hired_at)
VALUES ('00000000-0000-4000-8000-000000000001', 'E1', 'active',
        '{\"displayName\":\"José Ñandú 東京\"}', 'America/Sao_Paulo', '2026-07-01T03:00:00Z');
INSERT INTO jml.run (id, workflow_id, version, person_id, trigger_key, state, due_at)
VALUES ('00000000-0000-4000-8000-000000000011', '00000000-0000-4000-8000-0000000000f1', 1,
        '00000000-0000-4000-8000-000000000001', 'k', 'completed', '2026-07-01T03:00:00Z');
INSERT INTO jml.task_run (run_id, position, task_definition_id, display_name, state, started_at)
VALUES ('00000000-0000-4000-8000-000000000011', 0, gen_random_uuid(), 'First task', 'completed',
        '2026-07-01T03:00:00.5Z');
INSERT INTO jml.assignment (id, access_package_id, policy_id, target_id, state, starts_at, ends_at)
VALUES ('00000000-0000-4000-8000-000000000021', '00000000-0000-4000-8000-0000000000a1',
        '00000000-0000-4000-8000-0000000000b1', '00000000-0000-4000-8000-000000000001',
        'delivered', '2026-07-01T03:00:00.25Z', '2026-07-31T03:00:00Z');
INSERT INTO jml.delivery (id, assignment_id, person_id, resource_role_id, action, state, confirmed_at)
VALUES ('00000000-0000-4000-8000-000000000031', '00000000-0000-4000-8000-000000000021',
        '00000000-0000-4000-8000-000000000001', gen_random_uuid(), 'grant', 'delivered', '2026-07-01T03:00:00Z');
INSERT INTO jml.notification (kind, person_id, recipient, subject, body, due_at)
VALUES ('welcome', '00000000-0000-4000-8000-000000000001', 'x@example.com', 'Welcome', 'Hello',
        '2026-07-01T03:00:00Z');
INSERT INTO jml.assignment_request (request_type, target_id, access_package_id, state)
VALUES ('systemAdd', '00000000-0000-4000-8000-000000000001',
        '00000000-0000-4000-8000-0000000000a1', 'delivered');
INSERT INTO jml.audit (at, actor, object_type, object_id, person_id, from_state, to_state, rule)
VALUES ('2026-07-01T03:00:00Z', 'jmld', 'person', '00000000-0000-4000-8000-000000000001',
        '00000000-0000-4000-8000-000000000001', NULL, 'active', 202),
       ('2026-07-01T03:00:00Z', 'jmld', 'assignment', '00000000-0000-4000-8000-000000000021',
        '00000000-0000-4000-8000-000000000001', NULL, 'delivered', 502);
" >/dev/null || echo "Bail out! the small database could not be made"
q "CREATE ROLE dele IN ROLE jml_delegate; INSERT INTO jml.delegation (role, delegated_role) VALUES ('dele', 'identityGovernanceAdministrator')"

for list in "${lists[@]}"; do
    wanted=0
    [ "$list" != health ] || wanted=1
    # shellcheck disable=SC2086 # words
    {
        rows=$(jmlctl $list --json | jq length)
        status "$list" $wanted jmlctl $list
        like "$list --json has rows" "$rows" '^[1-9]'
        is "$list --csv has as many" "$(jmlctl $list --csv | python3 -c '
import csv, sys
print(len(list(csv.DictReader(sys.stdin))))')" "$rows"
        is "$list --csv has the keys of --json" "$(jmlctl $list --csv | head -n 1)" \
            "$(jmlctl $list --json | jq -r '.[0] | keys_unsorted | join(",")')"
    }
done

for view in assignments requests runs; do
    more=
    [ $view != assignments ] || more=,display_name,catalog
    [ $view != requests ] || more=,display_name,catalog,target_email,stage,deny_at,assignment_id
    is "${view%s} list --json has the keys of view $view, then its own" \
        "$(jmlctl "${view%s}" list --json | jq -r '.[0] | keys_unsorted | join(",")')" \
        "$(q "SELECT string_agg(attname, ',' ORDER BY attnum) FROM pg_attribute
              WHERE attrelid = 'jml.$view'::regclass AND attnum > 0")$more"
done
is "times in --json are RFC 3339 in UTC with seconds" \
    "$(jmlctl assignment list --json | jq -r '.[0] | .starts_at + " " + .ends_at')" \
    '2026-07-01T03:00:00Z 2026-07-31T03:00:00Z'
is "and in --csv" "$(jmlctl assignment list --csv | grep -c '2026-07-31T03:00:00Z')" 1
like "people get the caller's zone" "$(jmlctl assignment list)" '2026-07-31 04:00 WEST'
like "TZ decides which" "$(TZ=UTC jmlctl assignment list)" '2026-07-31 03:00 UTC'
like "numbers, booleans and JSON keep their types" \
    "$(jmlctl workflow show 'Sales joiner' --json | jq -c '.[0] | [.version, .enabled, .document]')" \
    '^\[1,true,\{\}\]$'
is "NULL is null in --json" "$(jmlctl assignment list --json | jq '.[0].expired_at')" null
is "quotes, commas and line ends survive --csv" "$(jmlctl package list --csv | python3 -c '
import csv, sys
print([r["description"] for r in csv.DictReader(sys.stdin) if r["display_name"] == "Sales"])')" \
    "['says \"hello\", and goes\\non']"
is "a formula is harmless in --csv" "$(jmlctl package list --csv | python3 -c '
import csv, sys
print([(r["display_name"], r["description"]) for r in csv.DictReader(sys.stdin)][0])')" \
    "(\"'=Formula\", \"'+1\")"
is "and itself in --json" "$(jmlctl package list --json | jq -r '.[0].display_name')" '=Formula'
is "a line end does not break a table" "$(jmlctl package list | wc -l)" 3
is "columns of a table stand below each other, by display width" \
    "$(jmlctl person list | python3 -c '
import sys, unicodedata
def cells(s): return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in s)
head, row = sys.stdin.read().splitlines()
print(head.index("STATE") == cells(row[:row.index("active")]))')" True
like "show is key: value" "$(jmlctl package show Sales)" '^catalog: +Company$'
like "show has the tables inside, in the person's zone" "$(jmlctl run show 00000000-0000-4000-8000-000000000011)" \
    '^ +0  First task +completed +2026-07-01 00:00 -03 +-'
is "a thing is found by id or by name" "$(jmlctl package show Sales --json)" \
    "$(jmlctl package show 00000000-0000-4000-8000-0000000000A1 --json)"
is "a policy is found within its package" \
    "$(jmlctl policy show Sales 'Thirty days' --json | jq -r '.[0].id')" \
    00000000-0000-4000-8000-0000000000b1
like "the audit of a person is in the person's zone" "$(jmlctl person timeline E1 --audit)" \
    '^2026-07-01 00:00 -03 +person .*employed'
like "it has what HR said" "$(jmlctl person timeline E1 --audit)" 'received: joiner'
is "somebody only an event names has one, too" \
    "$(jmlctl person timeline E2 --audit --json | jq -r '.[0].sentence')" \
    'received: leaver, effective 2026-12-31'
for filter in 'assignment list --package Sales' 'assignment list --state open' \
    'assignment list --employee E1' 'assignment list --policy Thirty\ days' \
    'assignment list --package 00000000-0000-4000-8000-0000000000a1' \
    'assignment list --catalog Company' \
    'request list --catalog Company --employee E1' 'package review Sales --never' \
    'event list --state pending --employee E1' 'event list --limit 1' 'event list --source sql --limit 1' \
    'person list --state active' 'run list --workflow Sales\ joiner' 'run list --employee E1' \
    'request list --type systemAdd' 'request list --employee E1' 'policy list --package Sales' \
    'notification list --kind welcome' 'rollout list --open' 'audit list --object assignment' \
    'audit list --since 2020-01-01 --employee E1 --limit 1'; do
    is "$filter finds one" "$(eval "jmlctl $filter --json" | jq length)" 1
done
for filter in 'assignment list --after 00000000-0000-4000-8000-000000000021' 'assignment list --state expired' \
    'assignment conflicts' 'assignment conflicts Sales' 'request list --state open' 'request list --approver E1' 'assignment list --package =Formula' \
    'event list --dangling' 'person list --held' 'run list --state held' \
    'notification list --state sent' 'audit list --until 2020-01-01' 'audit list --actor nobody'; do
    is "$filter finds none" "$(eval "jmlctl $filter --json" | jq length)" 0
done

for filter in 'assignment list --package P404' 'assignment list --policy P404' 'run list --workflow P404' \
    'assignment list --catalog P404' 'assignment conflicts P404' 'package review P404' 'package delete P404' \
    'request list --package P404' 'policy list --package 00000000-0000-4000-8000-00000000dead' \
    'policy show P404 Q'; do
    like "$filter is no empty list" "$(eval "said jmlctl $filter")" \
        "^1 jmlctl: no (package|policy|workflow|catalog) '.*(404|dead)'; jmlctl (package|policy|workflow) list$"
done
is "a policy that a package does not have is named" "$(said jmlctl policy show Sales nope)" \
    "1 jmlctl: package 'Sales' has no policy 'nope'; jmlctl policy list --package 'Sales'"
status "export knows no --csv" 64 jmlctl --csv export

# ---- rows for the daemon

is "event submit prints the id" \
    "$(jmlctl event submit --kind mover --employee E1 --on 2027-01-01 --ref m1 \
        --attributes '{"department":"Legal"}')" 3
is "and stores what was said" \
    "$(q "SELECT kind, employee_id, effective_on, source, source_ref, attributes, state
          FROM jml.event WHERE id = 3")" \
    'mover|E1|2027-01-01|sql|m1|{"department": "Legal"}|pending'
again=(--kind mover --employee E1 --on 2027-01-01 --ref m1 --attributes '{"department": "Legal"}')
like "the same again changes nothing" "$(said jmlctl event submit "${again[@]}")" \
    '^0 jmlctl: 1 had been submitted before$'
is "something else under the same key is refused, with what to do instead" \
    "$(said jmlctl event submit --kind mover --employee E1 --on 2027-01-02 --ref m1)" \
    "1 jmlctl: --ref m1 was submitted before with other effective_on, attributes; to change that \
event submit this one with a --ref of its own and --supersedes m1"
is "and changes nothing, either" "$(q "SELECT count(*) FROM jml.event WHERE source_ref = 'm1'
    AND effective_on = '2027-01-01'")" 1
is "an instant is the same in another zone" \
    "$(for at in 2027-01-01T00:00:00Z 2027-01-01T01:00:00+01:00; do
        said jmlctl event submit --kind mover --employee E1 --at $at --ref m2 | cut -c1; done | xargs)" '0 0'
is "a default may be said or not" "$(said jmlctl event submit "${again[@]}" --employment main --source sql)" \
    '0 jmlctl: 1 had been submitted before'
q "DELETE FROM jml.event WHERE source_ref = 'm2'"
lines=$(printf '%s\n' \
    '{"kind":"joiner","employee_id":"E8","effective_on":"2027-01-01","source":"hr","source_ref":"8","sequence":4}' \
    '' '{"kind":"leaver","employee_id":"E8","attributes":{"immediate":true}}')
is "event submit reads JSON lines" \
    "$(printf '%s\n' "$lines" | jmlctl event submit --json | jq -r 'map(.subject + " " + .state) | join(",")')" \
    'E8 pending,E8 pending'
before=$(q 'SELECT count(*) FROM jml.event')
is "another batch replays the same events" \
    "$(printf '%s\n' "$lines" | head -n 1 | sed 's/}$/,"batch":"second"}/' | said jmlctl event submit)" \
    '0 jmlctl: 1 had been submitted before'
is "a line that says something else under its key is named" \
    "$(printf '%s\n' "$lines" '{"kind":"leaver","employee_id":"E8","effective_on":"2027-01-01","source":"hr","source_ref":"8"}' |
        said jmlctl event submit)" \
    "1 jmlctl: standard input:4: source_ref 8 was submitted before with other kind, sequence; to \
change that event submit this one with a source_ref of its own and supersedes 8"
like "a line that is no event is named" \
    "$(printf '%s\n' "$lines" '{"kind":"joiner","name":"x"}' | said jmlctl event submit -)" \
    '^1 jmlctl: standard input:4: name: no column of an event'
like "so is one that the database refuses" \
    "$(printf '%s\n' '{"kind":"boss","employee_id":"E9","effective_on":"2027-01-01"}' |
        said jmlctl event submit)" '^1 jmlctl: standard input:1: kind: '
# what is wrong, what the message begins with behind the place, members beside kind and employee_id
while IFS='|' read -r wrong names members; do
    like "$wrong is refused, naming line and member" \
        "$(printf '\n{"kind":"mover","employee_id":"E9",%s}\n' "$members" | said jmlctl event submit)" \
        "^1 jmlctl: standard input:2: $names"
done <<'END'
tomorrow as a date|effective_on tomorrow: not a date such as|"effective_on":"tomorrow"
a date with slashes|effective_on 12/11/2026: not a date|"effective_on":"12/11/2026"
a date with a time|effective_on 2026-12-11T00:00:00Z: not a date|"effective_on":"2026-12-11T00:00:00Z"
a 30th of February|effective_on 2027-02-30: not a date|"effective_on":"2027-02-30"
an instant without a zone|effective_at 2026-12-11T08:00:00: not an RFC 3339 time|"effective_at":"2026-12-11T08:00:00"
now as an instant|effective_at now: not an RFC 3339 time|"effective_at":"now"
a day as an instant|effective_at 2026-12-11: not .*for a day use effective_on|"effective_at":"2026-12-11"
a sequence with a fraction|sequence: not a whole number|"effective_on":"2026-12-11","sequence":1.5
a sequence that is true|sequence: not a whole number|"effective_on":"2026-12-11","sequence":true
a sequence with an exponent|sequence: not a whole number|"effective_on":"2026-12-11","sequence":1e3
a sequence that is a word|sequence: not a whole number|"effective_on":"2026-12-11","sequence":"0x1"
a sequence beyond all numbers|sequence: not a whole number|"effective_on":"2026-12-11","sequence":99999999999999999999
a member that stands twice|effective_on stands twice|"effective_on":"2026-12-11","effective_on":"2026-12-12"
one with another spelling|kind stands twice|"effective_on":"2026-12-11","k\u0069nd":"leaver"
an attribute that stands twice|attributes/manager stands twice|"effective_on":"2026-12-11","attributes":{"manager":"A","manager":"B"}
END
like "an attribute of an option that stands twice is refused, too" \
    "$(said jmlctl event submit --kind mover --employee E9 --on 2026-12-11 --attributes '{"a":1,"a":2}')" \
    '^64 jmlctl: --attributes: a stands twice'
is "then nothing of the file was submitted" "$(q 'SELECT count(*) FROM jml.event')" "$before"
status "--immediate needs no date" 0 jmlctl event submit --kind leaver --employee E9 --immediate
like "an event without a date is wrong usage" "$(said jmlctl event submit --kind mover --employee E9)" \
    '^64 jmlctl: --on or --at: '
like "an event without a person, too" "$(said jmlctl event submit --kind mover --on 2027-01-01)" \
    '^64 jmlctl: --employee'
# what is wrong, the option that the message begins with, the options
while IFS='|' read -r wrong option options; do
    eval "set -- $options"
    like "$wrong is wrong usage, naming $option" \
        "$(said jmlctl event submit "$@")" "^64 jmlctl: (option )?$option[ :]"
done <<'END'
a wrong kind|--kind|--kind starter --employee E9 --on 2027-01-01
both dates|--on or --at|--kind mover --employee E9 --on 2027-01-01 --at 2027-01-01T00:00:00Z
an impossible date|--on|--kind mover --employee E9 --on 2027-02-29
an infinite date|--on|--kind mover --employee E9 --on infinity
a date of another age|--on|--kind mover --employee E9 --on 1899-12-31
an impossible time|--at|--kind mover --employee E9 --at 2027-02-29T00:00:00Z
a time of another age|--at|--kind mover --employee E9 --at 2201-01-01T00:00:00Z
a time without a zone|--at|--kind mover --employee E9 --at 2027-01-01T00:00:00
an empty id|--employee|--kind mover --employee '' --on 2027-01-01
a blank before an id|--employee|--kind mover --employee ' E9' --on 2027-01-01
a blank behind an id|--employee|--kind mover --employee 'E9 ' --on 2027-01-01
an employment of nobody|--employment|--kind mover --employee E9 --on 2027-01-01 --employment ''
all employments of a mover|--employment|--kind mover --employee E9 --on 2027-01-01 --employment '*'
an empty source|--source|--kind mover --employee E9 --on 2027-01-01 --source ''
an empty reference|--ref|--kind mover --employee E9 --on 2027-01-01 --ref ''
a withdrawal of nothing|--supersedes|--kind rescind --employee E9
an event that supersedes itself|--supersedes|--kind mover --employee E9 --on 2027-01-01 --ref a --supersedes a
attributes that are no object|--attributes|--kind mover --employee E9 --on 2027-01-01 --attributes '[]'
attributes that are no JSON|--attributes|--kind mover --employee E9 --on 2027-01-01 --attributes '{"a":}'
attributes 40 deep|--attributes|--kind mover --employee E9 --on 2027-01-01 --attributes "{\"a\":$(printf '[%.0s' {1..40})$(printf ']%.0s' {1..40})}"
END
is "nothing of that was submitted" "$(q "SELECT count(*) FROM jml.event WHERE employee_id LIKE '%E9%'")" 1

add=(assignment add Sales --policy 'Thirty days' --end 2026-12-31 --justification 'a "reason"')
is "assignment add prints the id" "$(jmlctl "${add[@]}" --employee E1 | wc -l)" 1
is "of several people an id each, and who has it is skipped" \
    "$(jmlctl "${add[@]}" --employee E1 E77 E78 2> /dev/null | wc -l)" 2
is "which is said" "$(said jmlctl "${add[@]}" --employee E1 E77 | tr -d '\n' | sed -E 's/[0-9a-f-]{36}/ID/g')" \
    '0 jmlctl: E1: skipped: holds it already (assignment ID)jmlctl: E77: skipped: a request waits (ID, submitted)'
is "a day's end is counted in the person's zone, else in the default zone" \
    "$(q "SELECT string_agg(target_employee_id || ' ' || jml.canonical(ends_at), ',' ORDER BY target_employee_id)
          FROM jml.assignment_request WHERE request_type = 'adminAdd'")" \
    'E1 2027-01-01T03:00:00Z,E77 2027-01-01T00:00:00Z,E78 2027-01-01T00:00:00Z'
is "a person nobody knows is left for the daemon to deny" \
    "$(q "SELECT target_id IS NULL AND state = 'submitted' FROM jml.assignment_request
          WHERE target_employee_id = 'E77'")" t
status "words behind --employee are people wherever they stand" 0 \
    jmlctl assignment add --employee E1 E2 Sales
like "a policy of another package is no policy" \
    "$(said jmlctl assignment add =Formula --policy 'Thirty days' --employee E1)" '^1 .*has no policy'
like "a package without a policy needs one named" \
    "$(said jmlctl assignment add =Formula --employee E1)" '^64 .*0 enabled policies'
status "assignment update of a package and a person" 0 \
    jmlctl assignment update Sales --employee E1 --end 2026-09-01T12:00:00Z
is "asks for the new end" \
    "$(q "SELECT request_type, assignment_id, jml.canonical(ends_at), starts_at IS NULL
          FROM jml.assignment_request WHERE request_type = 'adminUpdate'")" \
    'adminUpdate|00000000-0000-4000-8000-000000000021|2026-09-01T12:00:00Z|t'
status "assignment update without a date is wrong usage" 64 \
    jmlctl assignment update 00000000-0000-4000-8000-000000000021
status "assignment remove by id" 0 jmlctl assignment remove 00000000-0000-4000-8000-000000000021
like "assignment remove of what is not held" "$(said jmlctl assignment remove Sales --employee E2)" \
    "^1 jmlctl: E2 holds no assignment of 'Sales'$"
like "--wait gives up after the time said" \
    "$(said jmlctl person hold E1 --reason x --wait=200ms)" '^75 jmlctl: 1 still undecided'
is "the command is there all the same" \
    "$(q "SELECT kind, employee_id, arguments, state FROM jml.command WHERE state = 'pending'")" \
    'person_hold|E1|{"reason": "x"}|pending'
is "workflow run makes a command a person" \
    "$(jmlctl workflow run 'Sales joiner' --employee E1 --employee E1 --json | jq length)" 2
like "workflow run for nobody known is refused" \
    "$(said jmlctl workflow run 'Sales joiner' --employee E404)" '^1 jmlctl: E404: refused: no_person'
status "workflow run for nobody is wrong usage" 64 jmlctl workflow run 'Sales joiner'
(
    q "SELECT pg_sleep(0.3); UPDATE jml.command SET state = 'done' WHERE kind = 'run_cancel'" \
        >/dev/null
) &
status "--wait ends when it is done" 0 \
    jmlctl run cancel --wait 00000000-0000-4000-8000-000000000011
wait
(
    until_true 10 "SELECT EXISTS (SELECT FROM jml.event WHERE employee_id = 'E405')"
    q "UPDATE jml.event SET state = 'done', error = 'closes_nothing: x' WHERE employee_id = 'E405'" \
        >/dev/null
) &
like "--wait tells of a warning" \
    "$(said jmlctl event submit --kind leaver --employee E405 --immediate --wait)" \
    '^0 jmlctl: E405: warning: closes_nothing: x$'
wait

# ---- health and verify find what was planted

q "UPDATE jml.event SET state = 'done', error = 'closes_nothing: no employment' WHERE id = 2;
   SET ROLE jml_daemon;
   INSERT INTO jml.daemon (id, name, version) VALUES (gen_random_uuid(), 'test', '1');
   UPDATE jml.person SET removal_at = now() - interval '1 h', held_at = now(), held_reason = 'x'
   WHERE employee_id = 'E1'" >/dev/null
health=$(jmlctl health --json)
status "health fails" 1 jmlctl health
for check in 'overdue removals' 'held removals' 'dangling leavers'; do
    is "health: $check" "$(jq -r --arg c "$check" '.[] | select(.check == $c).state' <<<"$health")" failed
done
is "health: a daemon runs" "$(jq -r '.[] | select(.check == "daemon").state' <<<"$health")" ok
is "event list --dangling" \
    "$(jmlctl event list --dangling --json | jq -r 'map(.employee_id) | join(" ")')" 'E405 E2'
like "status shows the held" "$(jmlctl status)" '^held +people +1 '
q "INSERT INTO jml.audit (at, actor, object_type, object_id, from_state, to_state)
   VALUES (now(), 'x', 'event', '1', 'held', 'done')" >/dev/null
like "audit verify finds a story that does not fit" "$(said jmlctl audit verify)" \
    '^1 jmlctl: audit verify: [0-9]+ problem'
is "and names it" \
    "$(jmlctl audit verify --json 2>/dev/null | jq 'map(select(.object_type == "event" and .object_id == "1")) | length > 0')" true

# ---- rights

q "CREATE ROLE anna LOGIN IN ROLE jml_auditor; CREATE ROLE otto LOGIN IN ROLE jml_operator" >/dev/null
as() { env JML_DATABASE="$JML_DATABASE user=$1" jmlctl "${@:2}"; }
for list in "${lists[@]}"; do
    [ "$list" != health ] || continue
    # shellcheck disable=SC2086 # words
    status "an auditor may: $list" 0 as anna $list
done
for change in 'person hold E1' 'workflow disable Sales\ joiner' 'assignment add Sales --employee E1' \
    'event submit --kind leaver --employee E1 --immediate' 'event retry 1'; do
    like "an auditor may not: $change" "$(eval "said as anna $change")" '^1 jmlctl: permission denied for'
    is "in one line: $change" "$(eval "as anna $change" 2>&1 | wc -l)" 1
done
status "an operator may hold a person" 0 as otto person hold E1
status "an operator may request a package" 0 as otto assignment add Sales --employee E1
is "in their own name" "$(q "SELECT count(*) FROM jml.assignment_request WHERE requestor = 'otto'")" 1
q "CREATE ROLE fred LOGIN IN ROLE jml_feed; INSERT INTO jml.source VALUES ('bound', 'fred')" >/dev/null
again=(--kind mover --employee E1 --on 2027-03-01 --source open)
for role in otto fred; do
    like "$role may submit an event" "$(as $role event submit "${again[@]}" --ref $role)" '^[0-9]+$'
    is "$role: the same again is none" "$(said as $role event submit "${again[@]}" --ref $role)" \
        '0 jmlctl: 1 had been submitted before'
    like "$role: another one under its key is told apart" \
        "$(said as $role event submit "${again[@]}" --ref $role --employment second)" \
        "^1 .* was submitted before with other employment"
done
like "a feed submits lines to its own source" \
    "$(echo '{"kind":"leaver","employee_id":"E1","effective_on":"2027-03-01","source":"bound"}' |
        as fred event submit)" '^[0-9]+$'
like "an operator does not speak for a source that is bound" \
    "$(said as otto event submit --kind leaver --employee E1 --on 2027-03-01 --source bound)" \
    '^1 jmlctl: new row violates row-level security'
like "a feed may do nothing else" "$(said as fred person hold E1)" '^1 jmlctl: permission denied'

# ---- output that cannot be written

if [ -e /dev/full ]; then
    for format in '' --json --csv; do
        # shellcheck disable=SC2086 # none is no word
        is "a full disk is told $format" \
            "$(jmlctl $format event list 2>&1 >/dev/full | cut -c1-31; echo "${PIPESTATUS[0]}")" \
            'jmlctl: cannot write the output
1'
    done
fi
q "INSERT INTO jml.event (kind, employee_id, effective_on)
   SELECT 'joiner', 'B' || i, '2027-01-01' FROM generate_series(1, 20000) i" >/dev/null
is "a reader that goes away is no error message" \
    "$( (jmlctl event list --csv | head -n 2 | wc -l) 2>&1)" 2
is "all rows arrive" "$(jmlctl event list --json | jq length)" \
    "$(q 'SELECT count(*) FROM jml.event')"
# a long table needs no more memory than a short one
peak() { { command time -f %M jmlctl "$@" >/dev/null; } 2>&1 | tail -n 1; }
if command -v time >/dev/null 2>&1 && [ -x "$(command -v time)" ]; then
    little=$(peak event list --limit 500)
    ok "memory stays flat" test "$(peak event list)" -lt $((little + 4000))
else
    skip "memory stays flat" "no time(1)"
fi
finish
