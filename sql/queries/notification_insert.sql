-- SPDX-License-Identifier: MIT
-- Writes mails to be sent. One array a column.
INSERT INTO jml.notification (id, kind, person_id, assignment_id, request_id, run_id, recipient, cc, subject, body, state, due_at, created_at, error, dedup_key,
                              recipient_id, locale, parameters)
SELECT * FROM unnest($1::uuid[],
            $2::text[],
            $3::uuid[],
            $4::uuid[],
            $5::uuid[],
            $6::uuid[],
            $7::text[],
            $8::text[],
            $9::text[],
            $10::text[],
            $11::text[],
            $12::timestamptz[],
            $13::timestamptz[],
            $14::text[],
            $15::text[],
            $16::text[],
            $17::text[],
            $18::jsonb[])
