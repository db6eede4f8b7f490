-- SPDX-License-Identifier: MIT
-- Decisions about the claimed people's requests that wait for approval, and those that just came in,
-- whatever they are about.
-- $1 uuid[]: people; $2 text[]: employee_ids
SELECT c.n, a.id, a.request_id, a.stage, a.approver, a.actor, a.decision = 'approve', a.justification,
       a.state, a.error, a.decided_at, a.created_at
FROM (
    SELECT min(f.n)::int4 AS n, f.id
    FROM (
        SELECT array_position($1::uuid[], r.target_id) AS n, d.id
        FROM jml.assignment_request r
        CROSS JOIN LATERAL (SELECT d.id FROM jml.approval d WHERE d.request_id = r.id OFFSET 0) d
        WHERE r.target_id = ANY ($1::uuid[])
          AND r.state IN ('submitted', 'pendingApproval', 'scheduled', 'delivering', 'partiallyDelivered',
                          'deliveryFailed')
          AND (r.state = 'submitted' OR r.stage > 0)
          AND r.state = 'pendingApproval'
        UNION ALL
        SELECT array_position($2::text[], q.employee_id), q.object_id
        FROM jml.queue q
        WHERE q.employee_id = ANY ($2::text[]) AND q.kind <> 'event' AND q.kind = 'approval'
    ) f
    GROUP BY f.id
) c
CROSS JOIN LATERAL (SELECT d.* FROM jml.approval d WHERE d.id = c.id AND d.state <> 'refused' OFFSET 0) a
ORDER BY c.n, a.created_at, a.id
