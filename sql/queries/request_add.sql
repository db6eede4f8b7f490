-- SPDX-License-Identifier: MIT
-- jmlctl request add, extend and remove: what people ask for themselves or for each other. $1 userAdd,
-- userUpdate or userRemove, $2 package id, $3 policy id, $4 assignment id, $5 who asks, $6 for whom,
-- $7 justification, $8 answers, $9 start, $10 end.
insert into jml.assignment_request (request_type, access_package_id, policy_id, assignment_id, requestor,
    target_employee_id, justification, answers, starts_at, ends_at)
values ($1::text, $2::text::uuid, $3::text::uuid, $4::text::uuid, $5::text, $6::text, $7::text,
    $8::text::jsonb, $9::timestamptz, $10::timestamptz)
returning id::text, target_employee_id, state, error;
