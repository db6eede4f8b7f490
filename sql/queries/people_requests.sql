-- SPDX-License-Identifier: MIT
-- The requests of the claimed people that are not over; also those that named an employee_id before
-- there was a person. Who is answerable is the role that inserted it, the actor, whoever it names as requestor.
-- $1 uuid[]: people; $2 text[]: employee_ids
SELECT c.n::int4, r.id, r.request_type, r.state, r.status IS NOT NULL, r.status, r.access_package_id,
       r.policy_id, r.assignment_id, r.run_id, r.requestor, r.justification, r.employment,
       r.starts_at, r.ends_at, r.created_at, r.due_at, r.error,
       r.actor, r.target_email, r.target_name, r.answers, r.completed_at, r.stage, r.stage_at, r.remind_at,
       r.escalate_at, r.deny_at, r.escalated, r.told, r.effective_at, r.effective_until
FROM (
    SELECT c.n, r.id
    FROM unnest($1::uuid[]) WITH ORDINALITY c (id, n)
    CROSS JOIN LATERAL (
        SELECT v.id FROM jml.assignment_request v
        WHERE v.target_id = c.id
          AND v.state IN ('submitted', 'pendingApproval', 'scheduled', 'delivering',
                          'partiallyDelivered', 'deliveryFailed') OFFSET 0) r
    UNION
    SELECT c.n, q.object_id
    FROM unnest($2::text[]) WITH ORDINALITY c (employee_id, n)
    CROSS JOIN LATERAL (SELECT v.object_id FROM jml.queue v
                        WHERE v.employee_id = c.employee_id AND v.kind <> 'event' AND v.kind = 'request'
                        OFFSET 0) q
) c
CROSS JOIN LATERAL (
    SELECT v.* FROM jml.assignment_request v
    WHERE v.id = c.id
      AND v.state IN ('submitted', 'pendingApproval', 'scheduled', 'delivering',
                      'partiallyDelivered', 'deliveryFailed') OFFSET 0) r
ORDER BY c.n, r.created_at, r.id
