#!/bin/bash
# SPDX-License-Identifier: MIT
# timeout: 240
#
# What leads out of the record: queued for its target, in its order, and followed by assignments and requests
# when somebody says what became of it. The delivery flow is played here: the target is not enabled.
set -u
. "$JML_SRC/tests/lib/tap.sh"
. "$JML_SRC/tests/lib/daemon.sh"
. "$JML_SRC/tests/lib/story.sh"

# said WHERE RULE: what the delivery flow does with what is there: state, audit, and a row in the queue.
play() {
    q "SET ROLE jml_daemon;
       WITH t AS (SELECT * FROM jml.transition WHERE rule = $2), d AS (
           UPDATE jml.delivery d SET
               state = t.to_state, attempts = attempts + 1, error = ${3:-NULL},
               due_at = CASE WHEN t.to_state IN ('pending', 'inProgress', 'removing') THEN jml.now() END,
               confirmed_at = CASE WHEN t.to_state IN ('delivered', 'removed') THEN jml.now() END
           FROM t WHERE d.seq IS NOT NULL AND d.state = t.from_state AND ($1)
           RETURNING d.id, d.person_id, t.rule, t.from_state, t.to_state
       ), a AS (
           INSERT INTO jml.audit (at, actor, object_type, object_id, person_id, employee_id, rule, from_state, to_state)
           SELECT jml.now(), 'jmld', 'delivery', d.id::text, p.id, p.employee_id, d.rule, d.from_state, d.to_state
           FROM d JOIN jml.person p ON p.id = d.person_id
       )
       INSERT INTO jml.queue (class, kind, employee_id, object_id)
       SELECT 1, 'delivery', p.employee_id, d.id FROM d JOIN jml.person p ON p.id = d.person_id"
}
deliveries() {
    q "SELECT coalesce(string_agg(action || ' ' || target || ' ' || state, ', ' ORDER BY seq), '')
       FROM jml.delivery WHERE seq IS NOT NULL"
}
assignment() { q "SELECT state, status, revoked_at IS NOT NULL FROM jml.assignments WHERE access_package = '$1'"; }
requests() { q "SELECT string_agg(request_type || ' ' || state, ', ' ORDER BY created_at, id) FROM jml.requests"; }

world delivering
{
    roles='App/User App/Editor' package P none
    roles='App/User' package Q none
} | company
q "INSERT INTO jml.target (display_name, kind, document) VALUES ('Directory', 'null', '{\"displayName\":\"Directory\",\"kind\":\"null\",\"isEnabled\":false}');
   UPDATE jml.resource SET target = 'Directory'; UPDATE jml.configuration SET revision = revision + 1"
event joiner E1 "$(day 0)" '{"mail":"a@example.com"}' > "$work/id"
once
add P E1
once
is "what leads out is queued" "$(deliveries)" 'grant Directory pending, grant Directory pending'
is "it is due now, in an order" "$(q "SELECT count(*) FILTER (WHERE due_at <= jml.now()), count(DISTINCT seq), count(confirmed_at) FROM jml.delivery")" '2|2|0'
is "the assignment waits" "$(assignment P)" 'delivering|Delivering|f'
is "so does the request" "$(requests)" 'adminAdd delivering'

play true 607 "'no such group of Ann'"
once
is "all of it failed" "$(assignment P)" 'deliveryFailed|DeliveryFailed|f'
like "the request says what" "$(q "SELECT state, error FROM jml.requests")" '^deliveryFailed.delivery_failed: App/.* at Directory: no such group of Ann; App/'
is "the audit tells nothing personal" "$(q "SELECT count(*) FROM jml.audit WHERE reason LIKE '%Ann%'")" 0

jmlctl request reprocess "$(q "SELECT id FROM jml.requests")" > "$work/x"
once
is "reprocessed, it is queued again" "$(deliveries)" \
    'grant Directory failed, grant Directory failed, grant Directory pending, grant Directory pending'
is "and waits" "$(assignment P):$(requests)" 'delivering|Delivering|f:adminAdd delivering'
play true 606
once
is "it is there" "$(assignment P):$(requests)" 'delivered|Delivered|f:adminAdd delivered'

play "d.id = (SELECT id FROM jml.delivery WHERE state = 'delivered' ORDER BY seq LIMIT 1)" 615
once
is "a role was lost" "$(assignment P):$(requests)" 'delivering|Delivering|f:adminAdd delivered'
play true 606
once
is "and found again" "$(assignment P)" 'delivered|Delivered|f'

jmlctl assignment reprocess "$(q "SELECT id FROM jml.assignment")" > "$work/x"
once
is "an assignment is reprocessed as a whole" "$(q "SELECT count(*) FROM jml.delivery WHERE state = 'pending'")" 2
is "and waits again" "$(assignment P)" 'delivering|Delivering|f'
play true 606
add Q E1
once
play true 606
once
is "another package shares a role" "$(assignment Q)" 'delivered|Delivered|f'

jmlctl assignment remove P --employee E1 > "$work/x"
once
is "what nobody else gives is taken" "$(q "SELECT string_agg(o.display_name, ' ') FROM jml.delivery d JOIN jml.resource_role o ON o.id = d.resource_role_id WHERE d.state = 'removing'")" Editor
is "the end waits for that" "$(assignment P)" 'expired|Delivered|f'
play true 612
once
is "and is confirmed" "$(assignment P)" 'expired|Delivered|t'
is "so is the request" "$(requests)" 'adminAdd delivered, adminAdd delivered, adminRemove delivered'
event leaver E1 none '{"immediate":true}' > "$work/id"
once
is "a leaver loses the rest" "$(q "SELECT string_agg(o.display_name, ' ') FROM jml.delivery d JOIN jml.resource_role o ON o.id = d.resource_role_id WHERE d.state = 'removing'")" User
play true 612
once
is "for good" "$(assignment Q):$(open_of E1)" 'expired|Delivered|t:0'
ok "jmlctl why reads it" jmlctl why E1
ok "the audit verifies" jmlctl audit verify
finish
