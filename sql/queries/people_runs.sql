-- SPDX-License-Identifier: MIT
-- All runs of the claimed people: a cause that had its run gets no second one.
-- $1 uuid[]: people
SELECT c.n::int4, r.id, r.workflow_id, r.version, r.event_id, r.trigger_key, r.state, r.anchor_at,
       r.due_at, r.known_at, r.employment, r.effects, r.cancel_cause, r.actor, r.created_at,
       r.started_at, r.completed_at, r.reason, r.fact, r.withdrawn_at
FROM unnest($1::uuid[]) WITH ORDINALITY c (id, n)
CROSS JOIN LATERAL (SELECT v.* FROM jml.run v WHERE v.person_id = c.id OFFSET 0) r
ORDER BY c.n, r.id
