-- SPDX-License-Identifier: MIT
-- Writes requests of jmld's own. One array a column.
INSERT INTO jml.assignment_request (id, request_type, state, status, access_package_id, policy_id, assignment_id, target_id, target_employee_id, requestor, justification, starts_at, ends_at, run_id, employment, created_at, completed_at, due_at, error)
SELECT * FROM unnest($1::uuid[],
            $2::text[],
            $3::text[],
            $4::text[],
            $5::uuid[],
            $6::uuid[],
            $7::uuid[],
            $8::uuid[],
            $9::text[],
            $10::text[],
            $11::text[],
            $12::timestamptz[],
            $13::timestamptz[],
            $14::uuid[],
            $15::text[],
            $16::timestamptz[],
            $17::timestamptz[],
            $18::timestamptz[],
            $19::text[])
