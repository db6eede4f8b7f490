-- SPDX-License-Identifier: MIT
-- After a connection was lost: a claim may have been made whose answer never came.
-- $1 uuid: this daemon, $2 uuid[]: what it really has in hand
UPDATE jml.delivery d
SET lease_until = NULL, lease_by = NULL
WHERE d.due_at IS NOT NULL AND d.lease_by = $1::uuid AND d.id <> ALL ($2::uuid[])
