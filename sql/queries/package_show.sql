-- SPDX-License-Identifier: MIT
-- jmlctl package show: $1 name or id.
select k.id, k.display_name, c.display_name as catalog, k.description, k.hidden, k.created_at,
    (select count(*) from jml.assignment a
     where a.access_package_id = k.id and a.state <> 'expired') as assignments,
    (select coalesce(json_agg(json_build_object(
            'resource', s.display_name, 'role', o.display_name, 'target', s.target)
        order by s.display_name, o.display_name), '[]')
     from jml.access_package_role r
     join jml.resource_role o on o.id = r.resource_role_id
     join jml.resource s on s.id = o.resource_id
     where r.access_package_id = k.id) as resource_roles,
    (select coalesce(json_agg(json_build_object(
            'id', l.id, 'display_name', l.display_name, 'enabled', l.enabled)
        order by l.display_name), '[]')
     from jml.assignment_policy l
     where l.access_package_id = k.id) as policies,
    (select coalesce(json_agg(o.display_name order by o.display_name), '[]')
     from jml.incompatible_package i
     join jml.access_package o on o.id = i.incompatible_id
     where i.access_package_id = k.id) as incompatible_with
from jml.access_package k
left join jml.catalog c on c.id = k.catalog_id
where k.display_name = $1::text
    or (k.id = jml.to_uuid($1::text)
        and not exists (select from jml.access_package o where o.display_name = $1::text));
