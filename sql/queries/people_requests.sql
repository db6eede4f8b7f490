-- SPDX-License-Identifier: MIT
-- The requests of the claimed people that are not over; also those that named an employee_id before
-- there was a person.
-- $1 uuid[]: people; $2 text[]: employee_ids
SELECT c.n::int4, r.id, r.request_type, r.state, r.status IS NOT NULL, r.status, r.access_package_id,
       r.policy_id, r.assignment_id, r.run_id, r.requestor, r.justification, r.employment, r.starts_at,
       r.ends_at, r.created_at, r.due_at, r.error
FROM (
    SELECT c.n, r.id
    FROM unnest($1::uuid[]) WITH ORDINALITY c (id, n)
    JOIN jml.assignment_request r ON r.target_id = c.id
        AND r.state IN ('submitted', 'pendingApproval', 'scheduled', 'delivering',
                        'partiallyDelivered', 'deliveryFailed')
    UNION
    SELECT c.n, q.object_id
    FROM unnest($2::text[]) WITH ORDINALITY c (employee_id, n)
    JOIN jml.queue q ON q.employee_id = c.employee_id AND q.kind <> 'event' AND q.kind = 'request'
) c
JOIN jml.assignment_request r ON r.id = c.id
    AND r.state IN ('submitted', 'pendingApproval', 'scheduled', 'delivering',
                    'partiallyDelivered', 'deliveryFailed')
ORDER BY c.n, r.created_at, r.id
