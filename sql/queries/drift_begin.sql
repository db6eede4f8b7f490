-- SPDX-License-Identifier: MIT
-- Before a target is asked who has a role: what is written by then.
SELECT pg_current_snapshot()::text
