-- SPDX-License-Identifier: MIT
-- Writes what was decided about people. One array a column.
UPDATE jml.person t SET
    state = u.state,
    attributes = u.attributes,
    employments = u.employments,
    zone = u.zone,
    hired_at = u.hired_at,
    leaves_at = u.leaves_at,
    due_at = u.due_at,
    removal_at = u.removal_at,
    held_at = u.held_at,
    held_reason = u.held_reason,
    updated_at = u.updated_at,
    kind = u.kind
FROM unnest($1::uuid[],
            $2::text[],
            $3::jsonb[],
            $4::jsonb[],
            $5::text[],
            $6::timestamptz[],
            $7::timestamptz[],
            $8::timestamptz[],
            $9::timestamptz[],
            $10::timestamptz[],
            $11::text[],
            $12::timestamptz[],
            $13::text[])
    u (id, state, attributes, employments, zone, hired_at, leaves_at, due_at, removal_at, held_at, held_reason, updated_at, kind)
WHERE t.id = u.id
