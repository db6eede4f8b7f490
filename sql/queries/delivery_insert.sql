-- SPDX-License-Identifier: MIT
-- Writes deliveries. One array a column. What leads out of the record is due, and gets its place in the order.
INSERT INTO jml.delivery (id, assignment_id, person_id, resource_role_id, action, state, due_at, confirmed_at,
                          created_at, target, run_id, position, arguments, seq)
SELECT u.id, u.assignment_id, u.person_id, u.resource_role_id, u.action, u.state, u.due_at, u.confirmed_at,
       u.created_at, u.target, u.run_id, u.position, u.arguments,
       CASE WHEN u.due_at IS NOT NULL THEN nextval('jml.delivery_seq') END
FROM (SELECT * FROM unnest($1::uuid[],
            $2::uuid[],
            $3::uuid[],
            $4::uuid[],
            $5::text[],
            $6::text[],
            $7::timestamptz[],
            $8::timestamptz[],
            $9::timestamptz[],
            $10::text[],
            $11::uuid[],
            $12::int4[],
            $13::jsonb[])
    WITH ORDINALITY u (id, assignment_id, person_id, resource_role_id, action, state, due_at, confirmed_at,
                       created_at, target, run_id, position, arguments, n)
    ORDER BY u.n) u
