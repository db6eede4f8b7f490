-- SPDX-License-Identifier: MIT
-- A roll-out for each change that touches people: $1 kinds, $2 objects, $3 the revision. Nobody to
-- look at: done at once.
insert into jml.rollout (kind, object_id, revision, total, completed_at)
select n.kind, n.object_id, $3::bigint, p.total, case p.total when 0 then clock_timestamp() end
from unnest($1::text[], $2::uuid[]) with ordinality as n (kind, object_id, place)
cross join (select count(*) as total from jml.person) as p
order by n.place;
