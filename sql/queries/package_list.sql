-- SPDX-License-Identifier: MIT
-- jmlctl package list: $1 catalog (name or id), $2 "" for those that were deleted, too.
select k.display_name, c.display_name as catalog, k.description, k.hidden,
    (select count(*) from jml.access_package_role r where r.access_package_id = k.id)
        as resource_roles,
    (select count(*) from jml.assignment_policy l where l.access_package_id = k.id) as policies,
    coalesce(h.held, 0) as assignments, k.created_at, k.id,
    (select count(*)
     from (select i.incompatible_id from jml.incompatible_package i where i.access_package_id = k.id
           union
           select i.access_package_id from jml.incompatible_package i where i.incompatible_id = k.id) i)
        + (select count(*) from jml.incompatible_group g where g.access_package_id = k.id) as incompatible,
    k.deleted_at
from jml.access_package k
left join jml.catalog c on c.id = k.catalog_id
left join (select a.access_package_id, count(*) as held
           from jml.assignment a
           where a.state <> 'expired'
           group by a.access_package_id) h on h.access_package_id = k.id
where ($1::text is null or c.display_name = $1 or c.id = jml.to_uuid($1))
    and ($2::text is not null or k.deleted_at is null)
order by k.display_name, k.deleted_at nulls first, k.id;
