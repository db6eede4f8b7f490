#!/bin/bash
# SPDX-License-Identifier: MIT
# timeout: 240
#
# What a feed may do, what nobody may do to the audit, and what becomes of changes by hand.
set -u
. "$JML_SRC/tests/lib/tap.sh"
. "$JML_SRC/tests/lib/story.sh"

world feed
{
    package P none
    package M P30D
    workflow W hire:0 "(department eq 'A')" request:P/none request:M/P30D
    category=joiner workflow Later hire:20 "(department eq 'A')" request:P/none
} | company
q "CREATE ROLE hr LOGIN IN ROLE jml_feed; CREATE ROLE crm LOGIN IN ROLE jml_feed;
   CREATE ROLE olga LOGIN IN ROLE jml_operator; CREATE ROLE aldo LOGIN IN ROLE jml_auditor;
   CREATE ROLE nobody LOGIN; CREATE ROLE root2 LOGIN SUPERUSER" > "$work/x"
as() { PGUSER=$1 psql -X -q -A -t -v ON_ERROR_STOP=1 -c "$2" 2>&1; }
may() { # role, sentence, statement
    local status=0 said
    said=$(as "$1" "$3") || status=$?
    tap_line "$status" "$1 may $2"
    [ "$status" = 0 ] || printf '%s\n' "$said" | sed 's/^/# /'
}
may_not() {
    local status=0 said
    said=$(as "$1" "BEGIN; $3; ROLLBACK") || status=$?
    if [ "$status" = 0 ]; then
        tap_line 1 "$1 may not $2"
    else
        like "$1 may not $2" "$said" "${4:-permission denied|row-level security|append-only|must be owner}"
    fi
}

# ---- the feed

may_not hr "copy into events" "COPY jml.event (kind, employee_id, effective_on) FROM STDIN" 'COPY FROM not supported with row-level security'
# the example of jmld(8), with a row
sed -n '/^CREATE TEMPORARY TABLE staged/,/^\.Ed/p' "$JML_SRC/man/jmld.8" | sed '/^\.Ed/d' |
    sed "s/^COPY staged FROM STDIN;/&\njoiner\tstaged\t$(day 0)\t{}\ts1\n\\\\./" > "$work/staged.sql"
is "hr may copy into a table of its own, and insert from there" \
    "$({ echo 'BEGIN;'; cat "$work/staged.sql"; echo "SELECT source, source_ref, state FROM jml.event WHERE source_ref = 's1'; ROLLBACK;"; } |
        PGUSER=hr psql -X -q -A -t -v ON_ERROR_STOP=1 2>&1)" 'hr|s1|pending'

rows="SELECT 'hr', 'r' || i, 'b1', 'joiner', 'E' || i, 'main', '$(day 0)'::date, i, '{\"department\":\"A\"}'::jsonb FROM generate_series(1, 50) i"
insert="INSERT INTO jml.event (source, source_ref, batch, kind, employee_id, employment, effective_on, sequence, attributes) $rows"
may hr "insert events" "$insert"
may hr "insert one without a source" "INSERT INTO jml.event (kind, employee_id, effective_on) VALUES ('joiner', 'S1', '$(day 0)')"
may hr "insert an instant" "INSERT INTO jml.event (kind, employee_id, effective_at, supersedes, source) VALUES ('mover', 'S1', now(), 'x', 'hr')"
once
before=$(q "SELECT md5(string_agg(e::text, '' ORDER BY id)) FROM jml.event e")$(q 'SELECT count(*) FROM jml.audit')
may hr "replay the whole feed" "$insert ON CONFLICT (source, source_ref) DO NOTHING"
may hr "replay it with any conflict" "$insert ON CONFLICT DO NOTHING"
once
is "and nothing has changed" "$(q "SELECT md5(string_agg(e::text, '' ORDER BY id)) FROM jml.event e")$(q 'SELECT count(*) FROM jml.audit')" "$before"
is "nobody has two of anything" "$(q "SELECT count(*), count(DISTINCT (employee_id, access_package)) FROM jml.assignments WHERE employee_id LIKE 'E%'")" '100|100'
may hr "read what became of them" "SELECT id, source, source_ref, state, error FROM jml.event"
is "they are done" "$(as hr "SELECT count(*) FROM jml.event WHERE source = 'hr' AND state = 'done' AND source_ref IS NOT NULL")" 50
may hr "get the ids back" "INSERT INTO jml.event (kind, employee_id, effective_on) VALUES ('mover', 'S1', '$(day 0)') RETURNING id, state"
for column in "state|'done'" "error|'x'" "received_at|now()" "done_at|now()" "time_zone|'UTC'" "id|7"; do
    may_not hr "insert a value for ${column%|*}" \
        "INSERT INTO jml.event (kind, employee_id, effective_on, ${column%|*}) $([ "${column%|*}" = id ] && echo 'OVERRIDING SYSTEM VALUE') VALUES ('joiner', 'X', '$(day 0)', ${column#*|})"
done
for column in kind employee_id attributes effective_on effective_at received_at done_at batch '*'; do
    may_not hr "read $column" "SELECT $column FROM jml.event"
done
may_not hr "change an event" "UPDATE jml.event SET state = 'pending'"
may_not hr "change its attributes" "UPDATE jml.event SET attributes = '{}'"
may_not hr "overwrite on conflict" "$insert ON CONFLICT (source, source_ref) DO UPDATE SET attributes = '{}'"
may_not hr "delete events" "DELETE FROM jml.event"
may_not hr "truncate them" "TRUNCATE jml.event"
for table in person run task_run assignment assignment_request approval delivery notification audit command queue \
    workflow workflow_version access_package assignment_policy rollout daemon configuration migration transition \
    assignments requests runs deliveries timeline; do
    may_not hr "read $table" "SELECT count(*) FROM jml.$table"
done
may_not hr "ask for a package" "INSERT INTO jml.assignment_request (request_type) VALUES ('adminAdd')"
may_not hr "give a command" "INSERT INTO jml.command (kind, object_id) VALUES ('person_hold', 'E1')"
may_not hr "write the queue" "INSERT INTO jml.queue (class, kind) VALUES (0, 'wake')"
may_not hr "write the audit" "INSERT INTO jml.audit (at, actor, object_type, object_id) VALUES (now(), 'hr', 'event', '1')"
may_not hr "become the daemon" "SET ROLE jml_daemon"
may_not hr "become the owner" "SET ROLE jml_owner"
may_not hr "make tables" "CREATE TABLE jml.mine (a int)"
may_not hr "switch off a trigger" "ALTER TABLE jml.event DISABLE TRIGGER ALL"
may_not hr "set the replication role" "SET session_replication_role = replica"
may_not nobody "insert events" "INSERT INTO jml.event (kind, employee_id, effective_on) VALUES ('joiner', 'X', '$(day 0)')"
may_not nobody "look at anything" "SELECT count(*) FROM jml.timeline"
may_not aldo "insert events" "INSERT INTO jml.event (kind, employee_id, effective_on) VALUES ('joiner', 'X', '$(day 0)')"
may aldo "read the timeline" "SELECT count(*) FROM jml.timeline"
may_not aldo "give a command" "INSERT INTO jml.command (kind, object_id) VALUES ('person_hold', 'E1')"
may_not olga "write assignments" "UPDATE jml.assignment SET state = 'expired'"
may_not olga "write people" "UPDATE jml.person SET state = 'left'"
may olga "give a command" "INSERT INTO jml.command (kind, object_id) VALUES ('person_hold', 'S1')"
may_not olga "in another name" "INSERT INTO jml.command (kind, object_id, actor) VALUES ('person_hold', 'E1', 'aldo')"
once
is "the command is done in her name" "$(q "SELECT state, actor FROM jml.command")" 'done|olga'

# ---- the audit

for who in postgres root2 olga aldo hr jml_none; do
    [ "$who" != jml_none ] || continue
    may_not $who "update the audit" "UPDATE jml.audit SET reason = 'x'"
    may_not $who "update no row of it" "UPDATE jml.audit SET reason = 'x' WHERE false"
    may_not $who "delete from it" "DELETE FROM jml.audit WHERE id = 1"
    may_not $who "delete nothing from it" "DELETE FROM jml.audit WHERE false"
    may_not $who "truncate it" "TRUNCATE jml.audit"
    may_not $who "truncate it along with others" "TRUNCATE jml.audit, jml.event CASCADE"
done
for role in jml_owner jml_daemon jml_operator; do
    may_not postgres "update it as $role" "SET ROLE $role; UPDATE jml.audit SET actor = 'x' WHERE false"
    may_not postgres "delete from it as $role" "SET ROLE $role; DELETE FROM jml.audit"
    may_not postgres "truncate it as $role" "SET ROLE $role; TRUNCATE jml.audit"
done
may_not postgres "merge into it" "MERGE INTO jml.audit a USING (SELECT 1) x ON a.id = 1 WHEN MATCHED THEN UPDATE SET actor = 'x'" \
    'append-only|permission denied|MERGE'
is "not a row is missing or changed" "$(q "SELECT count(*) = max(id) - min(id) + 1 OR count(*) > 0 FROM jml.audit")" t
ok "it verifies" jmlctl audit verify

# ---- changes by hand

last() { q "SELECT actor, object_type, from_state, to_state, rule IS NULL FROM jml.audit WHERE actor = '$1' ORDER BY id DESC LIMIT 1"; }
id=$(q "SELECT id FROM jml.assignments WHERE employee_id = 'E1' AND access_package = 'P'")
as root2 "UPDATE jml.assignment SET state = 'expired', expired_at = now(), end_reason = 'removed' WHERE id = '$id'" > "$work/x"
is "an assignment ended by hand is audited in that role's name" "$(last root2)" 'root2|assignment|delivered|expired|t'
is "with person and id" "$(q "SELECT employee_id, object_id FROM jml.audit WHERE actor = 'root2'")" "E1|$id"
is "and wakes the person" "$(q "SELECT kind, employee_id FROM jml.queue")" 'wake|E1'
once
is "who is looked at" "$(q 'SELECT count(*) FROM jml.queue')" 0
ok "and it verifies" jmlctl audit verify
run=$(q "SELECT id FROM jml.runs WHERE employee_id = 'E2' AND state = 'scheduled'")
as root2 "UPDATE jml.run SET state = 'canceled', cancel_cause = 'operator' WHERE id = '$run'" > "$work/x"
is "a run canceled by hand" "$(last root2)" 'root2|run|scheduled|canceled|t'
as root2 "UPDATE jml.notification SET state = 'failed' WHERE id = (SELECT id FROM jml.notification LIMIT 1)" > "$work/x"
as root2 "UPDATE jml.person SET state = 'left' WHERE employee_id = 'E3'" > "$work/x"
is "a person said to have left" "$(last root2)" 'root2|person|active|left|t'
once
is "is what the events say they are, after the next look" "$(state_of E3)" active
is "and keeps what they held" "$(holds E3)" 'M P'
as root2 "UPDATE jml.assignment SET ends_at = now() + interval '3 days' WHERE target_id = (SELECT id FROM jml.person WHERE employee_id = 'E4') AND ends_at IS NOT NULL" > "$work/x"
is "an end moved by hand is audited" "$(q "SELECT actor, object_type, detail ? 'ends_at' FROM jml.audit ORDER BY id DESC LIMIT 1")" 'root2|assignment|t'
once
ok "the alarm clock follows it" test "$(q "SELECT due_at < now() + interval '4 days' FROM jml.person WHERE employee_id = 'E4'")" = t
at "$(instant 4 12:00)"
is "and it ends then" "$(holds E4)" P
as root2 "DELETE FROM jml.assignment WHERE target_id = (SELECT id FROM jml.person WHERE employee_id = 'E5')" > "$work/x"
is "what is deleted by hand is on record, too" "$(q "SELECT actor, object_type, to_state IS NULL, count(*) FROM jml.audit WHERE to_state IS NULL AND actor = 'root2' GROUP BY 1, 2, 3")" 'root2|assignment|t|2'
as root2 "SET ROLE jml_owner; UPDATE jml.assignment SET state = 'expired' WHERE target_id = (SELECT id FROM jml.person WHERE employee_id = 'E6')" > "$work/x"
is "SET ROLE hides nobody" "$(q "SELECT DISTINCT actor FROM jml.audit WHERE employee_id = 'E6' AND rule IS NULL")" root2
as root2 "UPDATE jml.workflow SET enabled = false WHERE display_name = 'Later'" > "$work/x"
is "a workflow, too" "$(last root2)" 'root2|workflow|enabled|disabled|t'
as root2 "UPDATE jml.person SET attributes = attributes || '{\"x\":\"SECRET-VALUE\"}' WHERE employee_id = 'E7'" > "$work/x"
is "no value of an attribute gets into the audit" "$(q "SELECT count(*) FROM jml.audit a WHERE a::text LIKE '%SECRET-VALUE%'")" 0
at "$(instant 4 13:00)"
ok "the audit verifies after all that" jmlctl audit verify
as root2 "ALTER TABLE jml.assignment DISABLE TRIGGER USER; UPDATE jml.assignment SET state = 'expired' WHERE target_id = (SELECT id FROM jml.person WHERE employee_id = 'E8'); ALTER TABLE jml.assignment ENABLE TRIGGER USER" > "$work/x"
status "what was done behind its back is found" 1 jmlctl audit verify
is "and named" "$(jmlctl audit verify --json 2> /dev/null | jq -r '[.[].object_type] | unique | join(" ")')" assignment
finish
