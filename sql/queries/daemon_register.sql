-- SPDX-License-Identifier: MIT
-- A daemon is there. Rows of daemons that died are cleared away, with what they met. $1 id, $2 name, $3 version.
with gone as (
    delete from jml.daemon d
    where d.seen_at < clock_timestamp() - interval '10 minutes' and d.id <> $1::uuid
    returning d.id
), met as (
    delete from jml.target_trouble t
    where t.daemon_id <> $1::uuid
        and (t.daemon_id in (select g.id from gone g)
            or not exists (select from jml.daemon d where d.id = t.daemon_id))
)
insert into jml.daemon as d (id, name, version)
values ($1::uuid, $2::text, $3::text)
on conflict (id) do update
set seen_at = clock_timestamp(), sleeping_until = null;
