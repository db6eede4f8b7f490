#!/bin/bash
# SPDX-License-Identifier: MIT
#
# What the database refuses for a while is tried again: not at once, not without end, said once.
# timeout: 120
: "${JML_SRC:=$(cd "$(dirname "$0")/../.." && pwd)}" "${JML_BUILD:=$JML_SRC}"
. "$JML_SRC/tests/lib/tap.sh"
. "$JML_SRC/tests/lib/daemon.sh"
ctl="$JML_BUILD/jmlctl"
"$ctl" migrate > /dev/null || { echo 'Bail out! no schema'; exit 99; }
document Sales > "$work/company.json"
"$ctl" apply "$work/company.json" > /dev/null || { echo 'Bail out! no configuration'; exit 99; }
transactions() { q 'select xact_commit + xact_rollback from pg_stat_database where datname = current_database()'; }
says() { grep -c -- "$1" "$work/d.log"; } # how many lines
trouble() { # NAME WHEN 'if ...' ERRCODE: an error, in the function of a trigger
    q "create function public.$1() returns trigger language plpgsql as \$\$
       begin
           if $3 then raise exception 'trouble: $1' using errcode = '$4'; end if;
           return new;
       end \$\$;
       create trigger $1 $2 execute function public.$1()"
}
join_n() { # PREFIX COUNT
    q "insert into jml.event (kind, employee_id, effective_on, attributes)
       select 'joiner', '$1' || i, current_date - 1, '{\"department\":\"Sales\"}' from generate_series(1, $2) i"
}

# ---- a command on the configuration that cannot be carried out
trouble no_change 'before update on jml.workflow for each row' true XX000
daemon_start d
until_says 20 d 'is ready'
"$ctl" workflow disable 'joiner Sales' > /dev/null
ok 'a command that fails is told' until_says 20 d 'commands on the configuration cannot be carried out.*no_change'
before=$(transactions)
sleep 3
rate=$(($(transactions) - before))
echo "# $rate transactions in 3 s"
ok 'it is not tried again and again without a pause' [ "$rate" -lt 100 ]
is 'it is said once' "$(says no_change)" 1
join_n N 1
ok 'others do not wait for it' until_true 10 "select state = 'done' from jml.event where employee_id = 'N1'"
status '--once gives up after a while' 75 timeout 60 "$JML_BUILD/jmld" --once --log=stderr
q 'drop trigger no_change on jml.workflow'
ok 'it is carried out when that is possible' \
    until_true 40 "select not enabled from jml.workflow where display_name = 'joiner Sales'"
is 'and is done' "$(q "select state from jml.command")" 'done'
"$ctl" workflow enable 'joiner Sales' > /dev/null
ok 'the next one at once' until_true 5 "select enabled from jml.workflow where display_name = 'joiner Sales'"
drained 20

# ---- people who cannot be made
trouble no_person 'before insert on jml.person for each row' "new.employee_id = 'P2'" P0001
join_n P 3
ok 'people who cannot be made are told' until_says 20 d 'new people cannot be made.*no_person'
sleep 2
is 'once' "$(says no_person)" 1
q 'drop trigger no_person on jml.person'
ok 'and are made when that is possible' drained 20

# ---- a batch that takes too long
daemon_stop d
q "create function public.too_many() returns trigger language plpgsql as \$\$
   begin
       if (select count(*) from written) > 10 then
           raise exception 'trouble: too_many' using errcode = '57014';
       end if;
       return null;
   end \$\$;
   create trigger too_many after insert on jml.assignment referencing new table as written
       for each statement execute function public.too_many()"
join_n T 400
daemon_start d
ok 'a batch that takes too long is tried with fewer people' drained 60
like 'which is told' "$(grep too_many "$work/d.log" | head -n 1)" 'a batch of [0-9]+ people was too much .* at a time'
is 'nobody is held for it' "$(q 'select count(*) from jml.person where held_at is not null')" 0
is 'nothing is lost and nothing is done twice' "$(broken_promises)" ''

# ---- a command about an event far back in a person's queue
daemon_stop d
q "insert into jml.event (kind, employee_id, effective_on, attributes)
   select 'mover', 'T1', current_date - 1, jsonb_build_object('room', i) from generate_series(1, 150) i"
last=$(q "select max(id) from jml.event")
status 'an event that waits behind many is held' 0 "$ctl" event hold "$last"
daemon_start d
drained 20
is 'before it is done' "$(q "select e.state, c.state, c.error from jml.event e, jml.command c where e.id = $last and c.kind = 'event_hold'")" 'held|done|'
is 'the others are' "$(q "select count(*) from jml.event where employee_id = 'T1' and state <> 'done'")" 1
daemon_stop d
is 'it ends well' "$daemon_status" 0
status 'the audit gives the present state of every object' 0 "$ctl" audit verify
finish
