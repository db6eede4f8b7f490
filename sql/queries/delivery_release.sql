-- SPDX-License-Identifier: MIT
-- Gives deliveries back that were taken into hand; what was not begun is no attempt.
-- $1 uuid: this daemon; one of these each: $2 uuid[] deliveries, $3 int4[] attempts, $4 bool[] whether begun
UPDATE jml.delivery d
SET lease_until = NULL, lease_by = NULL,
    attempts = CASE WHEN u.begun THEN d.attempts ELSE greatest(d.attempts - 1, 0) END
FROM unnest($2::uuid[], $3::int4[], $4::bool[]) u (id, attempts, begun)
WHERE d.id = u.id AND d.lease_by = $1::uuid AND d.attempts = u.attempts AND d.due_at IS NOT NULL
