-- SPDX-License-Identifier: MIT
-- Which packages must not be held together, by name.
select i.access_package_id, i.incompatible_id
from jml.incompatible_package i
join jml.access_package p on p.id = i.incompatible_id
join jml.access_package k on k.id = i.access_package_id
where p.deleted_at is null and k.deleted_at is null
order by p.display_name collate "C", i.access_package_id, i.incompatible_id;
