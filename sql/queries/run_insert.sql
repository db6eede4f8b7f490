-- SPDX-License-Identifier: MIT
-- Writes new runs. One array a column.
INSERT INTO jml.run (id, workflow_id, version, person_id, event_id, trigger_key, state, anchor_at, due_at, known_at, employment, effects, cancel_cause, actor, created_at, started_at, completed_at, reason, fact, withdrawn_at)
SELECT * FROM unnest($1::uuid[],
            $2::uuid[],
            $3::int4[],
            $4::uuid[],
            $5::int8[],
            $6::text[],
            $7::text[],
            $8::timestamptz[],
            $9::timestamptz[],
            $10::timestamptz[],
            $11::text[],
            $12::jsonb[],
            $13::text[],
            $14::text[],
            $15::timestamptz[],
            $16::timestamptz[],
            $17::timestamptz[],
            $18::text[],
            $19::text[],
            $20::timestamptz[])
