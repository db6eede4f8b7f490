-- SPDX-License-Identifier: MIT
-- jmlctl assignment update and remove: $1 adminUpdate or adminRemove, $2 justification,
-- $3 assignment ids, $4 starts, $5 ends (as many; NULL: as it is).
insert into jml.assignment_request (request_type, assignment_id, access_package_id, policy_id,
    target_id, justification, starts_at, ends_at)
select $1::text, a.id, a.access_package_id, a.policy_id, a.target_id, $2::text, t.starts_at,
    t.ends_at
from unnest($3::text[], $4::timestamptz[], $5::timestamptz[]) as t (id, starts_at, ends_at)
join jml.assignment a on a.id = t.id::uuid
returning id::text, target_employee_id, state, error;
