-- SPDX-License-Identifier: MIT
-- The resource roles of every package, by the names of resource and role.
select p.access_package_id, p.resource_role_id
from jml.access_package_role p
join jml.access_package k on k.id = p.access_package_id
join jml.resource_role r on r.id = p.resource_role_id
join jml.resource s on s.id = r.resource_id
where k.deleted_at is null
order by s.display_name collate "C", r.display_name collate "C", p.access_package_id, r.id;
