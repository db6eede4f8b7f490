#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Two daemons on one database do what one does, and share the work.
# timeout: 240
: "${JML_SRC:=$(cd "$(dirname "$0")/../.." && pwd)}" "${JML_BUILD:=$JML_SRC}"
. "$JML_SRC/tests/lib/tap.sh"
. "$JML_SRC/tests/lib/daemon.sh"
ctl="$JML_BUILD/jmlctl"

# ---- 20,000 events: 10,000 new people; 4,000 move, 3,000 leave, 1,000 of those come back and move
feed="
insert into jml.event (kind, employee_id, effective_on, attributes)
select 'joiner', 'E' || i, current_date - 2, jsonb_build_object('department',
       case i % 3 when 0 then 'Sales' when 1 then 'Production' else 'Research' end)
from generate_series(1, 10000) i;
insert into jml.event (kind, employee_id, effective_on, attributes)
select 'mover', 'E' || i, current_date - 1, jsonb_build_object('department',
       case i % 3 when 0 then 'Production' when 1 then 'Research' else 'Sales' end)
from generate_series(1, 4000) i;
insert into jml.event (kind, employee_id, effective_on)
select 'leaver', 'E' || i, current_date - 2 from generate_series(7001, 10000) i;
insert into jml.event (kind, employee_id, effective_on, attributes)
select 'joiner', 'E' || i, current_date - 1, '{\"department\":\"Sales\"}' from generate_series(7001, 8000) i;
insert into jml.event (kind, employee_id, effective_at, attributes)
select 'mover', 'E' || i, now() - interval '1 min', jsonb_build_object('costCenter', i) from generate_series(1, 2000) i;"

# The state that counts: without ids and instants of processing.
final_state() {
    q "select md5(string_agg(x, E'\n' order by x)) from (
        select 'person ' || p.employee_id || ' ' || p.state || ' ' || p.attributes::text || ' '
            || coalesce(p.hired_at::text, '-') || ' ' || coalesce(p.leaves_at::text, '-') from jml.person p
        union all
        select 'holds ' || employee_id || ' ' || access_package || ' ' || state || ' ' || count(*)
            from jml.assignments group by employee_id, access_package, state
        union all
        select 'run ' || employee_id || ' ' || workflow || ' ' || state || ' ' || count(*)
            from jml.runs group by employee_id, workflow, state
        union all
        select 'request ' || employee_id || ' ' || access_package || ' ' || request_type || ' ' || state || ' ' || count(*)
            from jml.requests group by employee_id, access_package, request_type, state
        union all
        select 'audit ' || employee_id || ' ' || object_type || ' ' || coalesce(from_state, '-') || ' ' || to_state || ' '
            || count(*) from jml.audit where employee_id is not null and object_type <> 'event'
            group by employee_id, object_type, from_state, to_state) as s (x)"
}

{
    document Sales Production Research
} > "$work/company.json"
{
    printf '{"workflows":['
    sep=
    for p in Sales Production Research; do
        printf '%s' "$sep"
        workflow mover "mover $p" "(department eq '$p')" "$at_department" "$(task_request "$p")"
        sep=,
    done
    printf ']}\n'
} > "$work/movers.json"

server_errors() {
    grep -E ' jmld: (ERROR|FATAL|PANIC): |deadlock' "$JML_SANDBOX/log"
}

run_on() { # database daemons...
    local database=$1 name
    shift
    psql -X -q -d postgres -c "create database $database" || return 1
    export PGDATABASE=$database
    export JML_DATABASE="host=$PGHOST port=$PGPORT user=$PGUSER dbname=$database"
    "$ctl" migrate > /dev/null && "$ctl" apply "$work/company.json" "$work/movers.json" > /dev/null || return 1
    # As much again is done while the events come as afterwards.
    for name; do
        daemon_start "$name"
    done
    q "$feed"
    drained 100
    for name; do
        daemon_stop "$name"
        is "$name ends in order" "$daemon_status" 0
    done
}

started=$SECONDS
run_on alone one
one_took=$((SECONDS - started))
one=$(final_state)
is 'one daemon: nothing is lost and nothing is done twice' "$(broken_promises)" ''
status 'one daemon: the audit gives the present state of every object' 0 "$ctl" audit verify

started=$SECONDS
run_on shared left right
echo "# one daemon: $one_took s, two: $((SECONDS - started)) s"
is 'two daemons: nothing is lost and nothing is done twice' "$(broken_promises)" ''
status 'two daemons: the audit gives the present state of every object' 0 "$ctl" audit verify
is 'two daemons come to the same end as one' "$(final_state)" "$one"
is 'the server saw no deadlock' "$(grep -ci 'deadlock' "$JML_SANDBOX/log")" 0
is 'and the daemons made no error' "$(server_errors)" ''
for name in left right; do
    told=$(grep -c 'person E' "$work/$name.log")
    echo "# $name told of $told people"
    ok "$name did its part of the work" [ "$told" -ge 500 ]
done

# the same, drained from a full queue by two daemons with --once
psql -X -q -d postgres -c "create database drained"
export PGDATABASE=drained JML_DATABASE="host=$PGHOST port=$PGPORT user=$PGUSER dbname=drained"
"$ctl" migrate > /dev/null && "$ctl" apply "$work/company.json" "$work/movers.json" > /dev/null
q "$feed"
daemon_start upper --once
daemon_start lower --once
for name in upper lower; do
    status=0
    wait "${daemon[$name]}" || status=$?
    unset "daemon[$name]"
    is "$name: --once ends with 0" "$status" 0
    told=$(grep -c 'person E' "$work/$name.log")
    echo "# $name told of $told people"
    ok "$name did its part of the work" [ "$told" -ge 500 ]
done
is 'two with --once: nothing is lost and nothing is done twice' "$(broken_promises)" ''
is 'two with --once come to the same end' "$(final_state)" "$one"
status 'two with --once: the audit gives the present state of every object' 0 "$ctl" audit verify
is 'the daemons made no error' "$(server_errors)" ''
finish
