# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# For stories told from outside: worlds to play in, documents in a few words, a clock that can be
# set, and events. Source after tap.sh (and after daemon.sh, where both are needed).
#
#   world NAME               a fresh migrated database, which all that follows uses
#   { package P none P30D; workflow W hire:-7 RULE TASK...; } | company
#                            applies documents (see package and workflow below)
#   event KIND WHO WHEN [ATTRIBUTES] [COLUMN=VALUE]...     inserts one; prints its id
#   once [ARGUMENT...]       jmld --once at the real time; its log is appended to $log
#   at INSTANT [ARGUMENT...] the same with the clock set to an instant ("2026-12-01 08:00", UTC)
#   day N, instant N HH:MM   days are counted from today: a date, an instant on it
#   holds WHO                the packages somebody holds, sorted, parted by blanks
#   said INSTANT KIND WHO... event that came in at that instant; more words about corrections below
#
# once and at make a failing test line when the daemon ends with anything but 0.
if [ -z "${work:-}" ]; then # daemon.sh may have made it
    work=$(mktemp -d "${TMPDIR:-/tmp}/jmld-story.XXXXXX")
    trap 'rm -rf "$work"' EXIT
fi
log=$work/log
: > "$log"
today=$(date -u +%F)
epoch=$(date -u -d "$today" +%s)
story_server="host=$PGHOST port=$PGPORT user=$PGUSER"

day() { date -u -d "@$((epoch + $1 * 86400))" +%F; }
instant() { echo "$(day "$1") ${2:-00:00}"; }

world() {
    if ! psql -X -q -A -t -d postgres -c 'SELECT datname FROM pg_database' | grep -qx story_empty; then
        psql -X -q -d postgres -c 'CREATE DATABASE story_empty'
        jmlctl -d "$story_server dbname=story_empty" migrate > "$work/migrate" 2>&1 ||
            { cat "$work/migrate"; echo 'Bail out! no schema'; exit 99; }
    fi
    psql -X -q -d postgres -c "CREATE DATABASE $1 TEMPLATE story_empty"
    export PGDATABASE=$1 JML_DATABASE="$story_server dbname=$1"
}

# package NAME POLICY...: each policy is named by its expiration: none, P30D, PT20H, or an instant.
# roles='App/User App/Editor' changes its roles (default App/User; empty: none).
package() {
    local name=$1
    shift
    jq -n --arg name "$name" --arg roles "${roles-App/User}" '{
        displayName: $name, catalog: "Company",
        resourceRoleScopes: [$roles | split(" ")[] | split("/") | {resource: .[0], role: .[1]}],
        assignmentPolicies: [$ARGS.positional[] | {
            displayName: ., allowedTargetScope: "notSpecified",
            expiration: (if . == "none" then {type: "noExpiration"}
                         elif startswith("P") then {type: "afterDuration", duration: .}
                         else {type: "afterDateTime", endDateTime: .} end)}]}' --args "$@"
}

# workflow NAME TRIGGER RULE TASK...
#   TRIGGER  hire:-7 leave:0 created:0 change:department,city group:add:NAME demand
#            v2:employeeHireDate:equal:before:7  v2:...:lessequal:after:60  v2:...:between:after:7:30
#   TASK     request:PACKAGE/POLICY remove:P1,P2 removeall:DAYS cancelrequests
#            extension:NAME (a custom task extension)
#            mail:welcome, mail:reminder, mail:pass, mail:move, mail:before, mail:last, mail:after
#            a + in front: go on when it fails
# enabled=false, scheduling=false change those two; category=joiner is the default.
workflow() {
    local name=$1 trigger=$2 rule=$3
    shift 3
    jq -n --arg name "$name" --arg trigger "$trigger" --arg rule "$rule" \
        --argjson enabled "${enabled:-true}" --argjson scheduling "${scheduling:-true}" \
        --arg category "${category:-joiner}" '
        def ns: "#microsoft.graph.identityGovernance." + .;
        def ruled: {"@odata.type": ("ruleBasedSubjectSet" | ns), rule: $rule};
        def attribute: {hire: "employeeHireDate", leave: "employeeLeaveDateTime",
                        created: "createdDateTime"}[.];
        def definition: {
            request: "c1ec1e76-f374-4375-aaa6-0bb6bd4c60be",
            remove: "4a0b64f2-c7ec-46ba-b117-18f262946c50",
            removeall: "42ae2956-193d-4f39-be06-691b8ac4fa1d",
            cancelrequests: "498770d9-bab7-4e4c-b73d-5ded82a1d0b3",
            extension: "4262b724-8dba-4fad-afc3-43fcbb497a0e",
            welcome: "70b29d51-b59a-4773-9280-8841dfd3f2ea",
            reminder: "3c860712-2d37-42a4-928f-5c93935d26a1",
            pass: "1b555e50-7f65-41d5-b514-5894a026d10d",
            move: "aab41899-9972-422a-9d97-f626014578b7",
            before: "52853a3e-f4e5-4eb8-bb24-1ac09a1da935",
            last: "9c0a1eaf-5bda-4392-9d9e-6e155bb57411",
            after: "6f22ddd4-b3a5-47a4-a846-0d7c201a49ce"}[.];
        ($trigger | split(":")) as $t |
        (if ["hire", "leave", "created"] | index($t[0]) then
             {"@odata.type": ("timeBasedAttributeTrigger" | ns),
              timeBasedAttribute: ($t[0] | attribute), offsetInDays: ($t[1] | tonumber)}
         elif $t[0] == "change" then
             {"@odata.type": ("attributeChangeTrigger" | ns),
              triggerAttributes: [$t[1] | split(",")[] | {name: .}]}
         elif $t[0] == "group" then
             {"@odata.type": ("membershipChangeTrigger" | ns), changeType: $t[1]}
         elif $t[0] == "v2" then
             {"@odata.type": ("timeBasedAttributeTriggerV2" | ns), attribute: $t[1],
              operator: ({eventTiming: $t[3]} + (
                  if $t[2] == "between" then
                      {"@odata.type": ("operatorBetween" | ns),
                       greaterThanOffsetInDays: ($t[4] | tonumber), lessThanOffsetInDays: ($t[5] | tonumber)}
                  else {"@odata.type": ((if $t[2] == "equal" then "operatorEqualTo"
                                         else "operatorLessThanEqualTo" end) | ns),
                        offsetInDays: ($t[4] | tonumber)} end))}
         else null end) as $fires |
        {category: $category, displayName: $name, isEnabled: $enabled,
         isSchedulingEnabled: ($scheduling and $enabled),
         executionConditions: (
             if $fires == null then {"@odata.type": ("onDemandExecutionOnly" | ns)}
             else {"@odata.type": ("triggerAndScopeBasedConditions" | ns), trigger: $fires,
                   scope: (if $t[0] == "group" then
                       {"@odata.type": ("groupBasedSubjectSet" | ns), groups: [{displayName: $t[2]}]}
                       else ruled end)} end),
         tasks: [$ARGS.positional[] |
             startswith("+") as $go_on | ltrimstr("+") | split(":") as $k |
             {displayName: ., isEnabled: true, continueOnError: $go_on,
              taskDefinitionId: ((if $k[0] == "mail" then $k[1] else $k[0] end) | definition),
              arguments: (
                  if $k[0] == "request" then ($k[1:] | join(":") | split("/")) as $p |
                      [{name: "accessPackageId", value: $p[0]},
                       {name: "assignmentPolicyId", value: $p[1]}]
                  elif $k[0] == "remove" then [{name: "accessPackageId", value: $k[1]}]
                  elif $k[0] == "extension" then [{name: "customTaskExtensionID", value: $k[1]}]
                  elif $k[0] == "removeall" then [{name: "daysUntilExpiration", value: $k[1]}]
                  else [] end)}]}' --args "$@"
}

company() {
    jq -s '{catalogs: [{displayName: "Company"}],
            resources: [{displayName: "App", catalog: "Company", target: "record",
                         roles: ["User", "Editor", "Admin"]}],
            accessPackages: [.[] | select(has("resourceRoleScopes"))],
            workflows: [.[] | select(has("tasks"))]}' > "$work/company.json"
    jmlctl apply "$work/company.json" > "$work/apply" 2>&1 || {
        tap_line 1 "the documents apply"
        sed 's/^/# /' "$work/apply"
        return 1
    }
}

event() {
    local columns='kind, employee_id, attributes' values pair attributes=${4:-'{}'}
    values="'$1', '${2//\'/\'\'}', '${attributes//\'/\'\'}'"
    case $3 in
        none) ;;
        *[T\ ]*) columns+=', effective_at'; values+=", '${3}+00'" ;;
        *) columns+=', effective_on'; values+=", '$3'" ;;
    esac
    for pair in "${@:5}"; do
        columns+=", ${pair%%=*}"
        values+=", '${pair#*=}'"
    done
    q "INSERT INTO jml.event ($columns) VALUES ($values) RETURNING id"
}

once() {
    local status=0
    jmld --once --log=stderr "$@" > "$work/said" 2>&1 || status=$?
    cat "$work/said" >> "$log"
    [ "$status" = 0 ] || {
        tap_line 1 "jmld --once $* ends with 0, not $status"
        tail -n 5 "$work/said" | sed 's/^/# /'
    }
}

at() {
    local ms=$(($(date -u -d "$1" +%s%3N) - $(date -u +%s%3N)))
    shift
    [ "$ms" -gt 0 ] || ms=0
    once --clock-offset="${ms}ms" "$@"
}

holds() {
    q "SELECT coalesce(string_agg(access_package, ' ' ORDER BY access_package), '')
       FROM jml.assignments WHERE employee_id = '$1' AND state <> 'expired'"
}

state_of() { q "SELECT state FROM jml.person WHERE employee_id = '$1'"; }

# runs WHO [WORKFLOW]: the states of somebody's runs in the order they were due.
runs_of() {
    q "SELECT coalesce(string_agg(state, ' ' ORDER BY due_at, workflow), '') FROM jml.runs
       WHERE employee_id = '$1' ${2:+AND workflow = '$2'}"
}

# notices WHO: kind:state of somebody's mails, in the order they came about.
notices_of() {
    q "SELECT coalesce(string_agg(n.kind || ':' || n.state, ' ' ORDER BY n.created_at, n.id), '')
       FROM jml.notification n JOIN jml.person p ON p.id = n.person_id WHERE p.employee_id = '$1'"
}

# What is open about somebody: 0 when nothing is left to do or to take away.
open_of() {
    q "SELECT (SELECT count(*) FROM jml.assignments WHERE employee_id = '$1' AND state <> 'expired')
            + (SELECT count(*) FROM jml.runs WHERE employee_id = '$1'
               AND state IN ('scheduled', 'queued', 'inProgress', 'held'))
            + (SELECT count(*) FROM jml.requests WHERE employee_id = '$1' AND state IN
               ('submitted', 'pendingApproval', 'scheduled', 'delivering'))
            + (SELECT count(*) FROM jml.person WHERE employee_id = '$1'
               AND (due_at IS NOT NULL OR removal_at IS NOT NULL))
            + (SELECT count(*) FROM jml.queue WHERE employee_id = '$1')"
}

# said INSTANT KIND WHO WHEN [ATTRIBUTES] [COLUMN=VALUE]...: an event that came in at that instant
said() {
    local received=$1
    shift
    event "$1" "$2" "$3" "${4:-{\}}" "${@:5}" received_at="$received+00" > "$work/id"
}
# at INSTANT "${late[@]}" then: all of it may be late, and nothing is held or dropped.
unlimited() {
    printf '[timeline]\ncatch_up = unlimited\n[database]\nconninfo = %s\n' "$JML_DATABASE" \
        > "$work/unlimited.conf"
    # shellcheck disable=SC2034 # for the tests
    late=(-c "$work/unlimited.conf")
}
# When it ends: "2027-01-04 00:00"; why it ended: "left".
ends_of() {
    q "SELECT to_char(ends_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI') FROM jml.assignments
       WHERE employee_id = '$1' AND access_package = '$2' AND state <> 'expired'"
}
why_of() {
    q "SELECT end_reason FROM jml.assignments WHERE employee_id = '$1' AND access_package = '$2'
       AND state = 'expired' ORDER BY expired_at DESC, created_at DESC LIMIT 1"
}
# What jmld asked for by itself, in order, with the reason.
own_requests() {
    q "SELECT request_type || ' ' || access_package || ': ' || coalesce(justification, '-')
       FROM jml.requests WHERE employee_id = '$1' AND requestor = 'jmld' ORDER BY created_at, id"
}
periods_of() {
    q "SELECT string_agg(coalesce(p ->> 'start', '') || '..' || coalesce(p ->> 'end', ''), ' ')
       FROM jml.person, jsonb_array_elements(employments) p WHERE employee_id = '$1'"
}
add() { jmlctl assignment add "$1" --policy none --employee "${@:2}" > "$work/x"; }
# From midnight to midnight: the civil day n begins.
mid() { instant "$1" 00:00:01; }
