-- SPDX-License-Identifier: MIT
-- jmlctl assignment show: $1 id, as text.
select a.id, p.employee_id, p.zone, k.display_name as access_package, l.display_name as policy,
    a.state, a.status, a.starts_at, a.ends_at,
    ((a.ends_at - interval '1 microsecond') at time zone p.zone)::date as last_day, a.ends_by,
    a.expired_at, a.end_reason, a.revoked_at,
    a.employment, a.notice_14_at, a.notice_1_at, a.created_at, a.updated_at, a.request_id, a.run_id,
    a.access_package_id, a.policy_id,
    (select coalesce(json_agg(json_build_object(
            'resource', s.display_name, 'role', o.display_name, 'target', s.target,
            'action', d.action, 'state', d.state, 'attempts', d.attempts,
            'confirmed_at', jml.canonical(d.confirmed_at), 'error', d.error)
        order by d.created_at, s.display_name, o.display_name), '[]')
     from jml.delivery d
     left join jml.resource_role o on o.id = d.resource_role_id
     left join jml.resource s on s.id = o.resource_id
     where d.assignment_id = a.id) as deliveries
from jml.assignment a
left join jml.person p on p.id = a.target_id
left join jml.access_package k on k.id = a.access_package_id
left join jml.assignment_policy l on l.id = a.policy_id
where a.id = jml.to_uuid($1::text);
