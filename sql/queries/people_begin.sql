-- SPDX-License-Identifier: MIT
-- The instant of the batch, the revision it is decided by, and whether commands on the configuration wait.
SELECT jml.now(), c.revision,
       EXISTS (SELECT FROM jml.queue q WHERE q.class = 1 AND q.employee_id IS NULL),
       (SELECT max(m.number) FROM jml.migration m)
FROM jml.configuration c
