#!/bin/bash
# SPDX-License-Identifier: MIT
#
# What is told of targets that cannot be opened or do not answer, as long as it is so; and reminders of
# tickets that nobody closes.
# timeout: 300
: "${JML_SRC:=$(cd "$(dirname "$0")/../.." && pwd)}" "${JML_BUILD:=$JML_SRC}"
. "$JML_SRC/tests/lib/tap.sh"
. "$JML_SRC/tests/lib/daemon.sh"
. "$JML_SRC/tests/lib/story.sh"

# target NAME KIND [SETTINGS [MORE]]: MORE are further members of the document
target() {
    local more=${4:+,$4}
    q "insert into jml.target (display_name, kind, document) values ('$1', '$2',
           '{\"displayName\":\"$1\",\"kind\":\"$2\",\"settings\":${3:-{\}}$more}')"
    changed
}
changed() {
    q "update jml.configuration set revision = revision + 1;
       insert into jml.queue (class, kind, employee_id) values (1, 'wake', 'E1')"
}
# order TARGET ACTION WHO STATE
order() {
    q "insert into jml.delivery (person_id, resource_role_id, action, state, target, seq, due_at)
       select p.id, (select id from jml.resource_role limit 1), '$2', '$4', '$1', nextval('jml.delivery_seq'), jml.now()
       from jml.person p where p.employee_id like '$3' limit 1 returning id"
}
people() {
    q "insert into jml.person (employee_id, state, updated_at) select 'E' || i, 'active', now() from generate_series(1, $1) i"
}
check() { jmlctl --json health 2> /dev/null | jq -r --arg c "$1" '.[] | select(.check == $c) | "\(.state) \(.count)"'; }
words() { jmlctl --json health 2> /dev/null | jq -r --arg c "$1" '.[] | select(.check == $c).detail'; }
listed() { jmlctl --json target list | jq -r --arg t "$1" '.[] | select(.display_name == $t) | "\(.trouble) \(.trouble_since != null) \(.trouble_error // "")"'; }
in_status() { jmlctl --json status | jq -r '[.[] | select(.section == "targets") | "\(.name): \(.detail)"] | join("; ")'; }
until_listed() { # SECONDS TARGET REGEX
    local end=$((SECONDS + $1))
    until listed "$2" | grep -qE -- "$3"; do
        [ "$SECONDS" -lt "$end" ] || return 1
        sleep 0.2
    done
}

# ---- what cannot be opened, and what does not answer

world met
people 20
target Broken ldap
target Sick null '{"unreachableFirst":1000}' '"concurrency":5'
target Good null
q "insert into jml.delivery (person_id, action, state, target, seq, due_at)
   select p.id, 'enableAccount', 'pending', t, nextval('jml.delivery_seq'), jml.now() from jml.person p, unnest('{Sick,Good}'::text[]) t"
is "before a daemon came nothing is known" "$(listed Broken)" 'null false '
daemon_start d
ok "a target that cannot be opened is told" until_listed 20 Broken '^unusable true .+'
ok "so is one that does not answer" until_listed 20 Sick '^unreachable true '
is "the others are well" "$(listed Good)" 'null false '
like "target show has it, too" "$(jmlctl target show Broken)" '^trouble: +unusable'
like "status tells them" "$(in_status)" '^Broken: cannot be opened: .+; Sick: does not answer: '
is "health warns" "$(check targets)" 'warning 2'
like "naming them" "$(words targets)" 'configured, for example Broken; do not answer, for example Sick; since 2.*jmlctl target list'
before=$(q "select since, xmin from jml.target_trouble where target = 'Sick'")
sleep 5 # probes fail meanwhile
is "what is tried again is not written again" "$(q "select since, xmin from jml.target_trouble where target = 'Sick'")" "$before"

daemon_start second
ok "a second daemon meets the same" until_true 20 "select daemons = 2 from jml.target_troubles where display_name = 'Broken'"
is "it is told once" "$(check targets)" 'warning 2'
daemon_stop second
is "and one that ends takes what it met with it" "$(q "select count(distinct daemon_id) from jml.target_trouble")" 1

q "update jml.target set document = jsonb_set(document, '{settings}', '{}') where display_name = 'Sick'"
changed
ok "one that answers is well again" until_listed 20 Sick '^null false $'
ok "and gets what waited" until_true 20 "select count(*) = 20 from jml.delivery where target = 'Sick' and state = 'delivered'"
is "health has the other alone" "$(check targets)" 'warning 1'
q "update jml.target set document = document || '{\"isEnabled\":false}' where display_name = 'Broken'"
is "one that is not enabled is nobody's trouble" "$(check targets):$(in_status)" 'ok 0:'
changed
ok "and the daemon forgets it" until_true 20 "select not exists (select from jml.target_trouble)"
q "update jml.target set document = document || '{\"isEnabled\":true}' where display_name = 'Broken'"
changed
ok "until it is enabled again" until_listed 20 Broken '^unusable true '
q "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'jmld' and datname = current_database()" > /dev/null
ok "a connection that was lost changes nothing" until_listed 20 Broken '^unusable true '
daemon_kill d
is "a daemon that was killed leaves rows behind" "$(q "select count(*) from jml.target_trouble")" 1
ok "that nobody is told of" until_listed 10 Broken '^null false $'
is "nor by health" "$(check targets)" 'ok 0'
is "nor by status" "$(in_status)" ''
daemon_start d
ok "the next daemon tells anew" until_listed 20 Broken '^unusable true '
q "delete from jml.target where display_name = 'Broken'"
is "a target that is gone is told no more" "$(check targets)" 'ok 0'
daemon_stop d
is "a daemon that ends leaves nothing" "$(q "select count(*) from jml.target_trouble where target <> 'Broken'")" 0

# ---- what waits for its target

world waiting
people 9
target Off null '{}' '"isEnabled":false'
target Slow null
grant=$(order Slow grant E1 pending)
off=$(order Off grant E2 pending)
is "what is new is in order" "$(check deliveries) $(check revokes)" 'ok 0 ok 0'
q "update jml.delivery set created_at = now() - interval '16 min'"
is "what waits for more than a quarter of an hour is told" "$(check deliveries)" 'warning 1'
like "with the target, but not one that is off" "$(words deliveries)" 'target Slow'
q "update jml.delivery set asked_at = now() - interval '1 min' where id = '$grant'"
is "its age counts from when it was asked for anew" "$(check deliveries)" 'ok 0'
for action in revoke disableAccount; do
    id=$(order Off "$action" E3 removing)
    is "$action is new" "$(check revokes)" 'ok 0'
    q "update jml.delivery set created_at = now() - interval '16 min' where id = '$id'"
    is "$action that nobody got to fails after a quarter of an hour" "$(check revokes)" 'failed 1'
    q "delete from jml.delivery where id = '$id'"
done
like "an account action waits like a grant" "$(order Slow enableAccount E4 pending > "$work/id"
    q "update jml.delivery set created_at = now() - interval '1 h' where action = 'enableAccount'"
    check deliveries)" 'warning 1'

# ---- tickets

world tickets
roles='Phone/Desk' package Phone none > "$work/phone.json"
jq -n --slurpfile p "$work/phone.json" '{
    targets: [{displayName: "Help desk", kind: "manual",
               settings: {instructions: "Key is in the safe", remindAfter: "P2D", remindTo: ["desk@example.com", "E9", "E404"]}},
              {displayName: "Quiet", kind: "manual"}],
    catalogs: [{displayName: "Company"}],
    resources: [{displayName: "Phone", catalog: "Company", target: "Help desk", roles: ["Desk"]}],
    accessPackages: $p}' > "$work/desk.json"
ok "a manual target says after how long whom to remind" jmlctl apply "$work/desk.json"
event joiner E9 "$(day -1)" '{"mail":"boss@example.com","displayName":"Bea"}' > "$work/id"
event joiner E1 "$(day -1)" '{"mail":"a@example.com","displayName":"Ana Lima"}' > "$work/id"
once
add Phone E1
once
ticket=$(q "select id from jml.delivery where target = 'Help desk'")
quiet=$(order Quiet grant E9 inProgress)
q "update jml.delivery set due_at = 'infinity' where id = '$quiet'"
is "the ticket waits" "$(q "select state, due_at from jml.delivery where id = '$ticket'")" 'inProgress|infinity'
reminders() { q "select coalesce(string_agg(coalesce(recipient, '-') || ' ' || state, ', ' order by created_at, recipient), '') from jml.notification where kind = 'ticket_reminder'"; }
is "nobody is reminded of a new one" "$(reminders)" ''
after() { once "--clock-offset=$1"; }
after 47h
is "nor before the time" "$(reminders)" ''
after 49h
is "then everybody is, once" "$(reminders)" 'boss@example.com pending, desk@example.com pending, - failed'
like "who has no address is told" "$(q "select error from jml.notification where recipient is null")" "^no_recipient: 'E404' has no mail address"
after 50h
after 95h
is "not twice in a period" "$(q "select count(*) from jml.notification where kind = 'ticket_reminder'")" 3
like "it says what" "$(q "select subject from jml.notification where recipient = 'desk@example.com'")" \
    '^Ticket of Help desk still open: grant Phone/Desk for Ana Lima \(E1\)$'
like "and what to do" "$(q "select replace(body, e'\\n', ' ') from jml.notification where recipient = 'desk@example.com'")" "Key is in the safe.*jmlctl delivery done $ticket.*jmlctl delivery fail $ticket --reason TEXT"
is "templates may tell it" "$(q "select parameters ->> 'deliveryTarget', parameters ->> 'resource', parameters ->> 'role', parameters ->> 'action',
    parameters ->> 'target', parameters ->> 'accessPackage', parameters ->> 'instructions' from jml.notification where recipient = 'desk@example.com'")" \
    'Help desk|Phone|Desk|grant|Ana Lima (E1)|Phone|Key is in the safe'
is "it is about the person, and goes to who is named" "$(q "select p.employee_id, n.recipient_id from jml.notification n join jml.person p on p.id = n.person_id where n.recipient = 'boss@example.com'")" 'E1|E9'
is "by rule 701, and 702" "$(q "select string_agg(distinct rule || ' ' || employee_id || ' ' || (detail ->> 'kind'), ', ') from jml.audit where object_type = 'notification' and detail ->> 'delivery' = '$ticket'")" \
    '701 E1 ticket_reminder, 702 E1 ticket_reminder'
is "health has it" "$(jmlctl --clock-offset=49h --json health 2> /dev/null | jq -r '.[] | select(.check == "tickets") | "\(.state) \(.count)"')" 'warning 1'
is "before that it has not" "$(jmlctl --clock-offset=47h --json health 2> /dev/null | jq -r '.[] | select(.check == "tickets") | "\(.state) \(.count)"')" 'ok 0'
after 97h
is "with the next period it comes again" "$(q "select count(*), count(distinct dedup_key) from jml.notification where kind = 'ticket_reminder'")" '6|6'
after 340h
is "what was missed is not made up for" "$(q "select count(*) from jml.notification where kind = 'ticket_reminder'")" 9
jmlctl --clock-offset=340h delivery done "$ticket" > "$work/id"
after 341h
is "the ticket is closed" "$(q "select state from jml.delivery where id = '$ticket'")" delivered
after 500h
is "then nobody is reminded any more" "$(q "select count(*) from jml.notification where kind = 'ticket_reminder'")" 9
jmlctl --clock-offset=500h assignment remove Phone --employee E1 > "$work/id"
after 501h
after 560h
is "what is to be taken away is a ticket, too" "$(q "select count(*) from jml.notification where kind = 'ticket_reminder' and parameters ->> 'action' = 'revoke'")" 3
is "which cannot fail" "$(q "select count(*) from jml.notification where parameters ->> 'action' = 'revoke' and (body like '%delivery fail%' or body not like '%delivery done%')")" 0
ok "the audit verifies" jmlctl audit verify
finish
