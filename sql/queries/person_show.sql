-- SPDX-License-Identifier: MIT
-- jmlctl person show: $1 employee_id or id.
select p.employee_id,
    (select string_agg(l.alias, ', ' order by l.alias)
     from jml.alias l where l.person_id = p.id) as former_ids,
    p.id, p.state, p.kind, p.zone, p.hired_at, p.leaves_at,
    ((p.leaves_at - interval '1 microsecond') at time zone p.zone)::date as last_day, p.due_at,
    p.removal_at, p.held_at, p.held_reason, p.created_at, p.updated_at, p.attributes, p.employments,
    (select coalesce(json_agg(json_build_object(
            'id', a.id, 'access_package', a.access_package, 'policy', a.policy, 'state', a.state,
            'starts_at', jml.canonical(a.starts_at), 'ends_at', jml.canonical(a.ends_at))
        order by a.access_package), '[]')
     from jml.assignments a
     where a.employee_id = p.employee_id and a.state <> 'expired') as assignments
from jml.person p
where p.employee_id = jml.current_id($1::text)
    or (p.id = jml.to_uuid($1::text)
        and not exists (select from jml.person q where q.employee_id = $1::text));
