#!/bin/bash
# SPDX-License-Identifier: MIT
#
# 2,000 people hold a package, a resource role joins it and another leaves it: everybody has what the
# package gives, and whoever leaves meanwhile does not wait for that.
set -u
. "$JML_SRC/tests/lib/tap.sh"
. "$JML_SRC/tests/lib/daemon.sh"
. "$JML_SRC/tests/lib/story.sh"

people=2000
world rollout
{ roles='App/User App/Editor' package Everybody none
  workflow Join hire:0 '(employeeId ne null)' request:Everybody/none; } | company
q "INSERT INTO jml.event (kind, employee_id, effective_on, attributes)
   SELECT 'joiner', 'E' || i, current_date - 1, '{}' FROM generate_series(1, $people) i"
once
is "$people people hold the package" \
    "$(q "SELECT count(*) FROM jml.assignment WHERE state = 'delivered'")" "$people"

roles='App/User App/Admin' package Everybody none | company
is 'a roll-out is ordered, for all who hold it' \
    "$(q 'SELECT total, done, completed_at IS NULL FROM jml.rollout ORDER BY created_at DESC LIMIT 1')" "$people|0|t"

printf '[queue]\nbatch = 100\nconnections = 1\n' > "$work/small.conf"
daemon_start one -c "$work/small.conf"
ok 'it gets under way' until_true 60 "SELECT count(*) > 200 FROM jml.delivery WHERE action = 'revoke'"
q "INSERT INTO jml.event (kind, employee_id, attributes) VALUES ('leaver', 'E$people', '{\"immediate\": true}')"
ok 'somebody leaves' until_true 60 "SELECT state = 'left' FROM jml.person WHERE employee_id = 'E$people'"
is 'who does not wait for the end of it' \
    "$(q "SELECT bool_or(completed_at IS NULL) FROM jml.rollout")" t
batches=$(q "WITH l AS (SELECT e.received_at, (SELECT min(a.recorded_at) FROM jml.audit a
                               WHERE a.object_type = 'event' AND a.object_id = e.id::text) AS done
                        FROM jml.event e WHERE e.kind = 'leaver')
             SELECT count(DISTINCT a.at) FROM jml.audit a, l
             WHERE a.recorded_at > l.received_at AND a.recorded_at <= l.done")
like 'nor for more than the batch in work' "$batches" '^[012]$'
ok 'the roll-out comes to its end' until_true 120 \
    'SELECT NOT EXISTS (SELECT FROM jml.rollout WHERE completed_at IS NULL) AND NOT EXISTS (SELECT FROM jml.queue)'
daemon_stop one
is 'everybody was looked at' "$(q 'SELECT done >= total - 1 FROM jml.rollout ORDER BY created_at DESC LIMIT 1')" t
is 'everybody has what the package gives' \
    "$(q "SELECT DISTINCT (SELECT string_agg(r.display_name, ' ' ORDER BY r.display_name)
                           FROM jml.resource_role r WHERE a.roles ? r.id::text)
          FROM jml.assignment a WHERE a.state <> 'expired'")" 'Admin User'
is 'each role was given and taken once' \
    "$(q "SELECT string_agg(x.said, ' ' ORDER BY x.said) FROM (
              SELECT r.display_name || ' ' || d.action || ' ' || count(*) AS said
              FROM jml.delivery d JOIN jml.resource_role r ON r.id = d.resource_role_id
              JOIN jml.person p ON p.id = d.person_id
              WHERE p.state <> 'left' GROUP BY r.display_name, d.action) x")" \
    "Admin grant 1999 Editor grant 1999 Editor revoke 1999 User grant 1999"
ok 'the audit verifies' jmlctl audit verify
finish
