-- SPDX-License-Identifier: MIT
-- Whoever makes people shares this lock; who makes an id the further id of somebody takes it alone
-- (jml.unite). A statement of its own: what follows must see what was committed before it was granted.
SELECT pg_advisory_xact_lock_shared(4740002)
