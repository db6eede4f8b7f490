-- SPDX-License-Identifier: MIT
-- All assignment policies, by name; none of packages that were deleted.
select id, access_package_id, display_name, enabled, document
from jml.assignment_policy
where access_package_id not in (select k.id from jml.access_package k where k.deleted_at is not null)
order by display_name collate "C", id;
