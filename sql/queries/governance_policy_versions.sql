-- SPDX-License-Identifier: MIT
-- What the policies with automatic assignment said, from when on.
select v.policy_id, v.since, v.enabled, v.document
from jml.assignment_policy_version v
join jml.assignment_policy l on l.id = v.policy_id
join jml.access_package p on p.id = l.access_package_id
where p.deleted_at is null
order by v.policy_id, v.since;
