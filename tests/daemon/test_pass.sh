#!/bin/bash
# SPDX-License-Identifier: MIT
# timeout: 600
#
# First passwords: made by jmld, set at a real slapd, mailed to the manager, and written down nowhere.
set -u
. "$JML_SRC/tests/lib/tap.sh"
. "$JML_SRC/tests/lib/story.sh"
. "$JML_SRC/tests/lib/mail.sh"
. "$JML_SRC/tests/lib/slapd.sh"
mail_needs
if ! [ -x /usr/sbin/slapd ] || ! command -v ldapwhoami > /dev/null; then
    echo '1..0 # SKIP needs slapd and ldap-utils'
    exit 0
fi
mail_server_start
trap 'slapd_stop; mail_end; rm -rf "$work"' EXIT
if ! slapd_make "$work/slapd" || ! slapd_start; then
    echo 'Bail out! no slapd'
    exit 99
fi

openssl rand -base64 48 > "$work/key"
openssl rand -base64 48 > "$work/other-key"
chmod 600 "$work/key" "$work/other-key"
directory='dc=example,dc=com'

conf() { # NAME KEY
    printf '[log]\nlevel = debug\n[passwords]\nkey_file = %s\n' "$2" >> "$(mail_conf "$1")"
    echo "$work/$1.conf"
}
documents() { # [JQ of the pass' arguments]
    package Month P30D
    workflow Join hire:0 "(department eq 'Sales')" enable mail:pass request:Month/P30D |
        jq --argjson more "${1:-[]}" '.tasks[0].taskDefinitionId = "6fc52c9d-398b-4305-9763-15f42c1676fc" |
            .tasks[0].arguments = [{name: "target", value: "Directory"}] |
            .tasks[1].arguments = [{name: "target", value: "Directory"}] + $more'
}
targets() {
    jq -n --arg dir "$slapd_dir" --arg uri "$slapd_ldap" --arg d "$directory" '{targets: [
        {displayName: "Desk", kind: "manual"},
        {displayName: "Directory", kind: "ldap", settings: {
            uri: $uri, startTls: true, caFile: "\($dir)/ca.crt", bindDn: "cn=service,\($d)",
            passwordFile: "\($dir)/password", peopleBase: "ou=people,\($d)", groupBase: "ou=groups,\($d)",
            accountFilter: "(uid={{employeeId}})", accountDn: "uid={{employeeId}},ou=people,\($d)",
            accountAttributes: {objectClass: ["inetOrgPerson"], uid: "{{employeeId}}", cn: "{{displayName}}",
                sn: "{{displayName}}"}}}]}' > "$work/targets.json"
    jmlctl apply "$work/targets.json" > "$work/x" || cat "$work/x"
}
begin() { # NAME [ARGUMENTS]: a world with a manager
    world "$1"
    targets
    documents "${2:-[]}" | company
    event joiner M1 "$(day -30)" '{"displayName":"Mia","mail":"m@example.test"}' > "$work/id"
    once -c "$(conf off "$work/key")" > "$work/x"
}
joins() { # WHO [ATTRIBUTES]
    event joiner "$1" "$(day 0)" "$(person a@example.test '{"manager":"M1"}')" > "$work/id"
}
binds() { # WHO PASSWORD: does the directory let them in?
    (umask 077 && printf %s "$2" > "$work/typed")
    LDAPTLS_CACERT=$slapd_dir/ca.crt ldapwhoami -x -ZZ -H "$slapd_ldap" -D "uid=$1,ou=people,$directory" \
        -y "$work/typed" 2>&1
}
password_of() { # N of M's mails
    mail m "$1" text | grep -E '^    [A-Za-z2-9]+$' | tr -d ' '
}
tasks() { q "SELECT string_agg(t.position || ' ' || t.state || coalesce(' ' || split_part(t.error, ':', 1), ''), ', ' ORDER BY t.position)
             FROM jml.task_run t JOIN jml.run r ON r.id = t.run_id JOIN jml.person p ON p.id = r.person_id WHERE p.employee_id = '$1'"; }

# ---- from the event to a password that opens

begin pass
joins E1
once -c "$(conf pass "$work/key")"
is "the tasks are done, the pass, too" "$(tasks E1)" '1 completed, 2 completed, 3 completed'
is "the mail went to the manager" "$(outbox) $(inbox m 1)" 'access_pass:sent:1 1'
secret=$(password_of 1)
is "it holds one password" "${#secret}" 16
like "which opens the directory" "$(binds E1 "$secret")" '^dn:uid=E1,ou=people'
like "as no other does" "$(binds E1 "${secret}x")" 'Invalid credentials'
is "nobody else got it" "$(inbox a) $(mail m 1 subject)" '0 Temporary access pass for Ana Lima'
like "the text says whose it is" "$(mail m 1 text)" "Ana Lima starts on $(day 0)"
like "also in HTML" "$(mail m 1 html)" "$secret"
pg_dump -d "$JML_DATABASE" > "$work/dump"
ok "the database was dumped whole" grep -q 'setPassword' "$work/dump"
is "and holds it nowhere, plain or in base64" \
    "$(grep -cF -e "$secret" -e "$(printf %s "$secret" | base64)" "$work/dump")" 0
is "nor does the log" "$(grep -cF "$secret" "$log")" 0
is "nor what jmlctl shows" "$({ jmlctl notification show "$(q 'SELECT id FROM jml.notification')"
    jmlctl delivery show "$(q "SELECT id FROM jml.delivery WHERE action = 'setPassword'")"
    jmlctl person timeline E1; jmlctl --json audit list; } | grep -cF "$secret")" 0
ok "the audit verifies" jmlctl audit verify
is "health has nothing to say" "$(jmlctl --json health | jq -r '.[] | select(.check == "passwords") | .state')" ok

# ---- after a crash

begin crash '[{"name":"passwordLength","value":"24"},{"name":"tapLifetimeMinutes","value":"60"}]'
joins E2
before=$(inbox m)
JMLD_FAULT_MAIL=access_pass jmld --once --log=stderr -c "$(conf crash "$work/key")" >> "$log" 2>&1
is "the daemon died when the mail was sent" "$? $(outbox)" '137 access_pass:pending:1'
secret=$(inbox m $((before + 1)) > "$work/x"; password_of $((before + 1)))
q "UPDATE jml.notification SET lease_until = NULL"
once -c "$(conf crash "$work/key")"
is "the second letter says the same" "$(inbox m $((before + 2))) $(password_of $((before + 2)))" "$((before + 2)) $secret"
is "by the same Message-ID" "$(mail m $((before + 1)) message-id)" "$(mail m $((before + 2)) message-id)"
is "of the length that was wished for" "${#secret}" 24
like "and it opens" "$(binds E2 "$secret")" '^dn:uid=E2'
q "UPDATE jml.delivery SET state = 'pending', due_at = jml.now(), lease_until = NULL WHERE action = 'setPassword'"
once -c "$(conf crash "$work/key")"
is "set once more, it is the same" "$(q "SELECT state, attempts FROM jml.delivery WHERE action = 'setPassword'"):$(binds E2 "$secret" | cut -d, -f1)" \
    'delivered|2:dn:uid=E2'

# ---- without a key

begin bare
joins E3
before=$(inbox m)
once -c "$(mail_conf bare)"
is "without a key the task fails, and what follows waits" "$(tasks E3)" '1 completed, 2 failed delivery_failed'
like "it says what to do" "$(q "SELECT error FROM jml.task_run WHERE state = 'failed'")" \
    'Directory: no_key: there is no key to make passwords of: set key_file in \[passwords\] of jmld.conf'
is "nobody is told anything" "$(inbox m)" "$before"
like "health does" "$(jmlctl --csv health 2> "$work/x" | grep '^passwords')" '^passwords,warning,1,.*key_file in \[passwords\]'
jmlctl run retry "$(q "SELECT id FROM jml.run WHERE state = 'failed'")" > "$work/x"
printf 'short\n' > "$work/short"
chmod 600 "$work/short"
once -c "$(conf short "$work/short")"
like "what is no key is said to be none" "$(q "SELECT error FROM jml.task_run WHERE state = 'failed'")" \
    'less than 32 bytes: openssl rand -base64 48'
jmlctl run retry "$(q "SELECT id FROM jml.run WHERE state = 'failed'")" > "$work/x"
once -c "$(conf whole "$work/key")"
is "with one, trying again is enough" "$(tasks E3) $(inbox m $((before + 1)))" \
    "1 completed, 2 completed, 3 completed $((before + 1))"
like "it opens" "$(binds E3 "$(password_of $((before + 1)))")" '^dn:uid=E3'
is "and health is content" "$(jmlctl --json health | jq -r '.[] | select(.check == "passwords") | .state')" ok

# ---- when the key goes away, or is another

begin keys
joins E4
before=$(inbox m)
sed 's/^server = .*/server = /' "$(conf quiet "$work/key")" > "$work/silent.conf"
once -c "$work/silent.conf"
is "the password is set, its mail waits" "$(tasks E4) $(outbox)" '1 completed, 2 completed, 3 completed access_pass:pending:0'
once -c "$(mail_conf none)"
is "without the key it goes on waiting" "$(outbox) $(q "SELECT split_part(error, ':', 1) FROM jml.notification")" \
    'access_pass:pending:1 no_key'
q "UPDATE jml.notification SET due_at = jml.now()"
once -c "$(conf other "$work/other-key")"
is "another key would make another password: it is not mailed" \
    "$(q "SELECT state, split_part(error, ':', 1) FROM jml.notification") $(inbox m)" "failed|key_changed $before"
q "SELECT id FROM jml.notification" | xargs jmlctl notification retry > "$work/x"
once -c "$(conf again "$work/key")"
is "with the first one back it is" "$(outbox) $(inbox m $((before + 1)))" "access_pass:sent:1 $((before + 1))"
like "and it opens" "$(binds E4 "$(password_of $((before + 1)))")" '^dn:uid=E4'

# ---- words of the task, and targets that cannot

world words
targets
documents '[{"name":"customBody","value":"For {{userDisplayName}}"}]' | company
event joiner M1 "$(day -30)" '{"displayName":"Mia","mail":"m@example.test"}' > "$work/id"
once -c "$(conf off "$work/key")"
joins E5
before=$(inbox m)
once -c "$(conf words "$work/key")"
inbox m $((before + 1)) > "$work/x"
like "words of one's own that forget it get it all the same" "$(mail m $((before + 1)) text | tr '\n' '|')" \
    '^For Ana Lima\|\|    [A-Za-z2-9]{16}\|$'
jq '(.workflows[0].tasks[1].arguments[] | select(.name == "target")).value = "Desk"' "$work/company.json" > "$work/desk.json"
like "nobody is told a password to set by hand" "$(jmlctl apply "$work/desk.json" 2>&1)" \
    "'Desk' is a target of kind manual, which cannot be given a password"
ok "the audit verifies" jmlctl audit verify
is "no log has any of them" "$(for n in $(seq "$(inbox m)"); do password_of "$n"; done | grep -v '^$' | grep -cFf - "$log")" 0

finish
