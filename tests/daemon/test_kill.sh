#!/bin/bash
# SPDX-License-Identifier: MIT
#
# kill -9 while events drain: nothing is lost, nothing is done twice.
# timeout: 240
: "${JML_SRC:=$(cd "$(dirname "$0")/../.." && pwd)}" "${JML_BUILD:=$JML_SRC}"
. "$JML_SRC/tests/lib/tap.sh"
. "$JML_SRC/tests/lib/daemon.sh"
ctl="$JML_BUILD/jmlctl"
kills=30

# drain_under_fire WHAT: $events events, $kills times kill -9 at a random moment of the work, a new
# daemon after each; the moments follow the progress, so that every one falls into the drain.
drain_under_fire() {
    local what=$1 i said
    q "insert into jml.event (kind, employee_id, effective_on, attributes)
       select 'joiner', '$what' || lpad(i::text, 6, '0'), current_date - 1, '{\"department\":\"Sales\"}'
       from generate_series(1, 4000) i;
       insert into jml.event (kind, employee_id, effective_on)
       select 'leaver', '$what' || lpad(i::text, 6, '0'), current_date - 1 from generate_series(1, 1000) i"
    hit=0
    : > "$work/$what.log"
    for ((i = 0; i < kills; i++)); do
        daemon_start "$what"
        # It is at work when its log tells of people; from then on any moment will do.
        said=$(stat -c %s "$work/$what.log")
        until [ "$(stat -c %s "$work/$what.log")" -gt $((said + 1000)) ]; do
            daemon_alive "$what" || break
        done
        sleep "0.00$((RANDOM % 10))$((RANDOM % 10))"
        daemon_kill "$what"
        [ "$(q 'select count(*) from jml.queue')" = 0 ] || hit=$((hit + 1))
    done
    daemon_start "$what"
    drained 60
    daemon_stop "$what"
}

# Small batches, so that there are many moments.
cat > "$work/jmld.conf" << 'CONF'
[queue]
batch = 4
CONF
daemon_start_plain=$(declare -f daemon_start)
eval "${daemon_start_plain/daemon_start/daemon_start_any}"
daemon_start() { daemon_start_any "$@" -c "$work/jmld.conf"; }

"$ctl" migrate > /dev/null || { echo 'Bail out! no schema'; exit 99; }
document Sales > "$work/company.json"
"$ctl" apply "$work/company.json" > /dev/null || { echo 'Bail out! no configuration'; exit 99; }

drain_under_fire K
ok "the daemon was killed $kills times, at least 20 of them in the middle of the work" [ "$hit" -ge 20 ]
echo "# $hit of $kills"
is 'the last daemon ends in order' "$daemon_status" 0
is 'nothing is lost and nothing is done twice' "$(broken_promises)" ''
is 'everybody who stayed holds the package, once' \
    "$(q "select count(*), count(distinct target_id) from jml.assignment where state = 'delivered'")" '3000|3000'
status 'the audit gives the present state of every object' 0 "$ctl" audit verify

mkdir "$work/run"
export RUNTIME_DIRECTORY=$work/run
drain_under_fire R
ok 'with a file of who is in flight, too' [ "$hit" -ge 20 ]
echo "# $hit of $kills"
ok 'which exists' [ -s "$work/run/inflight" ]
is 'the last daemon ends in order' "$daemon_status" 0
is 'nothing is lost and nothing is done twice, nobody is held' "$(broken_promises)" ''
status 'the audit gives the present state of every object' 0 "$ctl" audit verify
finish
