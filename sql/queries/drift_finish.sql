-- SPDX-License-Identifier: MIT
-- A scan is over, or goes on later. What is known of roles that are gone, or led elsewhere, is forgotten then.
-- $1 uuid: this daemon, $2 uuid: scan, $3 text: completed, failed or pending, $4 text: why it failed, $5 int8
-- microseconds until it goes on
WITH scan AS (
    UPDATE jml.drift_scan s
    SET state = $3::text, error = $4::text, lease_until = NULL, lease_by = NULL,
        due_at = CASE $3::text WHEN 'pending' THEN jml.now() + $5::int8 * interval '1 microsecond' END,
        done_at = CASE $3::text WHEN 'pending' THEN NULL ELSE jml.now() END
    WHERE s.id = $2::uuid AND s.lease_by = $1::uuid AND s.state = 'inProgress'
    RETURNING s.target, s.actor, s.expected, s.missing, s.extra, s.unread, s.held_back
), gone AS (
    DELETE FROM jml.drift x
    USING scan s
    WHERE x.target = s.target AND $3::text = 'completed'
      AND NOT EXISTS (SELECT FROM jml.resource_role o JOIN jml.resource r ON r.id = o.resource_id
                      WHERE o.id = x.resource_role_id AND r.target = x.target)
)
SELECT s.expected, s.missing, s.extra, s.unread, s.held_back FROM scan s
