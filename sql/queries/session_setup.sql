-- SPDX-License-Identifier: MIT
-- What every connection of ours sets first. $1: clock offset as interval text, or NULL.
select set_config('TimeZone', 'UTC', false),
    set_config('statement_timeout', '60s', false),
    set_config('idle_in_transaction_session_timeout', '60s', false),
    -- statements are short, and compiling one takes longer than running it
    set_config('jit', 'off', false),
    -- one plan per statement, made once: batches are large and alike
    set_config('plan_cache_mode', 'force_generic_plan', false),
    set_config('jml.clock_offset', coalesce($1::text, ''), false);
