#!/bin/bash
# SPDX-License-Identifier: MIT
#
# The database goes away and comes back; it is not there, or not as it should be; the clock; the end.
# timeout: 180
: "${JML_SRC:=$(cd "$(dirname "$0")/../.." && pwd)}" "${JML_BUILD:=$JML_SRC}"
. "$JML_SRC/tests/lib/tap.sh"
. "$JML_SRC/tests/lib/daemon.sh"
. "$JML_SRC/tests/lib/pg.sh"
ctl="$JML_BUILD/jmlctl"
jmld="$JML_BUILD/jmld"
# shellcheck disable=SC2034 # for pg.sh
pg_keep_trap=yes
trap 'daemons_end; pg_stop' EXIT
# shellcheck disable=SC2119
pg_start || { echo 'Bail out! no PostgreSQL'; exit 99; }
database() { # NAME: the one that everything below is about
    export PGDATABASE=$1
    export JML_DATABASE="host=$PGHOST port=$PGPORT user=$PGUSER dbname=$1"
}
create() { psql -X -q -d postgres -c "create database $1 ${2:-}"; }
database postgres
"$ctl" migrate > /dev/null || { echo 'Bail out! no schema'; exit 99; }
document Sales > "$work/company.json"
"$ctl" apply "$work/company.json" > /dev/null || { echo 'Bail out! no configuration'; exit 99; }
psql -X -q -d template1 -c 'create database ready template postgres'
join_n() { # PREFIX COUNT
    q "insert into jml.event (kind, employee_id, effective_on, attributes)
       select 'joiner', '$1' || i, current_date - 1, '{\"department\":\"Sales\"}' from generate_series(1, $2) i"
}
says() { # LOG REGEX: how many lines
    grep -cE -- "$2" "$work/$1.log"
}
away='the database is away'
back='the database is back'
down_now() { # immediate: as in a crash
    pg_as_server "$pg_bin/pg_ctl" -D "$pg_dir/data" -s -w -t 60 -m immediate stop
}

# ---- stopped and started
daemon_start d
ok 'the daemon is ready' until_says 20 d 'is ready'
join_n A 20
drained 20
times=0
for how in pg_down down_now; do
    times=$((times + 1))
    $how
    ok "$how: it says that the database is away" until_says 20 d "$away" "$times"
    sleep 3
    is "$how: once, however often it tries" "$(says d "$away")" "$times"
    ok "$how: it stays up" daemon_alive d
    pg_up
    join_n "B$times-" 20
    ok "$how: it goes on by itself" drained 40
    # work is taken up by whichever connection is back first; this is told by the one that polls
    ok "$how: and says that the database is back" until_says 60 d "$back" "$times"
    is "$how: once" "$(says d "$back")" "$times"
done
# in the middle of the work
join_n C 4000
until_true 20 "select count(*) < 3800 from jml.queue where kind = 'event'"
down_now
times=$((times + 1))
until_says 20 d "$away" "$times"
pg_up
ok 'stopped in the middle of the work, it goes on' drained 60
is 'nothing is lost and nothing is done twice' "$(broken_promises)" ''
is 'everything that is wrong was said once' "$(says d ' error|ERROR|lost')" 0

# ---- connections that are cut, again and again
join_n D 9000
cuts=0
end=$((SECONDS + 30))
while [ "$(q 'select count(*) from jml.queue')" != 0 ] && [ "$SECONDS" -lt "$end" ]; do
    cuts=$((cuts + $(q "select count(pg_terminate_backend(pid)) from pg_stat_activity
        where application_name = 'jmld' and state <> 'idle' and random() < 0.5")))
    [ "$cuts" -lt 60 ] || break
    sleep 0.02
done
echo "# $cuts connections were cut"
ok 'some connections were cut' [ "$cuts" -ge 3 ]
ok 'it stays up' daemon_alive d
ok 'and gets through' drained 60
is 'nothing is lost and nothing is done twice' "$(broken_promises)" ''
status 'the audit gives the present state of every object' 0 "$ctl" audit verify

# ---- the end
join_n E 6000
until_true 20 "select count(*) < 5800 from jml.queue where kind = 'event'"
daemon_stop d
is 'SIGTERM in the middle of the work: it ends with 0' "$daemon_status" 0
left=$(q 'select count(*) from jml.queue')
echo "# $left of 6000 were left"
ok 'before the work is done' [ "$left" -gt 0 ]
is 'no batch was cut off' "$(grep -c 'open transaction' "$pg_dir/log")" 0
is 'its row is gone' "$(q "select count(*) from jml.daemon where seen_at > now() - interval '5 s'")" 0
status '--once does the rest' 0 "$jmld" --once --log=stderr
is 'nothing is lost and nothing is done twice' "$(broken_promises)" ''
status 'the audit gives the present state of every object' 0 "$ctl" audit verify

# ---- a database that is not there, or not as it should be
database nowhere
status '--once without the database: 69' 69 "$jmld" --once --log=stderr
daemon_start none
ok 'as a service it waits for the database' until_says 20 none "$away"
sleep 1
ok 'and stays up' daemon_alive none
create nowhere 'template ready'
ok 'until there is one' until_says 60 none 'is ready'
daemon_stop none
is 'and ends with 0' "$daemon_status" 0
JML_DATABASE="host=$PGHOST/no port=$PGPORT user=$PGUSER dbname=x" status '--once without a server: 69' 69 "$jmld" --once --log=stderr

create bare
database bare
for mode in '' --once; do
    said=$(timeout 20 "$jmld" --log=stderr $mode 2>&1)
    is "no schema ${mode:-as a service}: 78" "$?" 78
    like 'and it names the command that makes it' "$said" 'jmlctl migrate'
    is 'once' "$(printf '%s\n' "$said" | grep -c 'jmlctl migrate')" 1
done

create newer 'template ready'
database newer
daemon_start late
until_says 20 late 'is ready'
q "insert into jml.migration (number, slug, sha256, applied_at)
   select max(number) + 1, 'from_the_future', repeat('0', 64), now() from jml.migration"
for mode in '' --once; do
    said=$(timeout 20 "$jmld" --log=stderr $mode 2>&1)
    is "a newer schema ${mode:-as a service}: 78" "$?" 78
    like 'and it says so' "$said" 'newer|knows'
done
join_n F 1
ok 'a schema that is upgraded under a daemon ends it' until_gone 20 late
status=0
wait "${daemon[late]}" || status=$?
unset "daemon[late]"
is 'with 78, before it writes' \
    "$status $(q "select state from jml.event")" '78 pending'

# ---- the clock
create clock 'template ready'
database clock
join_n G 1
status 'at another instant' 0 "$jmld" --once --log=stderr --clock-offset=13d
join_n H 1
said=$("$jmld" --once --log=stderr 2>&1)
is 'back at the present: 78' "$?" 78
like 'and it names both ways out' "$said" 'clock-offset.*allow-clock-back'
is 'nothing is done' "$(q "select state from jml.event where employee_id = 'H1'")" pending
status 'at the same instant again' 0 "$jmld" --once --log=stderr --clock-offset=13d
status 'or with --allow-clock-back' 0 "$jmld" --once --log=stderr --allow-clock-back
status 'after which the present is normal' 0 "$jmld" --once --log=stderr

# ---- locked elsewhere
create locked 'template ready'
database locked
join_n L 3
"$jmld" --once --log=stderr 2> /dev/null
q "insert into jml.event (kind, employee_id, effective_on) select 'leaver', 'L' || i, current_date - 1 from generate_series(1, 3) i"
mkfifo "$work/fifo"
psql -X -q < "$work/fifo" > /dev/null 2>&1 &
session=$!
exec 7> "$work/fifo"
echo "begin; select from jml.person where employee_id = 'L2' for update;" >&7
until_true 20 "select exists (select from pg_stat_activity where state = 'idle in transaction')"
started=$(date +%s%N)
said=$("$jmld" --once --log=stderr 2>&1)
is 'somebody locked elsewhere: --once ends with 75' "$?" 75
took=$((($(date +%s%N) - started) / 1000000))
echo "# after $took ms"
ok 'after 10 s' [ "$took" -ge 9500 -a "$took" -le 14000 ]
like 'and says why' "$said" 'locked'
is 'the others are done' "$(q "select string_agg(employee_id || state, ' ' order by employee_id) from jml.person")" 'L1left L2active L3left'
(sleep 3; echo 'rollback;' >&7) &
status 'let go within 10 s: --once ends with 0' 0 "$jmld" --once --log=stderr
is 'and that one is done, too' "$(q "select string_agg(state, ' ') from jml.person")" 'left left left'
exec 7>&-
wait "$session"
finish
