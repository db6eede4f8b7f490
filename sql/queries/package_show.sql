-- SPDX-License-Identifier: MIT
-- jmlctl package show: $1 name or id; of one name the one that is there, else the last that was deleted.
select k.id, k.display_name, c.display_name as catalog, k.description, k.hidden, k.created_at,
    k.deleted_at,
    (select count(*) from jml.assignment a
     where a.access_package_id = k.id and a.state <> 'expired') as assignments,
    (select count(*) from jml.assignment_request r
     where r.access_package_id = k.id
        and r.state in ('submitted', 'pendingApproval', 'scheduled', 'delivering')) as open_requests,
    (select coalesce(json_agg(json_build_object(
            'resource', s.display_name, 'role', o.display_name, 'target', s.target)
        order by s.display_name, o.display_name), '[]')
     from jml.access_package_role r
     join jml.resource_role o on o.id = r.resource_role_id
     join jml.resource s on s.id = o.resource_id
     where r.access_package_id = k.id) as resource_roles,
    (select coalesce(json_agg(json_build_object(
            'id', l.id, 'display_name', l.display_name, 'enabled', l.enabled,
            'who', jml.policy_targets_in_words(l.document),
            'approval', jml.policy_approval_in_words(l.document),
            'expires', jml.policy_expiration_in_words(l.document))
        order by l.display_name), '[]')
     from jml.assignment_policy l
     where l.access_package_id = k.id) as policies,
    -- that it names itself, or that name it: they exclude each other both ways
    (select coalesce(json_agg(x.display_name order by x.display_name), '[]')
     from (select o.display_name
           from jml.incompatible_package i
           join jml.access_package o on o.id = i.incompatible_id
           where i.access_package_id = k.id and o.deleted_at is null
           union
           select o.display_name
           from jml.incompatible_package i
           join jml.access_package o on o.id = i.access_package_id
           where i.incompatible_id = k.id and o.deleted_at is null) x) as incompatible_with,
    (select coalesce(json_agg(g.group_name order by g.group_name), '[]')
     from jml.incompatible_group g
     where g.access_package_id = k.id) as incompatible_groups
from jml.access_package k
left join jml.catalog c on c.id = k.catalog_id
where k.id = coalesce(
    (select o.id
     from jml.access_package o
     where o.display_name = $1::text
     order by o.deleted_at desc nulls first, o.id
     limit 1),
    jml.to_uuid($1::text));
