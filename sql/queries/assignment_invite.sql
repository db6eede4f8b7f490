-- SPDX-License-Identifier: MIT
-- jmlctl assignment add --email: $1 package id, $2 policy id, $3 justification, $4 answers, $5 the mail
-- address, $6 the name of who is new, $7 start, $8 end.
insert into jml.assignment_request (request_type, access_package_id, policy_id, target_email, target_name,
    justification, answers, starts_at, ends_at)
values ('adminAdd', $1::text::uuid, $2::text::uuid, $5::text, $6::text, $3::text, $4::text::jsonb,
    $7::timestamptz, $8::timestamptz)
returning id::text, coalesce(target_employee_id, target_email), state, error;
