-- SPDX-License-Identifier: MIT
-- Writes new assignments. One array a column.
INSERT INTO jml.assignment (id, access_package_id, policy_id, target_id, state, status, starts_at, ends_at, expired_at, end_reason, revoked_at, employment, ends_by, ends_set_at, notice_14_at, notice_1_at, created_at, updated_at, request_id, run_id)
SELECT * FROM unnest($1::uuid[],
            $2::uuid[],
            $3::uuid[],
            $4::uuid[],
            $5::text[],
            $6::text[],
            $7::timestamptz[],
            $8::timestamptz[],
            $9::timestamptz[],
            $10::text[],
            $11::timestamptz[],
            $12::text[],
            $13::text[],
            $14::timestamptz[],
            $15::timestamptz[],
            $16::timestamptz[],
            $17::timestamptz[],
            $18::timestamptz[],
            $19::uuid[],
            $20::uuid[])
