-- SPDX-License-Identifier: MIT
-- The daemon lives. $1 id, $2 whether it sleeps (an insert then wakes it), $3 the revision in use.
update jml.daemon
set seen_at = clock_timestamp(),
    sleeping_until = case when $2::boolean then clock_timestamp() + interval '60 s' end,
    revision = $3::bigint
where id = $1::uuid;
