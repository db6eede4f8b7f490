-- SPDX-License-Identifier: MIT
-- Writes what was decided about requests. One array a column.
UPDATE jml.assignment_request t SET
    state = u.state,
    status = u.status,
    access_package_id = u.access_package_id,
    policy_id = u.policy_id,
    assignment_id = u.assignment_id,
    target_id = u.target_id,
    starts_at = u.starts_at,
    ends_at = u.ends_at,
    completed_at = u.completed_at,
    due_at = u.due_at,
    error = u.error,
    effective_at = u.effective_at,
    effective_until = u.effective_until
FROM unnest($1::uuid[],
            $2::text[],
            $3::text[],
            $4::uuid[],
            $5::uuid[],
            $6::uuid[],
            $7::uuid[],
            $8::timestamptz[],
            $9::timestamptz[],
            $10::timestamptz[],
            $11::timestamptz[],
            $12::text[],
            $13::timestamptz[],
            $14::timestamptz[])
    u (id, state, status, access_package_id, policy_id, assignment_id, target_id, starts_at, ends_at, completed_at, due_at, error, effective_at, effective_until)
WHERE t.id = u.id
