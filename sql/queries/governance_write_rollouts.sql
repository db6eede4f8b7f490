-- SPDX-License-Identifier: MIT
-- A roll-out for each change that touches people: $1 kinds, $2 objects, $3 the revision. Of a package
-- those who hold it are concerned. Nobody to look at: done at once.
insert into jml.rollout (kind, object_id, revision, total, completed_at)
select n.kind, n.object_id, $3::bigint, t.total, case t.total when 0 then clock_timestamp() end
from unnest($1::text[], $2::uuid[]) with ordinality as n (kind, object_id, place)
cross join (select count(*) as everybody from jml.person) as p
cross join lateral (
    select case when n.kind = 'package'
                then (select count(*) from jml.assignment a
                      where a.access_package_id = n.object_id and a.state <> 'expired')
                else p.everybody end as total) as t
order by n.place;
