-- SPDX-License-Identifier: MIT
-- The assignments a change is meant for, each with its person and zone: $1 the assignment's id, or
-- the package (name or id) when $2, the employee_ids, are given. A missing one has no id; an
-- expired one is found by its own id only. Then the ids of its package and policy.
select a.id::text, coalesce(p.employee_id, g.employee_id), coalesce(p.zone, jml.default_time_zone()),
    a.access_package_id::text, a.policy_id::text
from (select u.employee_id, min(u.place) as place
      from unnest($2::text[]) with ordinality as u (employee_id, place)
      group by u.employee_id) as g
left join jml.person p on p.employee_id = jml.current_id(g.employee_id)
left join jml.assignment a on a.target_id = p.id and a.state <> 'expired'
    and a.access_package_id = (
        select k.id from jml.access_package k
        where k.display_name = $1::text or k.id = jml.to_uuid($1::text)
        order by k.display_name = $1::text desc limit 1)
where $2::text[] is not null
union all
select a.id::text, p.employee_id, coalesce(p.zone, jml.default_time_zone()),
    a.access_package_id::text, a.policy_id::text
from jml.assignment a
left join jml.person p on p.id = a.target_id
where $2::text[] is null and a.id = jml.to_uuid($1::text);
