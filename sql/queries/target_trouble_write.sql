-- SPDX-License-Identifier: MIT
-- What this daemon meets at targets: all that it cannot open or reach, in place of what it said before.
-- $1 uuid: the daemon; one of these each: $2 text[] targets, $3 text[] kinds, $4 int8[] microseconds since it
-- began, $5 text[] errors
WITH met AS (
    SELECT m.* FROM unnest($2::text[], $3::text[], $4::int8[], $5::text[]) m (target, kind, ago, error)
), over AS (
    DELETE FROM jml.target_trouble t
    WHERE t.daemon_id = $1::uuid AND NOT EXISTS (SELECT FROM met m WHERE m.target = t.target)
)
INSERT INTO jml.target_trouble (daemon_id, target, kind, since, error)
SELECT $1::uuid, m.target, m.kind, clock_timestamp() - m.ago * interval '1 microsecond', m.error
FROM met m
ON CONFLICT (daemon_id, target) DO UPDATE
SET kind = excluded.kind, since = excluded.since, error = excluded.error
