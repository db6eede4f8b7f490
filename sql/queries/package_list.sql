-- SPDX-License-Identifier: MIT
-- jmlctl package list.
select k.display_name, c.display_name as catalog, k.description, k.hidden,
    (select count(*) from jml.access_package_role r where r.access_package_id = k.id)
        as resource_roles,
    (select count(*) from jml.assignment_policy l where l.access_package_id = k.id) as policies,
    (select count(*) from jml.assignment a
     where a.access_package_id = k.id and a.state <> 'expired') as assignments,
    k.created_at, k.id
from jml.access_package k
left join jml.catalog c on c.id = k.catalog_id
order by k.display_name;
