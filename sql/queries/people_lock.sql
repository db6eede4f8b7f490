-- SPDX-License-Identifier: MIT
-- Batches share this lock; apply and migrate take it alone. A statement of its own: what follows must
-- see what was committed before the lock was granted.
SELECT pg_advisory_xact_lock_shared(4740001)
