-- SPDX-License-Identifier: MIT
-- Writes what became of assignments. One array a column.
UPDATE jml.assignment t SET
    state = u.state,
    status = u.status,
    starts_at = u.starts_at,
    ends_at = u.ends_at,
    expired_at = u.expired_at,
    end_reason = u.end_reason,
    revoked_at = u.revoked_at,
    ends_by = u.ends_by,
    ends_set_at = u.ends_set_at,
    notice_14_at = u.notice_14_at,
    notice_1_at = u.notice_1_at,
    updated_at = u.updated_at,
    roles = u.roles,
    answers = u.answers
FROM unnest($1::uuid[],
            $2::text[],
            $3::text[],
            $4::timestamptz[],
            $5::timestamptz[],
            $6::timestamptz[],
            $7::text[],
            $8::timestamptz[],
            $9::text[],
            $10::timestamptz[],
            $11::timestamptz[],
            $12::timestamptz[],
            $13::timestamptz[],
            $14::jsonb[],
            $15::jsonb[])
    u (id, state, status, starts_at, ends_at, expired_at, end_reason, revoked_at, ends_by, ends_set_at, notice_14_at, notice_1_at, updated_at, roles, answers)
WHERE t.id = u.id
