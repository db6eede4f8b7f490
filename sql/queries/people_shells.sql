-- SPDX-License-Identifier: MIT
-- Makes a person of every employee_id that the head of the queue names and nobody has yet. Sorted, and
-- in a transaction of its own, so that two daemons that make the same people only wait, never deadlock.
-- The id is a UUID of version 7: new people lie beside each other. OFFSET 0 keeps the planner from
-- reading all people to find out who is not among them.
-- Nobody waits for the disk: who decides about these people commits after this, and that flushes both;
-- shells that are lost before are made again.
-- An id that somebody had before is no new person's; people_names.sql keeps that from changing meanwhile.
-- $1 int4: how many queue rows to look at; $2, $3: the claim's lower bounds of class 0 and 1
INSERT INTO jml.person (id, employee_id)
SELECT encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid()) PLACING
           substring(int8send((extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3)
           FROM 1 FOR 6), 52, 1), 53, 1), 'hex')::uuid,
       n.employee_id
FROM (SELECT set_config('synchronous_commit', 'off', true)) relaxed, (
    SELECT DISTINCT w.employee_id
    FROM (
        (SELECT q.employee_id FROM jml.queue q WHERE q.class = 0 AND q.id > $2::int8
         ORDER BY q.id LIMIT $1::int4)
        UNION ALL
        (SELECT q.employee_id FROM jml.queue q WHERE q.class = 1 AND q.id > $3::int8
         ORDER BY q.id LIMIT $1::int4)
    ) w
    WHERE w.employee_id IS NOT NULL
      AND NOT EXISTS (SELECT FROM jml.person p WHERE p.employee_id = w.employee_id OFFSET 0)
    ORDER BY w.employee_id
) n
WHERE NOT EXISTS (SELECT FROM jml.alias a WHERE a.alias = n.employee_id OFFSET 0)
ON CONFLICT (employee_id) DO NOTHING
