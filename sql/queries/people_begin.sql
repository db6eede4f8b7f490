-- SPDX-License-Identifier: MIT
-- The instant of the batch (not when it began to wait for the lock, but now that it is granted), the
-- revision it is decided by, the newest migration, whether commands on the configuration (they name
-- nobody) and roll-outs wait, and which database this is.
SELECT jml.now() + (clock_timestamp() - now()), c.revision, (SELECT max(m.number) FROM jml.migration m),
       EXISTS (SELECT FROM jml.queue q WHERE q.employee_id IS NULL AND q.kind <> 'event' AND q.kind = 'command'),
       EXISTS (SELECT FROM jml.rollout r WHERE r.completed_at IS NULL),
       c.database_id
FROM jml.configuration c
