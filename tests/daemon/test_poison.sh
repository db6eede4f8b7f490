#!/bin/bash
# SPDX-License-Identifier: MIT
#
# One person who breaks the step or the write is held and alarmed; everybody else goes on.
# timeout: 180
: "${JML_SRC:=$(cd "$(dirname "$0")/../.." && pwd)}" "${JML_BUILD:=$JML_SRC}"
. "$JML_SRC/tests/lib/tap.sh"
. "$JML_SRC/tests/lib/daemon.sh"
ctl="$JML_BUILD/jmlctl"
"$ctl" migrate > /dev/null || { echo 'Bail out! no schema'; exit 99; }
document Sales > "$work/company.json"
"$ctl" apply "$work/company.json" > /dev/null || { echo 'Bail out! no configuration'; exit 99; }

join_all() { # prefix: 1 to 900, among them the odd one, 666
    q "insert into jml.event (kind, employee_id, effective_on, attributes)
       select 'joiner', '$1' || i, current_date - 2, '{\"department\":\"Sales\"}' from generate_series(1, 900) i"
}
whole() { # prefix: how many of the others are done and hold the package
    q "select count(*) from jml.assignments where employee_id like '$1%' and employee_id <> '${1}666' and state = 'delivered'"
}
person() { # column employee_id
    q "select $1 from jml.person where employee_id = '$2'"
}

# ---- one whose step crashes the daemon
mkdir "$work/run"
export RUNTIME_DIRECTORY=$work/run JMLD_FAULT_STEP=E666
ulimit -c 0
join_all E
crashes=0
for ((i = 0; i < 6; i++)); do
    daemon_start crash --once
    status=0
    wait "${daemon[crash]}" 2> /dev/null || status=$?
    unset "daemon[crash]"
    [ "$status" != 0 ] || break
    crashes=$((crashes + 1))
done
is 'a person crashes the daemon twice' "$crashes" 2
like 'and says who, in the log' "$(cat "$work/crash.log")" 'JMLD_FAULT_STEP names E666'
is 'then all the others are done' "$(whole E)" 899
like 'and that one is held' "$(person 'held_at is not null, held_reason' E666)" '^t\|crash: '
is 'its events, too' "$(q "select state from jml.event where employee_id = 'E666'")" held
like 'which is alarmed' "$(grep E666 "$work/crash.log" | tail -n 3)" 'person .* held'
q "insert into jml.event (kind, employee_id, effective_on) values ('leaver', 'E666', current_date - 1)"
daemon_start crash --once
status=0
wait "${daemon[crash]}" || status=$?
is 'events of a held person crash nobody' "$status" 0
is 'but wait with it' "$(q "select string_agg(state, ' ') from jml.event where employee_id = 'E666'")" 'held held'
unset JMLD_FAULT_STEP "daemon[crash]"
ok 'after mending, the person is released' "$ctl" person release E666
daemon_start crash --once
wait "${daemon[crash]}"
unset "daemon[crash]"
is 'and whole: its events are done, it came and went' \
    "$(q "select string_agg(state, ' ') from jml.event where employee_id = 'E666'") $(person 'state, held_at' E666)" \
    'done done left|'
is 'nobody else was held meanwhile' "$(q 'select count(*) from jml.person where held_at is not null')" 0
# ---- one who crashes it outside of any step: nobody is to blame, until that one is alone
join_all L
export JMLD_FAULT_LOAD=L666
crashes=0
for ((i = 0; i < 8; i++)); do
    daemon_start load --once
    status=0
    wait "${daemon[load]}" 2> /dev/null || status=$?
    unset "daemon[load]"
    [ "$status" = 134 ] || break
    crashes=$((crashes + 1))
done
is 'a person crashes the daemon among others, alone twice, and when it is to be held' "$crashes" 4
is 'then --once ends, and says that there is more to do' "$status" 75
is 'all the others are done' "$(whole L)" 899
like 'that one is left out, and the log says so' "$(cat "$work/load.log")" 'cannot even be held: left out'
is 'nobody else was held' "$(q 'select count(*) from jml.person where held_at is not null')" 0
unset JMLD_FAULT_LOAD
daemon_start load --once
wait "${daemon[load]}"
unset "daemon[load]"
like 'when the daemon is mended it is held, and waits for somebody to look' \
    "$(person 'held_at is not null, held_reason' L666)" '^t\|crash: '
ok 'and is released' "$ctl" person release L666
daemon_start load --once
wait "${daemon[load]}"
unset "daemon[load]"
is 'and whole' "$(q "select state from jml.assignments where employee_id = 'L666'")" delivered
unset RUNTIME_DIRECTORY
status 'the audit gives the present state of every object' 0 "$ctl" audit verify

# ---- one whose changes cannot be written
q "create function public.refuse() returns trigger language plpgsql as \$\$
   begin
       if (select employee_id from jml.person where id = (to_jsonb(new) ->> tg_argv[0])::uuid) like '%666' then
           raise exception 'the number of the beast';
       end if;
       return new;
   end \$\$;
   create trigger refuse before insert on jml.assignment for each row execute function public.refuse('target_id')"
join_all W
daemon_start d
ok 'a person whose assignment cannot be written does not stop the queue' drained 60
is 'all the others are done' "$(whole W)" 899
like 'that one is held, with the reason' "$(person 'held_at is not null, held_reason' W666)" '^t\|write_failed: SQLSTATE P0001: .*beast'
is 'its event is held' "$(q "select state from jml.event where employee_id = 'W666'")" held
like 'the batch was halved' "$(grep 'trying' "$work/d.log" | head -n 1)" 'a batch of [0-9]+ people failed .* at a time'
like 'and the person alarmed' "$(grep -E 'W666' "$work/d.log")" 'held'
echo "# $(grep -c 'at a time' "$work/d.log") halves"
ok 'in a number of halves that is a logarithm, not a search of all' [ "$(grep -c 'at a time' "$work/d.log")" -le 40 ]
ok 'health is content as long as nothing of that person is due' sh -c "'$ctl' health | grep -q 'held removals.*ok'"

# the same with an error as of a schema that does not fit: it is that function's, not the schema's
q "create function public.broken() returns trigger language plpgsql as \$\$
   begin
       if (select employee_id from jml.person where id = new.target_id) = 'U30' then
           perform no_such_column from jml.person;
       end if;
       return new;
   end \$\$;
   create trigger broken before insert on jml.assignment for each row execute function public.broken();
   insert into jml.event (kind, employee_id, effective_on, attributes)
   select 'joiner', 'U' || i, current_date - 2, '{\"department\":\"Sales\"}' from generate_series(1, 61) i"
ok 'a broken trigger of the site does not stop the queue' drained 60
ok 'nor the daemon' daemon_alive d
is 'whom it breaks is held' "$(q "select employee_id, held_reason ~ 'SQLSTATE 42703' from jml.person where held_at is not null and employee_id like 'U%'")" 'U30|t'
is 'all the others are done' "$(q "select count(*) from jml.assignments where employee_id like 'U%' and state = 'delivered'")" 60
q 'drop trigger broken on jml.assignment'
status 'after mending, U30 is released' 0 "$ctl" person release U30 --wait

# the same for somebody who already has access that ends: now it is urgent
q "drop trigger refuse on jml.assignment;
   insert into jml.event (kind, employee_id, effective_on, attributes) values ('joiner', 'V666', current_date - 2, '{\"department\":\"Sales\"}')"
drained 20
is 'somebody holds a package' "$(q "select state from jml.assignments where employee_id = 'V666'")" delivered
q "create trigger refuse before update on jml.assignment for each row execute function public.refuse('target_id');
   insert into jml.event (kind, employee_id, effective_on) values ('leaver', 'V666', current_date - 1)"
ok 'its leaver cannot be written' until_true 20 "select held_at is not null from jml.person where employee_id = 'V666'"
like 'health fails' "$("$ctl" health 2>&1; echo "status $?")" 'status 1'
like 'and says that held people keep access that is to end' "$("$ctl" health 2>&1)" 'held removals.*failed'
q 'drop trigger refuse on jml.assignment'
status 'after mending, W666 is released' 0 "$ctl" person release W666 --wait
status 'and V666' 0 "$ctl" person release V666 --wait
drained 20
is 'both are whole' "$(whole W) $(person 'state, held_at' W666) $(q "select state from jml.assignments where employee_id = 'W666'") $(person state V666)" \
    '899 active| delivered left'
is 'V666 holds nothing' "$(q "select count(*) from jml.assignments where employee_id = 'V666' and state <> 'expired'")" 0
like 'health finds no held people' "$("$ctl" health 2>&1)" 'held people.*ok'

# ---- one of whom nothing can be written at all, not even that it is held
q "create trigger refuse before update on jml.person for each row execute function public.refuse('id')"
join_all Z
ok 'a person of whom nothing can be written does not stop the others' \
    until_true 60 "select count(*) = 899 from jml.assignments where employee_id like 'Z%' and employee_id <> 'Z666'"
q "insert into jml.event (kind, employee_id, effective_on) select 'leaver', 'Z' || i, current_date - 1 from generate_series(1, 9) i"
ok 'nor those who come later' until_true 20 "select count(*) = 9 from jml.person where employee_id like 'Z%' and state = 'left'"
before=$(wc -l < "$work/d.log")
sleep 2
ok 'and does not fill the log' [ $(($(wc -l < "$work/d.log") - before)) -le 20 ]
q 'drop trigger refuse on jml.person'
daemon_stop d
is 'the daemon ends in order' "$daemon_status" 0
daemon_start d
ok 'and is done as soon as that can be written' drained 20
is 'as everybody' "$(q "select state from jml.assignments where employee_id = 'Z666'")" delivered
daemon_stop d
status 'the audit gives the present state of every object' 0 "$ctl" audit verify
finish
