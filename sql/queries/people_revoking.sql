-- SPDX-License-Identifier: MIT
-- What has ended of the claimed people, and is not known to be revoked everywhere. The columns are those of
-- people_assignments.sql.
-- $1 uuid[]: people
SELECT c.n::int4, a.id, a.access_package_id, a.policy_id, a.request_id, a.run_id, a.state, a.status,
       a.starts_at, a.ends_at, a.expired_at, a.revoked_at, a.created_at, a.end_reason, a.employment,
       a.ends_by, a.ends_set_at, a.notice_14_at, a.notice_1_at, a.roles, a.answers
FROM unnest($1::uuid[]) WITH ORDINALITY c (id, n)
CROSS JOIN LATERAL (SELECT v.* FROM jml.assignment v
                    WHERE v.target_id = c.id AND v.state = 'expired' AND v.revoked_at IS NULL OFFSET 0) a
ORDER BY c.n, a.created_at, a.id
