-- SPDX-License-Identifier: MIT
-- The managers that the claimed people, or their events, name. One whose own joiner still waits (a
-- first load brings everybody at once, in any order) is known by what it says,
-- and one whose id changed by either id.
-- $1 text[]: employee_ids
SELECT m.employee_id, coalesce(p.attributes ->> 'displayName', e.display_name),
       coalesce(p.attributes ->> 'mail', e.mail)
FROM (
    SELECT p.attributes ->> 'manager' AS employee_id
    FROM jml.person p WHERE p.employee_id = ANY ($1::text[])
    UNION
    SELECT e.attributes ->> 'manager'
    FROM jml.event e WHERE e.employee_id = ANY ($1::text[]) AND e.state = 'pending'
) m
LEFT JOIN jml.person p ON p.employee_id =
    coalesce((SELECT o.employee_id FROM jml.alias a JOIN jml.person o ON o.id = a.person_id
              WHERE a.alias = m.employee_id), m.employee_id)
LEFT JOIN LATERAL (
    SELECT e.attributes ->> 'displayName' AS display_name, e.attributes ->> 'mail' AS mail
    FROM jml.event e
    WHERE e.employee_id = m.employee_id AND e.kind = 'joiner' AND e.state = 'pending'
    ORDER BY e.id DESC LIMIT 1
) e ON p.state IS NULL OR p.state = 'unknown'
WHERE m.employee_id IS NOT NULL AND (p.id IS NOT NULL OR e.mail IS NOT NULL)
