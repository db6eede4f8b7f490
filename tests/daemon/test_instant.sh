#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Which instant is decided by, what is remembered of it, and the daemon's own signs of life.
# timeout: 120
: "${JML_SRC:=$(cd "$(dirname "$0")/../.." && pwd)}" "${JML_BUILD:=$JML_SRC}"
. "$JML_SRC/tests/lib/tap.sh"
. "$JML_SRC/tests/lib/daemon.sh"
ctl="$JML_BUILD/jmlctl"
"$ctl" migrate > /dev/null || { echo 'Bail out! no schema'; exit 99; }
document Sales > "$work/company.json"
"$ctl" apply "$work/company.json" > /dev/null || { echo 'Bail out! no configuration'; exit 99; }
joiner() { q "insert into jml.event (kind, employee_id, effective_on) values ('joiner', '$1', current_date - 1)"; }

# ---- alive between polls, and no statement is compiled
q "create table public.seen as select now() as at, ''::text as jit;
   grant insert on public.seen to jml_daemon;
   create function public.look() returns trigger language plpgsql as \$\$
   begin
       insert into public.seen values (clock_timestamp(), current_setting('jit'));
       return new;
   end \$\$;
   create trigger look before insert on jml.person for each row execute function public.look()"
printf '[queue]\npoll_interval = 1h\n' > "$work/slow.conf"
daemon_start slow -c "$work/slow.conf"
until_says 20 slow 'is ready'
joiner J1
drained 20
is 'the statements of the daemon are not compiled' "$(q "select distinct jit from public.seen where jit <> ''")" off
first=$(q 'select seen_at from jml.daemon')
ok 'a daemon that polls once an hour shows that it lives all the same' \
    until_true 15 "select seen_at >= '$first'::timestamptz + interval '8 s' from jml.daemon"
ok 'and is woken for a minute more' \
    until_true 1 "select sleeping_until > now() + interval '50 s' from jml.daemon"

# ---- a batch that had to wait decides by the instant at which it may begin
mkfifo "$work/fifo"
psql -X -q < "$work/fifo" > /dev/null 2>&1 &
session=$!
exec 7> "$work/fifo"
echo 'begin; select pg_advisory_xact_lock(4740001);' >&7
until_true 20 "select exists (select from pg_locks where locktype = 'advisory' and mode = 'ExclusiveLock' and granted)"
joiner W1
ok 'a batch waits while the configuration is changed' \
    until_true 20 "select exists (select from pg_locks where locktype = 'advisory' and not granted)"
sleep 2
released=$(q 'select clock_timestamp()')
exec 7>&-
wait "$session"
drained 20
is 'then it decides by the instant after that' \
    "$(q "select bool_and(at >= '$released'::timestamptz) from jml.audit where employee_id = 'W1'")" t
daemon_stop slow

# ---- a moved clock is not forgotten
daemon_start ahead --clock-offset=13d
until_says 20 ahead 'is ready'
daemon_kill ahead
is 'what a daemon decides by is on record before it decides' \
    "$(q "select clock_at > now() + interval '12 days' from jml.configuration")" t
status 'so a daemon without the offset does not start' 78 "$JML_BUILD/jmld" --once --log=stderr
document Sales Legal > "$work/company.json"
q 'create role changer login in role jml_operator'
ok 'an operator may change the configuration further ahead' env PGUSER=changer "$ctl" -d "${JML_DATABASE/user=postgres/user=changer}" --clock-offset 30d apply "$work/company.json"
is 'which is on record, too' \
    "$(q "select clock_at > now() + interval '29 days' from jml.configuration")" t
status 'and counts for the daemon' 78 "$JML_BUILD/jmld" --once --log=stderr --clock-offset=13d
finish
