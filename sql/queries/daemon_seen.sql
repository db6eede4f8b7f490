-- SPDX-License-Identifier: MIT
-- The daemon lives; also when somebody took its row away. $1 id, $2 whether it sleeps (an insert then
-- wakes it), $3 the revision in use, $4 name, $5 version.
insert into jml.daemon as d (id, sleeping_until, revision, name, version)
values ($1::uuid, case when $2::boolean then clock_timestamp() + interval '60 s' end, $3::bigint,
    $4::text, $5::text)
on conflict (id) do update
set seen_at = clock_timestamp(),
    sleeping_until = excluded.sleeping_until,
    revision = excluded.revision;
