-- SPDX-License-Identifier: MIT
-- Decisions about the claimed people's requests that wait for approval, and those that just came in,
-- whatever they are about.
-- $1 uuid[]: people; $2 text[]: employee_ids
SELECT c.n::int4, a.id, a.request_id, a.stage, a.approver, a.actor, a.decision = 'approve', a.justification,
       a.state, a.error, a.decided_at, a.created_at
FROM (
    SELECT c.n, v.id
    FROM unnest($1::uuid[]) WITH ORDINALITY c (id, n)
    CROSS JOIN LATERAL (SELECT r.id FROM jml.assignment_request r
                        WHERE r.target_id = c.id AND r.state = 'pendingApproval' OFFSET 0) r
    CROSS JOIN LATERAL (SELECT d.id FROM jml.approval d WHERE d.request_id = r.id OFFSET 0) v
    UNION
    SELECT c.n, q.object_id
    FROM unnest($2::text[]) WITH ORDINALITY c (employee_id, n)
    CROSS JOIN LATERAL (SELECT v.object_id FROM jml.queue v
                        WHERE v.employee_id = c.employee_id AND v.kind <> 'event' AND v.kind = 'approval'
                        OFFSET 0) q
) c
CROSS JOIN LATERAL (SELECT d.* FROM jml.approval d WHERE d.id = c.id AND d.state <> 'refused' OFFSET 0) a
ORDER BY c.n, a.created_at, a.id
