# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# For tests that run the daemon; source it after tap.sh, with PGHOST... and JML_DATABASE set:
#
#   daemon_start NAME [OPTION...]   starts jmld in the background; its pid is in ${daemon[NAME]}, its
#                                   log in $work/NAME.log (appended to)
#   daemon_stop NAME                SIGTERM, and the exit status in $daemon_status
#   daemon_kill NAME                kill -9
#   drained SECONDS                 waits until the queue is empty
#   document PACKAGE...             a governance document on stdout: each package P with a policy
#                                   "always", and a joiner workflow "joiner P" (department eq 'P')
#                                   that requests it on the day of hire
#   broken_promises                 SQL results that must be empty: what was lost or done twice
work=$(mktemp -d "${TMPDIR:-/tmp}/jmld-test.XXXXXX")
chmod 755 "$work"
declare -A daemon
# shellcheck disable=SC2034 # for the tests
daemon_status=

daemons_end() {
    local pid
    for pid in "${daemon[@]}"; do
        kill -9 "$pid" 2> /dev/null
        wait "$pid" 2> /dev/null
    done
    rm -rf "$work"
}
trap daemons_end EXIT
trap 'exit 143' TERM INT HUP

daemon_start() {
    local name=$1
    shift
    "$JML_BUILD/jmld" --log=stderr "$@" >> "$work/$name.log" 2>&1 < /dev/null &
    daemon[$name]=$!
}

# shellcheck disable=SC2034 # daemon_status is for the tests
daemon_stop() {
    daemon_status=0
    kill -TERM "${daemon[$1]}" 2> /dev/null
    wait "${daemon[$1]}" 2> /dev/null || daemon_status=$?
    unset "daemon[$1]"
}

daemon_kill() {
    kill -9 "${daemon[$1]}" 2> /dev/null
    wait "${daemon[$1]}" 2> /dev/null
    unset "daemon[$1]"
}

daemon_alive() {
    kill -0 "${daemon[$1]}" 2> /dev/null
}

until_gone() { # SECONDS NAME
    local end=$((SECONDS + $1))
    while daemon_alive "$2"; do
        [ "$SECONDS" -lt "$end" ] || { kill -9 "${daemon[$2]}"; return 1; }
        sleep 0.05
    done
}

# until_says SECONDS NAME REGEX [COUNT]: waits for COUNT lines of its log
until_says() {
    local end=$((SECONDS + $1))
    until [ "$(grep -cE -- "$3" "$work/$2.log" 2> /dev/null)" -ge "${4:-1}" ]; do
        [ "$SECONDS" -lt "$end" ] || return 1
        sleep 0.05
    done
}

drained() {
    until_true "$1" 'select not exists (select from jml.queue)'
}

document() {
    local p sep=
    printf '{"catalogs":[{"displayName":"Company"}],\n'
    printf '"resources":[{"displayName":"App","catalog":"Company","target":"record","roles":["User"]}],\n'
    printf '"accessPackages":['
    for p in "$@"; do
        printf '%s{"displayName":"%s","catalog":"Company","resourceRoleScopes":[{"resource":"App","role":"User"}],' "$sep" "$p"
        printf '"assignmentPolicies":[{"displayName":"always","allowedTargetScope":"notSpecified","expiration":{"type":"noExpiration"}}]}\n'
        sep=,
    done
    sep=
    printf '],"workflows":['
    for p in "$@"; do
        printf '%s' "$sep"
        workflow joiner "joiner $p" "(department eq '$p')" "$at_hire" "$(task_request "$p")"
        sep=,
    done
    printf ']}\n'
}

at_hire='{"@odata.type":"#microsoft.graph.identityGovernance.timeBasedAttributeTrigger","timeBasedAttribute":"employeeHireDate","offsetInDays":0}'
# shellcheck disable=SC2034 # for the tests
at_department='{"@odata.type":"#microsoft.graph.identityGovernance.attributeChangeTrigger","triggerAttributes":[{"name":"department"}]}'

workflow() { # category name rule trigger tasks
    printf '{"category":"%s","displayName":"%s","isEnabled":true,"isSchedulingEnabled":true,' "$1" "$2"
    printf '"executionConditions":{"@odata.type":"#microsoft.graph.identityGovernance.triggerAndScopeBasedConditions",'
    printf '"scope":{"@odata.type":"#microsoft.graph.identityGovernance.ruleBasedSubjectSet","rule":"%s"},' "$3"
    printf '"trigger":%s},"tasks":[%s]}\n' "$4" "$5"
}

task_request() { # package
    printf '{"displayName":"request %s","isEnabled":true,"continueOnError":false,"taskDefinitionId":"c1ec1e76-f374-4375-aaa6-0bb6bd4c60be",' "$1"
    printf '"arguments":[{"name":"accessPackageId","value":"%s"},{"name":"assignmentPolicyId","value":"always"}]}' "$1"
}

# One line for each promise that is broken; for databases whose events are all due and valid.
broken_promises() {
    q 'analyze' # the tables were filled a moment ago
    q "select 'event not done: ' || count(*) from jml.event where state not in ('done', 'superseded') having count(*) > 0
       union all
       select 'event folded not exactly once: ' || count(*) from (
           select e.id from jml.event e left join jml.audit a
               on a.object_type = 'event' and a.object_id = e.id::text and a.to_state = 'done'
                  and a.from_state is distinct from 'done'
           where e.state = 'done' group by e.id having count(a.id) <> 1) x having count(*) > 0
       union all
       select 'cause with several runs: ' || count(*) from (
           select from jml.run group by workflow_id, person_id, trigger_key having count(*) > 1) x having count(*) > 0
       union all
       select 'run not completed: ' || count(*) from jml.run where state <> 'completed' having count(*) > 0
       union all
       select 'run completed not exactly once: ' || count(*) from (
           select r.id from jml.run r left join jml.audit a
               on a.object_type = 'run' and a.object_id = r.id::text and a.to_state = 'completed'
           group by r.id having count(a.id) <> 1) x having count(*) > 0
       union all
       select 'request of a run made twice: ' || count(*) from (
           select from jml.assignment_request where run_id is not null and requestor <> 'jmld' -- no correction
           group by run_id, access_package_id, request_type having count(*) > 1) x having count(*) > 0
       union all
       select 'held by a person who left: ' || count(*) from jml.assignment a join jml.person p on p.id = a.target_id
           where a.state <> 'expired' and p.state = 'left' having count(*) > 0
       union all
       select 'person held: ' || count(*) from jml.person where held_at is not null having count(*) > 0
       union all
       select 'row left in the queue: ' || count(*) from jml.queue having count(*) > 0
       union all
       select 'event of nobody: ' || count(*) from jml.event e
           where not exists (select from jml.person p where p.employee_id = e.employee_id) having count(*) > 0"
}
