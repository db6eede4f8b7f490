#!/bin/bash
# SPDX-License-Identifier: MIT
# timeout: 480
#
# The examples of jmld-semantics(7) are true: every literal block of the page is carried out in a
# database of its own, line by line, as the page's section THE EXAMPLES says.
#
#   2031-03-01 09:00            the clock; what is due is done
#   ('joiner', 'E1', ...)       a row of jml.event: kind, employee_id, effective_on, attributes, and
#                               then name => value for other columns; received at that time
#   => SQL                      then its answer, columns parted by |
#   $ command                   then its answer
#
# Lines that begin with blanks go on with the one before. An answer ends where another of these begins. "..." in it stands for anything. No answer: it must work.
# The examples are of 2031 and 2032; later they move on by 28 years, in which the calendar repeats.
# shellcheck disable=SC2317 # ask calls them
set -u
. "$JML_SRC/tests/lib/tap.sh"
. "$JML_SRC/tests/lib/story.sh"
export PGTZ=UTC
page=$JML_SRC/man/jmld-semantics.7

years=0
while [ "$(date +%Y)" -ge $((2031 + years)) ]; do years=$((years + 28)); done
ahead() { sed -E "s/2031-/$((2031 + years))-/g; s/2032-/$((2032 + years))-/g"; }

# The company that the page describes.
documents() {
    package Base none
    package Sales none
    package IT none
    package Badge P30D
    package Parking P30D
    workflow Prepare hire:-7 "(department eq 'Law')" mail:welcome request:Base/none
    workflow Sales hire:0 "(department eq 'Sales')" request:Sales/none
    workflow IT hire:0 "(department eq 'IT')" request:IT/none
    category=mover workflow 'To Sales' change:department "(department eq 'Sales')" remove:IT request:Sales/none
    category=mover workflow 'To IT' change:department "(department eq 'IT')" remove:Sales request:IT/none
    category=leaver workflow Handover leave:0 "(jobTitle eq 'manager')" removeall:30
    category=leaver workflow Archive leave:30 "(jobTitle eq 'manager')" mail:after
    workflow Parking demand '' request:Parking/P30D
    cat << 'JSON'
{"displayName": "Tools", "catalog": "Company", "resourceRoleScopes": [{"resource": "App", "role": "User"}],
 "assignmentPolicies": [{"displayName": "Tools", "allowedTargetScope": "allMemberUsers",
   "expiration": {"type": "afterDuration", "duration": "P30D"},
   "requestorSettings": {"enableTargetsToSelfAddAccess": true, "enableTargetsToSelfUpdateAccess": true,
     "enableOnBehalfRequestorsToAddAccess": true,
     "onBehalfRequestors": [{"@odata.type": "#microsoft.graph.targetManager", "managerLevel": 1}]},
   "requestApprovalSettings": {"isApprovalRequiredForAdd": true, "stages": [{
     "durationBeforeAutomaticDenial": "P14D", "isEscalationEnabled": true, "durationBeforeEscalation": "P4D",
     "primaryApprovers": [{"@odata.type": "#microsoft.graph.targetManager", "managerLevel": 1}],
     "escalationApprovers": [{"@odata.type": "#microsoft.graph.singleUser", "userId": "X1"}]}]},
   "questions": [{"@odata.type": "#microsoft.graph.accessPackageTextInputQuestion", "text": "Cost center",
     "isRequired": true, "regexPattern": "^[0-9]{4}$"}]}]}
{"displayName": "Visit", "catalog": "Company", "resourceRoleScopes": [{"resource": "App", "role": "User"}],
 "assignmentPolicies": [{"displayName": "Visit", "allowedTargetScope": "allExternalUsers",
   "expiration": {"type": "afterDuration", "duration": "P10D"},
   "requestorSettings": {"enableTargetsToSelfAddAccess": true}}]}
{"displayName": "Pay", "catalog": "Company", "resourceRoleScopes": [{"resource": "App", "role": "User"}],
 "assignmentPolicies": [{"displayName": "Pay", "expiration": {"type": "noExpiration"}}]}
{"displayName": "Control", "catalog": "Company", "resourceRoleScopes": [{"resource": "App", "role": "User"}],
 "incompatibleAccessPackages": ["Pay"],
 "assignmentPolicies": [{"displayName": "Control", "allowedTargetScope": "specificDirectoryUsers",
   "specificAllowedTargets": [{"@odata.type": "#microsoft.graph.attributeRuleMembers",
     "membershipRule": "department eq 'Control'"}],
   "expiration": {"type": "noExpiration"},
   "automaticRequestSettings": {"requestAccessForAllowedTargets": true,
     "removeAccessWhenTargetLeavesAllowedTargets": true, "gracePeriodBeforeAccessRemoval": "P7D"}},
   {"displayName": "By hand", "expiration": {"type": "noExpiration"}}]}
JSON
}

# What every example begins with, made once and copied.
prepare() {
    world example_ready
    documents | company
    q "CREATE TABLE public.clock AS SELECT now() AS at;
       GRANT SELECT ON public.clock TO PUBLIC;
       CREATE FUNCTION public.receive() RETURNS trigger LANGUAGE plpgsql AS
           'BEGIN NEW.received_at := (SELECT at FROM public.clock); RETURN NEW; END';
       CREATE FUNCTION public.ask() RETURNS trigger LANGUAGE plpgsql AS
           'BEGIN NEW.created_at := (SELECT at FROM public.clock); RETURN NEW; END';
       CREATE TRIGGER receive BEFORE INSERT ON jml.event FOR EACH ROW EXECUTE FUNCTION public.receive();
       CREATE TRIGGER ask BEFORE INSERT ON jml.assignment_request FOR EACH ROW
           WHEN (current_user <> 'jml_daemon') EXECUTE FUNCTION public.ask()"
}

begin() { # DATABASE
    psql -X -q -d postgres -c "CREATE DATABASE $1 TEMPLATE example_ready"
    export PGDATABASE=$1 JML_DATABASE="$story_server dbname=$1"
}

clock='' open=0 asked='' answered=0 got='' wanted='' line_no=0 failed=''

# jmld works off what there is, and does what was due on the way there at its time.
work_off() {
    local due times=0
    [ "$open" = 1 ] || return 0
    open=0
    while due=$(q "SELECT date_trunc('milliseconds', min(due_at)) + interval '1 ms' FROM jml.person
                   WHERE due_at < '$clock+00' AND held_at IS NULL") && [ -n "$due" ]; do
        [ $((times++)) -lt 20 ] || break
        at "$due"
    done
    at "$clock"
}

sql() { # the answer; errors in one line
    psql -X -q -A -t -F ' | ' -v ON_ERROR_STOP=1 -v VERBOSITY=terse -c "$1" 2>&1
}

# What was answered to the last question is what the page says.
compare() {
    local pattern
    pattern=$(sed -e 's/[][\\*?]/\\&/g' -e 's/\.\.\./*/g' <<< "$wanted")
    # shellcheck disable=SC2053 # it is a pattern
    if [ -n "$wanted" ] && [[ $got != $pattern ]]; then
        failed+="line $line_no: $asked"$'\n'"got:    $got"$'\n'"wanted: $wanted"$'\n'
    elif [ -z "$wanted" ] && [ "$answered" != 0 ]; then
        failed+="line $line_no: $asked"$'\n'"$got"$'\n'
    fi
    got='' wanted='' asked='' answered=0
}

ask() { # COMMAND...
    compare
    line_no=$number asked=$text
    got=$(set -o pipefail; "$@" 2>&1 | sed 's/ *$//') || answered=$?
    open=1
}

row() { # ('kind', 'employee_id', 'effective_on', 'attributes', name => value...)
    local values=${1#(} names='kind, employee_id, effective_on, attributes' name
    values=${values%)}
    while [[ $values =~ ,\ ([a-z_]+)\ =\>\  ]]; do
        name=${BASH_REMATCH[1]}
        values=${values/", $name => "/, }
        names+=", $name"
    done
    sql "INSERT INTO jml.event ($names) VALUES ($values)"
}

# carry_out: the lines of one example, "number<tab>line", on file descriptor 3
carry_out() {
    local number text
    clock='' open=0 failed='' got='' wanted='' asked='' answered=0
    while IFS=$'\t' read -r number text <&3; do
        case $text in
            [0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]\ [0-9][0-9]:[0-9][0-9] | ????-??-??\ ??:??:??)
                compare
                [ -z "$clock" ] || work_off
                clock=$text open=1
                q "UPDATE public.clock SET at = '$clock+00'"
                work_off
                ;;
            "('"*) ask row "$text" ;;
            "\$ "*) work_off && ask eval "${text#"\$ "}" ;;
            "=> "*) work_off && ask sql "${text#"=> "}" ;;
            *) wanted+=${wanted:+$'\n'}$text ;;
        esac
    done
    compare
    work_off
}

# Every literal block: rule, number of the line, line with those that go on with it.
awk '/^\.It Sy [TCARF][0-9]+/ { rule = $3 }
     /^\.Bd -literal/ { inside = 1; block++; next }
     /^\.Ed/ { inside = 0; next }
     inside && rule && /^   / { sub(/^ +/, " "); printf "%s", $0; next }
     inside && rule { printf "\n%s_%d\t%d\t%s", rule, block, FNR, $0 }
     END { print "" }' "$page" | sed 1d | ahead > "$work/examples"
mapfile -t examples < <(cut -f1 "$work/examples" | uniq)
prepare
for example in "${examples[@]}"; do
    begin "example_${example,,}"
    grep -P "^$example\t" "$work/examples" | cut -f2- > "$work/lines"
    exec 3< "$work/lines"
    carry_out
    exec 3<&-
    if [ -z "$failed" ]; then
        tap_line 0 "${example%_*}: the example in line $(head -n 1 "$work/lines" | cut -f1) is true"
    else
        tap_line 1 "${example%_*}: the example in line $(head -n 1 "$work/lines" | cut -f1) is true"
        printf '%s' "$failed" | sed 's/^/# /'
    fi
done
for rule in T{1..10} C{1..7} A{1..6} R{1..10} F1 F3; do
    ok "$rule has an example" grep -qP "^${rule}_" "$work/examples"
done
is "the rules are all there, in their order" \
    "$(sed -n 's/^\.It Sy \([TCARF][0-9]*\) .*/\1/p' "$page" | tr '\n' ' ')" \
    'T1 T2 T3 T4 T5 T6 T7 T8 T9 T10 C1 C2 C3 C4 C5 C6 C7 A1 A2 A3 A4 A5 A6 R1 R2 R3 R4 R5 R6 R7 R8 R9 R10 F1 F2 F3 F4 F5 F6 '
finish
