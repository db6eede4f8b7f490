-- SPDX-License-Identifier: MIT
-- All assignment policies but those of deleted packages, by name.
select l.id, l.access_package_id, l.display_name, l.enabled, l.document
from jml.assignment_policy l
join jml.access_package p on p.id = l.access_package_id
where p.deleted_at is null
order by l.display_name collate "C", l.id;
