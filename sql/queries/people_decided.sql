-- SPDX-License-Identifier: MIT
-- The direct requests of the claimed people that took effect, in their order: they take part in what
-- the people hold. Few: most access comes from runs.
-- $1 uuid[]: people
SELECT c.n::int4, r.id, r.request_type, r.state, r.access_package_id, r.policy_id, r.assignment_id,
       r.requestor, r.employment, r.ends_at, r.created_at, r.effective_at, r.effective_until, r.run_id
FROM unnest($1::uuid[]) WITH ORDINALITY c (id, n)
CROSS JOIN LATERAL (SELECT v.* FROM jml.assignment_request v
                    WHERE v.target_id = c.id AND v.effective_at IS NOT NULL OFFSET 0) r
ORDER BY c.n, r.effective_at, r.id
