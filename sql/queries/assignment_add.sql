-- SPDX-License-Identifier: MIT
-- jmlctl assignment add, one request a person: $1 package id, $2 policy id, $3 justification,
-- $4 employee_ids, $5 starts, $6 ends (as many; NULL: not said).
insert into jml.assignment_request (request_type, access_package_id, policy_id, target_employee_id,
    justification, starts_at, ends_at)
select 'adminAdd', $1::text::uuid, $2::text::uuid, t.employee_id, $3::text, t.starts_at, t.ends_at
from unnest($4::text[], $5::timestamptz[], $6::timestamptz[])
    as t (employee_id, starts_at, ends_at)
returning id::text, target_employee_id, state, error;
