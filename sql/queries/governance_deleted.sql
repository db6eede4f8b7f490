-- SPDX-License-Identifier: MIT
-- Access packages that were deleted, with their policies: their ids are used up.
select p.id, l.id as policy_id
from jml.access_package p
left join jml.assignment_policy l on l.access_package_id = p.id
where p.deleted_at is not null
order by p.id, l.id;
