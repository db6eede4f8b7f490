#!/bin/bash
# SPDX-License-Identifier: MIT
#
# A department history replayed as events in date order, from the last to the first, and shuffled, with
# runs in between: at the end exactly the people who are in a department today hold its package. Set
# JML_HISTORY to a folder with a department_history.csv
# (employee_id,department,from_date,to_date; no to_date: still today) to replay that one, too.
# timeout: 240
: "${JML_SRC:=$(cd "$(dirname "$0")/../.." && pwd)}" "${JML_BUILD:=$JML_SRC}"
. "$JML_SRC/tests/lib/tap.sh"
. "$JML_SRC/tests/lib/daemon.sh"
ctl="$JML_BUILD/jmlctl"
jmld="$JML_BUILD/jmld"
printf '[timeline]\ncatch_up = unlimited\n' > "$work/jmld.conf"
once() { "$jmld" -c "$work/jmld.conf" --once --log=stderr 2>> "$work/once.log"; }

remove() { # task definition, packages: a task that removes them
    printf '{"displayName":"take away","isEnabled":true,"continueOnError":false,"taskDefinitionId":"%s","arguments":[%s]}' \
        "$1" "${2:+{\"name\":\"accessPackageId\",\"value\":\"$2\"\}}"
}
remove_package=4a0b64f2-c7ec-46ba-b117-18f262946c50

# Two ways to say the same. together: whoever comes to a department gives up the others in one
# workflow. apart: one workflow gives the package of the department one comes to, another takes that of
# the one left; removals go before requests.
movers() { # together|apart DEPARTMENT...
    local how=$1 d o others sep=
    shift
    printf '{"workflows":['
    for d; do
        others=
        for o; do
            [ "$o" = "$d" ] || others=$others${others:+, }$o
        done
        printf '%s' "$sep"
        if [ "$how" = together ]; then
            workflow mover "to $d" "(department eq '$d')" "$at_department" \
                "$(remove "$remove_package" "$others"),$(task_request "$d")"
        else
            workflow mover "to $d" "(department eq '$d')" "$at_department" "$(task_request "$d")"
            printf ','
            workflow mover "from $d" "(department ne '$d')" "$at_department" "$(remove "$remove_package" "$d")"
        fi
        sep=,
    done
    printf ']}\n'
}

# replay DATABASE HISTORY.csv together|apart CHUNKS [reversed|shuffled]
replay() {
    local database=$1 history=$2 how=$3 chunks=$4 order=${5:-} i departments words
    words="$how, ${order:+$order, }$([ "$chunks" = 1 ] && echo 'in one go' || echo "in $chunks parts")"
    psql -X -q -d postgres -c "create database $database"
    export PGDATABASE=$database
    export JML_DATABASE="host=$PGHOST port=$PGPORT user=$PGUSER dbname=$database"
    q 'create table public.history (employee_id text, department text, from_date date, to_date date)'
    psql -X -q -c '\copy public.history from stdin (format csv, header)' < "$history"
    readarray -t departments < <(q 'select distinct department from public.history order by 1')
    document "${departments[@]}" > "$work/company.json"
    movers "$how" "${departments[@]}" > "$work/movers.json"
    if ! { "$ctl" migrate && "$ctl" apply "$work/company.json" "$work/movers.json"; } > /dev/null; then
        tap_line 1 "$words: the configuration applies"
        return
    fi

    # the first row is a hire, so is one after a gap; a row that follows on another is a move; an end
    # that no row follows on is the last day
    case $order in
        '') order='f.at, f.employee_id, f.kind' ;;
        reversed) order='f.at desc, f.employee_id, f.kind desc' ;;
        shuffled) order='md5(f.employee_id || f.at || f.kind)' ;;
    esac
    q "create table public.feed as
       select row_number() over (order by $order) as nth, f.*
       from (
           select h.employee_id, case when h.before = h.from_date then 'mover' else 'joiner' end as kind,
                  h.from_date as at, jsonb_build_object('department', h.department) as attributes
           from (select *, lag(to_date) over w as before from public.history
                 window w as (partition by employee_id order by from_date)) h
           union all
           select h.employee_id, 'leaver', h.to_date, '{}'
           from (select *, lead(from_date) over w as next from public.history
                 window w as (partition by employee_id order by from_date)) h
           where h.to_date is not null and h.next is distinct from h.to_date) f"
    for ((i = 0; i < chunks; i++)); do
        q "insert into jml.event (kind, employee_id, effective_on, attributes)
           select kind, employee_id, at, attributes from public.feed
           where (nth - 1) * $chunks / (select count(*) from public.feed) = $i order by nth"
        once || break
    done
    is "$words: every part ends with 0" "$i" "$chunks"
    echo "# $(q "select count(*) || ' events of ' || count(distinct employee_id) || ' people in ' ||
        (select count(distinct department) from public.history) || ' departments' from public.feed")"

    is "$words: exactly the people who are in a department today hold its package" \
        "$(q "with wanted as (
                 select h.employee_id, h.department from public.history h
                 where h.to_date is null
             ), got as (
                 select p.employee_id, k.display_name as department
                 from jml.assignment a join jml.person p on p.id = a.target_id
                 join jml.access_package k on k.id = a.access_package_id
                 where a.state = 'delivered'
             )
             select (select count(*) from (table wanted except all table got) as missing),
                    (select count(*) from (table got except all table wanted) as surplus),
                    (select count(*) > 0 from wanted)")" '0|0|t'
    is "$words: nothing else is open" \
        "$(q "select count(*) from jml.assignment where state not in ('delivered', 'expired')")" 0
    is "$words: everybody who left is left, everybody else active" \
        "$(q "select count(*) from jml.person p where (p.state = 'active') is distinct from
            exists (select from public.history h where h.employee_id = p.employee_id and h.to_date is null)
            or p.state not in ('active', 'left')")" 0
    if [ -z "${5:-}" ]; then
        is "$words: nothing is lost and nothing is done twice" "$(broken_promises)" ''
    else # what turns out not to be is withdrawn, and may come back
        is "$words: nothing is lost and nothing is done twice" \
            "$(broken_promises | grep -vE '^run (not completed|completed not exactly once):')" ''
        is "$words: every run is done, or canceled" \
            "$(q "select count(*) from jml.run where state not in ('completed', 'canceled')")" 0
    fi
    is "$words: nobody is warned of" "$(q "select error, count(*) from jml.event where error is not null group by 1")" ''
    status "$words: the audit gives the present state of every object" 0 "$ctl" audit verify
}

# 300 people: one to four departments, a quarter of them gone, some of those back
synthetic() {
    q "select setseed(0.42);
       create table public.made (employee_id int, department text, from_date date, to_date date);
       do \$\$
       declare
           names text[] := '{Development,Sales,Production,Research,Finance,Quality}';
           at date; until date; d int; back boolean;
       begin
           for i in 1..300 loop
               at := date '2000-01-03' + (random() * 5000)::int;
               d := 1 + (random() * 5)::int;
               for n in 0..(random() * 3)::int loop
                   until := at + 1 + (random() * 700)::int;
                   insert into public.made values (i, names[d], at, until);
                   d := 1 + (d + (random() * 4)::int) % 6;
                   back := random() < 0.1;
                   at := until + case when back then 1 + (random() * 400)::int else 0 end;
               end loop;
               if random() < 0.75 then
                   insert into public.made values (i, names[d], at, null);
               end if;
           end loop;
       end \$\$" > /dev/null
    q 'copy public.made to stdout (format csv, header)'
}

PGDATABASE=postgres synthetic > "$work/made.csv"
replay made_once "$work/made.csv" together 1
replay made_parts "$work/made.csv" apart 9
replay made_reversed "$work/made.csv" apart 9 reversed
replay made_shuffled "$work/made.csv" together 7 shuffled
if [ -n "${JML_HISTORY:-}" ]; then
    replay real_once "$JML_HISTORY/department_history.csv" together 1
    replay real_parts "$JML_HISTORY/department_history.csv" together 7
    replay real_apart "$JML_HISTORY/department_history.csv" apart 1
    for how in together apart; do
        replay real_reversed_$how "$JML_HISTORY/department_history.csv" $how 6 reversed
        replay real_shuffled_$how "$JML_HISTORY/department_history.csv" $how 8 shuffled
    done
else
    skip 'a real history' 'JML_HISTORY is not set'
fi
finish
