-- SPDX-License-Identifier: MIT
-- Puts transitions on record, in their order. One array a column.
INSERT INTO jml.audit (at, actor, object_type, object_id, person_id, employee_id, rule, from_state, to_state, reason, detail, event_id, run_id, request_id)
SELECT * FROM unnest($1::timestamptz[],
            $2::text[],
            $3::text[],
            $4::text[],
            $5::uuid[],
            $6::text[],
            $7::int4[],
            $8::text[],
            $9::text[],
            $10::text[],
            $11::jsonb[],
            $12::int8[],
            $13::uuid[],
            $14::uuid[])
