#!/bin/bash
# SPDX-License-Identifier: MIT
#
# The law of SEMANTICS C2 through the daemon and PostgreSQL: the histories of tests/sim, of
# $SIM_PEOPLE people (1000), come to one database after another in another order each, with the clock
# moved on in between; at the end everybody is employed, described and equipped the same in all. In
# one of them two daemons are at work and one after the other is killed.
# SEED=n: other histories.
# timeout: 1200
: "${JML_SRC:=$(cd "$(dirname "$0")/../.." && pwd)}" "${JML_BUILD:=$JML_SRC}"
. "$JML_SRC/tests/lib/tap.sh"
. "$JML_SRC/tests/lib/daemon.sh"
. "$JML_SRC/tests/lib/story.sh"
people=${SIM_PEOPLE:-1000} seed=${SEED:-1}
feed=$JML_BUILD/tests/sim/feed
[ -x "$feed" ] || make -s -C "$JML_BUILD" tests/sim/feed > "$work/make" 2>&1 ||
    { sed 's/^/# /' "$work/make"; echo 'Bail out! no tests/sim/feed'; exit 99; }
printf '[timeline]\ncatch_up = unlimited\n' > "$work/jmld.conf"

# The histories begin in some months, so that all they are about, and every receipt, is later than
# the documents. Days are counted from there. On two of them administrators ask for something.
start=100
"$feed" "$(day $start)" $((seed * 1000000)) "$people" > "$work/feed.tsv"
"$feed" --company "$seed" > "$work/company.json"
sections=(60 110 500)
when() { echo "$(day $((start + $1))) 13:37"; }

begin() { # DATABASE
    world "$1"
    jmlctl apply "$work/company.json" > "$work/apply" 2>&1 ||
        { sed 's/^/# /' "$work/apply"; echo 'Bail out! the documents do not apply'; exit 99; }
    q 'CREATE TABLE public.feed (employee_id text, received_at timestamptz, source_ref text, kind text,
           employment text, effective_at timestamptz, effective_on date, supersedes text,
           time_zone text, attributes jsonb, sent boolean NOT NULL DEFAULT false)'
    psql -X -q -c '\copy public.feed (employee_id, received_at, source_ref, kind, employment, effective_at, effective_on, supersedes, time_zone, attributes) from stdin' \
        < "$work/feed.tsv"
}

# send CONDITION ORDER [LIMIT]: events that meet it, in that order
send() {
    q "WITH picked AS (SELECT * FROM public.feed WHERE NOT sent AND $1 ORDER BY $2 LIMIT ${3:-ALL}),
            marked AS (UPDATE public.feed f SET sent = true FROM picked
                       WHERE f.source_ref = picked.source_ref AND f.employee_id = picked.employee_id)
       INSERT INTO jml.event (source, source_ref, kind, employee_id, employment, effective_at,
           effective_on, supersedes, time_zone, attributes, received_at)
       SELECT 'hr', source_ref, kind, employee_id, employment, effective_at, effective_on, supersedes,
           time_zone, attributes, received_at FROM picked ORDER BY $2"
}

received_by() { echo "received_at <= '$(when "$1")+00'"; }

# What administrators ask for at the end of a section: the same in every database.
ask() { # SECTION
    local who="abs(hashtext(employee_id || 'asks')) % 10"
    case $1 in
        0) q "INSERT INTO jml.assignment_request (request_type, target_employee_id, access_package_id)
              SELECT 'adminAdd', employee_id, k.id FROM jml.access_package k,
                  (SELECT DISTINCT employee_id FROM public.feed) f
              WHERE k.display_name = 'Direct' AND $who < 4" ;;
        1) q "INSERT INTO jml.assignment_request (request_type, target_employee_id, access_package_id, ends_at)
              SELECT CASE WHEN $who = 0 THEN 'adminRemove' ELSE 'adminUpdate' END, employee_id, k.id,
                  CASE WHEN $who = 1 THEN '$(when 150)+00'::timestamptz END
              FROM jml.access_package k, (SELECT DISTINCT employee_id FROM public.feed) f
              WHERE k.display_name = 'Direct' AND $who < 2" ;;
    esac
}

go() { at "$(when "$1")" -c "$work/jmld.conf"; }

# Who is what at the end. People of whom a request was denied, or put off, are outside the law.
result() { # FILE
    q "SELECT p.employee_id, p.state, p.attributes, p.employments,
           (SELECT string_agg(access_package, ' ' ORDER BY access_package) FROM jml.assignments a
            WHERE a.employee_id = p.employee_id AND a.state <> 'expired')
       FROM jml.person p ORDER BY p.employee_id COLLATE \"C\"" > "$work/$1.result"
    q "SELECT employee_id FROM (SELECT *, CASE request_type WHEN 'adminAdd' THEN timestamptz '$(when 60)+00'
               ELSE '$(when 110)+00' END AS asked FROM jml.requests) r
       WHERE request_type LIKE 'admin%' AND (state <> 'delivered'
           OR completed_at NOT BETWEEN asked AND asked + interval '2 h')" \
        >> "$work/denied"
    is "$1: no event is left behind, none was refused" \
        "$(q "SELECT count(*) FROM public.feed f WHERE NOT EXISTS (SELECT FROM jml.event e
              WHERE e.source_ref = f.source_ref AND e.state IN ('done', 'superseded'))")" 0
    is "$1: nobody is held, nothing waits" "$(q "SELECT count(*) FROM jml.person WHERE held_at IS NOT NULL")$(
        q 'SELECT count(*) FROM jml.queue')" 00
    is "$1: nobody who left holds anything, nobody holds a package twice" \
        "$(q "SELECT (SELECT count(*) FROM jml.assignment a JOIN jml.person p ON p.id = a.target_id
                      WHERE a.state <> 'expired' AND p.state IN ('left', 'unknown')),
                     (SELECT count(*) FROM (SELECT FROM jml.assignment WHERE state <> 'expired'
                      GROUP BY target_id, access_package_id HAVING count(*) > 1) x)")" '0|0'
    is "$1: one cause, one run" \
        "$(q 'SELECT count(*) FROM (SELECT FROM jml.run GROUP BY person_id, workflow_id, trigger_key HAVING count(*) > 1) x')" 0
    status "$1: the audit gives the present state of every object" 0 jmlctl audit verify
}

same() { # FILE
    local n
    grep -vwFf "$work/denied" "$work/received.result" > "$work/a"
    grep -vwFf "$work/denied" "$work/$1.result" > "$work/b"
    n=$(diff "$work/a" "$work/b" | grep -c '^<')
    is "$1: everybody ends as in order of receipt" "$n differ" '0 differ'
    [ "$n" = 0 ] && return
    diff "$work/a" "$work/b" | head -n 4 | sed 's/^/# /'
    n=$(diff "$work/a" "$work/b" | sed -n 's/^< P\([0-9]*\)|.*/\1/p' | head -n 1)
    "$feed" --tell "$(day $start)" $((seed * 1000000 + n)) | sed 's/^/# /'
}

# Waits until a daemon tells of people it did not tell of before.
told=0
until_said() {
    local end=$((SECONDS + 20)) now=$told
    while [ "$now" = "$told" ] && [ "$SECONDS" -lt "$end" ]; do
        now=$(cat "$work/left.log" "$work/right.log" | wc -l)
    done
    told=$now
}

# ---- as received, with steps in between
begin received
for t in 10 25 40 60 85 110 150 220 300 500; do
    send "$(received_by $t)" received_at
    go $t
    case $t in
        60) ask 0; go $t ;;
        110) ask 1; go $t ;;
    esac
done
result received

# ---- backwards: within a section the last events first, in three groups
begin backwards
for s in 0 1 2; do
    t=${sections[s]}
    n=$(q "SELECT ceil(count(*) / 3.0) FROM public.feed WHERE NOT sent AND $(received_by "$t")")
    for _ in 1 2 3; do
        send "$(received_by "$t")" 'received_at DESC' "$n"
        go "$t"
    done
    ask $s
    go "$t"
done
result backwards

# ---- all at once, shuffled
begin together
for s in 0 1 2; do
    t=${sections[s]}
    send "$(received_by "$t")" "md5(source_ref || '$seed')"
    go "$t"
    ask $s
    go "$t"
done
result together

# ---- shuffled and bit by bit, while two daemons are at work and are killed
begin killed
RANDOM=$seed
cp "$work/jmld.conf" "$work/small.conf"
printf '[queue]\nbatch = 1\n' >> "$work/small.conf"
hit=0
for s in 0 1 2; do
    t=${sections[s]}
    offset=$(($(date -u -d "$(when "$t")" +%s) - $(date -u +%s)))s
    n=$(q "SELECT ceil(count(*) / 6.0) FROM public.feed WHERE NOT sent AND $(received_by "$t")")
    for _ in 1 2 3 4 5 6; do
        daemon_start left -c "$work/small.conf" --clock-offset="$offset"
        daemon_start right -c "$work/small.conf" --clock-offset="$offset"
        send "$(received_by "$t")" "md5(source_ref || '$seed')" "$n"
        until_said
        sleep "0.0$((RANDOM % 3))$((RANDOM % 10))"
        daemon_kill left
        daemon_kill right
        [ "$(q 'SELECT count(*) FROM jml.queue')" = 0 ] || hit=$((hit + 1))
    done
    go "$t"
    ask $s
    go "$t"
done
result killed
echo "# $hit of 18 times in the middle of the work"
ok 'two daemons were killed in the middle of the work' [ "$hit" -ge 3 ]

for name in backwards together killed; do
    same $name
done
echo "# of $people people $(sort -u "$work/denied" | wc -l) are not compared: a request was denied or put off"
ok 'most people are compared' [ $(($(sort -u "$work/denied" | wc -l) * 2)) -lt "$people" ]
finish
