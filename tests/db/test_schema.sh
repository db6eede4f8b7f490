#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The schema on a private PostgreSQL: migrations, then each tests/db/*.sql (pgTAP, rolled back),
# then what needs two sessions or two databases. Prints TAP.

here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
. "$top/tests/lib/pg.sh"

n=0
failed=0
ok()
{
    n=$((n + 1))
    if [ "$1" = 0 ]; then
        echo "ok $n - $2"
    else
        failed=1
        echo "not ok $n - $2"
        [ -z "${3:-}" ] || printf '%s\n' "$3" | sed 's/^/# /'
    fi
}
sql()
{
    psql -XAtq -v ON_ERROR_STOP=1 "$@" 2>&1
}

pg_start || { echo 'Bail out! no PostgreSQL'; exit 99; }
sql -c 'CREATE ROLE owner_of_b LOGIN CREATEROLE' -c 'CREATE DATABASE b OWNER owner_of_b' \
    -c 'CREATE DATABASE c' -c 'CREATE DATABASE d' -c 'CREATE DATABASE e' >&2
if [ "$(sql -c "SELECT count(*) FROM pg_available_extensions WHERE name = 'pgtap'")" != 1 ]; then
    echo '1..0 # SKIP pgTAP is not installed (apt install postgresql-15-pgtap)'
    exit 0
fi

# ---- migrations

# the roles do not exist yet: two databases make them at the same moment
pg_migrate "$top/sql/migrations" d >"$pg_dir/d.out" 2>&1 &
first=$!
pg_migrate "$top/sql/migrations" e >"$pg_dir/e.out" 2>&1 &
second=$!
wait $first
ok $? 'migrates while another database of the cluster migrates' "$(cat "$pg_dir/d.out")"
wait $second
ok $? 'and that one does too' "$(cat "$pg_dir/e.out")"

out=$(pg_migrate "$top/sql/migrations" 2>&1)
ok $? 'migrates when the roles exist' "$out"
out=$(PGUSER=owner_of_b pg_migrate "$top/sql/migrations" b 2>&1)
ok $? 'migrates as the owner of the database with CREATEROLE, without superuser' "$out"

# what an older version left over
mkdir "$pg_dir/old"
cp "$top"/sql/migrations/000*.sql "$top"/sql/migrations/001[01]*.sql "$pg_dir/old"
sql -c 'CREATE DATABASE f' >&2
out=$(pg_migrate "$pg_dir/old" f > "$pg_dir/f.out" 2>&1 && sql -d f -c "
    INSERT INTO jml.event (kind, employee_id, effective_on) VALUES ('joiner', 'E1', '2026-12-01'), ('mover', 'E1', '2026-12-02'), ('joiner', 'E2', '2026-12-01');
    UPDATE jml.event SET state = 'rejected' WHERE kind = 'mover';
    DELETE FROM jml.event WHERE employee_id = 'E2';
    INSERT INTO jml.assignment_request (request_type) VALUES ('adminAdd');
    INSERT INTO jml.approval (request_id, decision) SELECT id, 'approve' FROM jml.assignment_request;
    DELETE FROM jml.queue WHERE kind = 'wake'" &&
    cp "$top"/sql/migrations/*.sql "$pg_dir/old" &&
    rm "$pg_dir"/old/000* "$pg_dir"/old/001[01]* && pg_migrate "$pg_dir/old" f > "$pg_dir/f.out" 2>&1 &&
    sql -d f -c "SELECT 'left', count(*), min(kind) FROM jml.queue" -c "SELECT state, split_part(error, ':', 1) FROM jml.approval" \
        -c "SELECT to_state FROM jml.audit WHERE object_type = 'approval'" -c "SELECT actor IS NULL FROM jml.assignment_request")
ok "$([ "$out" = "left|1|event
refused|not_supported
refused
t" ]; echo $?)" 'an older database migrates; nothing stays in its queue that nobody works off' "$out"

# a dump restores as a whole: nothing depends on a search_path or on the order of the files
out=$("$pg_bin/pg_dump" -Fc -f "$pg_dir/dump" postgres 2>&1 && "$pg_bin/pg_restore" -e -d c "$pg_dir/dump" 2>&1)
ok $? 'dump and restore' "$out"

# ---- one session

sql -c 'CREATE EXTENSION pgtap' >&2
for file in "$here"/*.sql; do
    name=$(basename "$file" .sql)
    out=$(cd "$here" && sql -f "$file")
    status=$?
    printf '%s\n' "$out" | sed 's/^/    /'
    case $out in
        *'
not ok'* | 'not ok'* | *'# Looks like'*) status=1 ;;
        *'1..'*) ;;
        *) status=1 ;;
    esac
    ok $status "$name"
done

# every query file is one statement that fits the schema
bad=
for file in "$top"/sql/queries/*.sql; do
    [ -e "$file" ] || continue
    # what PREPARE does not take: LISTEN, DDL
    sed '/^ *--/d;/^ *$/d' "$file" | head -n 1 | grep -Eqi '^ *(with|select|insert|update|delete)' || continue
    out=$( (printf 'PREPARE q AS\n'; cat "$file"; printf '\n;') | sql) || bad="$bad$(basename "$file"): $out
"
done
ok "$([ -z "$bad" ]; echo $?)" 'every query prepares' "$bad"

# row-level security is for delegates: the daemon's statements have the plans that their owner has, to whom
# none applies
explain()
{
    types=$(sed '/^ *--/d' "$1" | grep -o '[$][0-9]*' | tr -d '$' | sort -n | tail -n 1)
    nulls=$(seq -s, "${types:-0}" | sed 's/[0-9][0-9]*/NULL/g')
    {
        printf 'SET enable_seqscan = off; SET plan_cache_mode = force_generic_plan; PREPARE q AS\n'
        cat "$1"
        printf '\n; SET ROLE %s; EXPLAIN (VERBOSE, COSTS OFF) EXECUTE q%s;' "$2" "${nulls:+($nulls)}"
    } | sql
}
# the order of conditions is not what it is about
conditions()
{
    sed 's/[()]//g; s/^ *\([A-Za-z ]*\): /\1:\n/; s/ AND /\n/g' | sed 's/^ *//' | sort
}
bad=
n_explained=0
# statistics that change between two looks change plans
printf 'ALTER SYSTEM SET autovacuum = off;\nSELECT pg_reload_conf();\n' | sql > /dev/null
for name in $(sed -n 's/^    "\([a-z_]*\)",$/\1/p' "$top/src/flow/statements.c"); do
    file=$top/sql/queries/$name.sql
    plan=$(explain "$file" jml_daemon) || bad="$bad$name: $plan
"
    n_explained=$((n_explained + 1))
    [ "$(printf '%s\n' "$plan" | conditions)" = "$(explain "$file" jml_owner | conditions)" ] || bad="$bad$name: another plan than without row-level security
"
    case $plan in
        *catalogs_of*|*packages_of*|*administers*|*_of_caller*) bad="$bad$name: a policy for delegates
" ;;
    esac
done
[ "$n_explained" -gt 20 ] || bad="${bad}only $n_explained statements were found"
ok "$([ -z "$bad" ]; echo $?)" "no statement of the daemon's flow has a filter from row-level security" "$bad"
out=$(explain "$top/sql/queries/assignment_list.sql" jml_delegate)
ok "$(case $out in *packages_of*) echo 0 ;; *) echo 1 ;; esac)" 'of a delegate one has' "$out"

# ---- two sessions

# waits until the statement in argument 1 answers t, at most 20 s
until_true()
{
    tries=0
    while [ "$(sql -c "$1")" != t ]; do
        tries=$((tries + 1))
        [ $tries -lt 400 ] || return 1
        sleep 0.05
    done
}

mkfifo "$pg_dir/in1" "$pg_dir/in2"
PGAPPNAME=one sql -v ON_ERROR_STOP=0 <"$pg_dir/in1" >"$pg_dir/out1" 2>&1 &
one=$!
PGAPPNAME=two sql -v ON_ERROR_STOP=0 <"$pg_dir/in2" >"$pg_dir/out2" 2>&1 &
two=$!
exec 3>"$pg_dir/in1" 4>"$pg_dir/in2"
idle="SELECT count(*) = 1 FROM pg_stat_activity WHERE state = 'idle in transaction' AND application_name ="

# events of new people, in opposite orders, and then their shells, sorted, as the daemon does it
shells="INSERT INTO jml.person (employee_id) SELECT DISTINCT employee_id FROM jml.event
    WHERE employee_id LIKE 'N%' ORDER BY employee_id ON CONFLICT DO NOTHING;"
echo "BEGIN; INSERT INTO jml.event (kind, employee_id, effective_on, source_ref)
    SELECT 'joiner', 'N' || i, '2026-12-01', 'one' || i FROM generate_series(1, 2000) i;" >&3
echo "BEGIN; INSERT INTO jml.event (kind, employee_id, effective_on, source_ref)
    SELECT 'joiner', 'N' || 2001 - i, '2026-12-01', 'two' || i FROM generate_series(1, 2000) i;" >&4
until_true "$idle 'one'" && until_true "$idle 'two'"
ok $? 'two sessions insert events of the same new people without waiting for each other'
echo 'COMMIT;' >&3
echo 'COMMIT;' >&4
until_true "SELECT count(*) = 4000 FROM jml.event"
echo "BEGIN; $shells" >&3
echo "BEGIN; $shells" >&4
until_true "SELECT count(*) = 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
ok $? 'of two that make the same people one waits'
echo 'COMMIT;' >&3
echo 'COMMIT;' >&4
until_true "SELECT count(*) = 2000 FROM jml.person"
ok $? 'and both get through'

# a request in an open transaction locks nobody
echo "BEGIN; INSERT INTO jml.assignment_request (request_type, target_employee_id, access_package_id)
    VALUES ('adminAdd', 'N1', gen_random_uuid());" >&3
until_true "$idle 'one'"
out=$(sql -c "SELECT count(*) FROM (SELECT FROM jml.person WHERE employee_id = 'N1'
    FOR NO KEY UPDATE SKIP LOCKED) AS p")
ok "$([ "$out" = 1 ]; echo $?)" 'an uncommitted request does not lock its person' "$out"
echo 'ROLLBACK;' >&3

# NOTIFY only for a sleeper
echo 'LISTEN jml;' >&4
sql -c "INSERT INTO jml.event (kind, employee_id, effective_on) VALUES ('leaver', 'N1', '2026-12-31')"
echo "SELECT 'awake done';" >&4
until_true "SELECT query LIKE '%awake%' AND state = 'idle' FROM pg_stat_activity WHERE application_name = 'two'"
sql -c "INSERT INTO jml.daemon (id, name, sleeping_until)
    VALUES (gen_random_uuid(), 'test', clock_timestamp() + interval '1 hour')"
sql -c "INSERT INTO jml.event (kind, employee_id, effective_on) VALUES ('leaver', 'N1', '2026-12-31')"
echo "SELECT 'asleep done';" >&4
exec 3>&- 4>&-
wait $one $two
out=$(cat "$pg_dir/out2")
case $out in
    *otification*'awake done'*) ok 1 'no NOTIFY while the daemon is awake' "$out" ;;
    *'awake done'*) ok 0 'no NOTIFY while the daemon is awake' ;;
    *) ok 1 'no NOTIFY while the daemon is awake' "$out" ;;
esac
case $out in
    *'awake done'*'otification "jml"'*) ok 0 'NOTIFY while it sleeps' ;;
    *) ok 1 'NOTIFY while it sleeps' "$out" ;;
esac
case "$(cat "$pg_dir/out1" "$pg_dir/out2")" in
    *ERROR*) ok 1 'no errors, no deadlocks' "$(cat "$pg_dir/out1" "$pg_dir/out2")" ;;
    *) ok 0 'no errors, no deadlocks' ;;
esac

echo "1..$n"
exit $failed
