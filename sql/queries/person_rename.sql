-- SPDX-License-Identifier: MIT
-- People whose id changed: the one they have now was a further id of theirs so far, and the other way
-- round. One array a column.
WITH renamed AS (
    SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[])
        u (id, employee_id, former_id)
), taken AS (
    DELETE FROM jml.alias a USING renamed u WHERE a.alias = u.employee_id AND a.person_id = u.id
    RETURNING a.person_id, a.absorbed_id, a.event_id
), given AS (
    INSERT INTO jml.alias (alias, person_id, absorbed_id, event_id)
    SELECT u.former_id, u.id, t.absorbed_id, t.event_id
    FROM renamed u JOIN taken t ON t.person_id = u.id
)
UPDATE jml.person p SET employee_id = u.employee_id FROM renamed u WHERE p.id = u.id
