-- SPDX-License-Identifier: MIT
-- Groups whose members must not hold a package, by name.
select g.access_package_id, g.group_name
from jml.incompatible_group g
join jml.access_package p on p.id = g.access_package_id
where p.deleted_at is null
order by g.group_name collate "C", g.access_package_id;
