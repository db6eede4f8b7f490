#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Deliveries to targets: their order, what is tried again and what is given up, leases, tickets for people.
# Rows of jml.delivery are inserted by hand here, as the core inserts them: what is tried is the flow alone.
# timeout: 300
: "${JML_SRC:=$(cd "$(dirname "$0")/../.." && pwd)}" "${JML_BUILD:=$JML_SRC}"
. "$JML_SRC/tests/lib/tap.sh"
. "$JML_SRC/tests/lib/daemon.sh"
. "$JML_SRC/tests/lib/story.sh"
ctl="$JML_BUILD/jmlctl"

# target NAME KIND [SETTINGS [MORE]]: MORE are further members of the document
target() {
    local more=${4:+,$4}
    q "insert into jml.target (display_name, kind, document) values ('$1', '$2',
           '{\"displayName\":\"$1\",\"kind\":\"$2\",\"settings\":${3:-{\}}$more}');
       update jml.configuration set revision = revision + 1"
}

people() { # N
    q "insert into jml.person (employee_id, state) select 'E' || i, 'active' from generate_series(1, $1) i
       on conflict do nothing"
}

# order TARGET ACTION WHO [ROLE [COLUMN VALUE]...]: prints the id
role() { printf '00000000-0000-0000-0000-0000000000%02d' "$1"; }
order() {
    local target=$1 action=$2 who=$3 role=${4:-1} columns='' values='' state=pending
    shift 4 || shift $#
    case $action in revoke* | disableAccount | deleteAccount) state=removing ;; esac
    while [ $# -gt 0 ]; do
        columns+=", $1"
        values+=", $2"
        shift 2
    done
    q "insert into jml.delivery (person_id, resource_role_id, action, state, target, seq, due_at$columns)
       select p.id, $([ "$role" = 0 ] && echo null || echo "'$(role "$role")'"), '$action', '$state', '$target',
              nextval('jml.delivery_seq'), jml.now()$values
       from jml.person p where p.employee_id = '$who' returning id"
}

state_of() { q "select state from jml.delivery where id = '$1'"; }
ctl() { "$ctl" "$@"; }

# ---- one

world plain
people 3
target Nothing null
id=$(order Nothing grant E1)
gone=$(order Nothing revoke E2)
once
is "what is due is called, and delivered" "$(q "select state, attempts, due_at is null, confirmed_at is null,
    lease_until is null, lease_by is null, error is null from jml.delivery where id = '$id'")" 'delivered|1|t|t|t|t|t'
is "what takes away is removed" "$(q "select state, attempts from jml.delivery where id = '$gone'")" 'removed|1'
is "the audit tells the step, its person and who did it" "$(q "select actor, employee_id, rule, from_state, to_state
    from jml.audit where object_type = 'delivery' and object_id = '$id' and rule is not null")" 'jmld|E1|606|pending|delivered'
is "the person was told, and has been looked at" "$(q "select count(*) from jml.queue where kind = 'delivery'")" 0

later=$(order Nothing grant E3 1 due_at "jml.now() + interval '1 h'" 2> /dev/null || :)
later=$(order Nothing grant E3 1)
q "update jml.delivery set due_at = now() + interval '1 h' where id = '$later'"
once
is "what is due later waits, and once ends" "$(state_of "$later")" pending

finish
