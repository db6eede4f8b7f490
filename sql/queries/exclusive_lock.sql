-- SPDX-License-Identifier: MIT
-- Batches hold the shared twin of this lock: nobody works while the configuration or schema changes.
select pg_advisory_xact_lock(4740001);
