-- SPDX-License-Identifier: MIT
-- The managers that the claimed people, or their events, name.
-- $1 text[]: employee_ids
SELECT p.employee_id, p.attributes ->> 'displayName', p.attributes ->> 'mail'
FROM (
    SELECT p.attributes ->> 'manager' AS employee_id
    FROM jml.person p WHERE p.employee_id = ANY ($1::text[])
    UNION
    SELECT e.attributes ->> 'manager'
    FROM jml.event e WHERE e.employee_id = ANY ($1::text[]) AND e.state = 'pending'
) m
JOIN jml.person p ON p.employee_id = m.employee_id
