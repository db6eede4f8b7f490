-- SPDX-License-Identifier: MIT
-- Writes the tasks of runs. One array a column.
INSERT INTO jml.task_run (run_id, position, task_definition_id, display_name, state, error, warning, started_at, completed_at)
SELECT * FROM unnest($1::uuid[],
            $2::int4[],
            $3::uuid[],
            $4::text[],
            $5::text[],
            $6::text[],
            $7::text[],
            $8::timestamptz[],
            $9::timestamptz[])
