-- SPDX-License-Identifier: MIT
-- jmlctl rollout list: $1 "" for open ones only, $2 limit.
select o.id, o.kind,
    coalesce(
        (select w.display_name from jml.workflow w where w.id = o.object_id),
        (select k.display_name from jml.access_package k where k.id = o.object_id),
        (select k.display_name || ' / ' || l.display_name
         from jml.assignment_policy l
         join jml.access_package k on k.id = l.access_package_id
         where l.id = o.object_id)) as name,
    o.object_id, o.revision, o.total, o.done, o.created_at, o.completed_at,
    -- people come and go while it is under way: all of them is when it is completed
    case when o.completed_at is not null then 100
         when coalesce(o.total, 0) = 0 then 0
         else least(99, 100 * o.done / o.total) end::integer as percent
from jml.rollout o
where $1::text is null or o.completed_at is null
order by o.created_at desc, o.id
limit $2::text::bigint;
