-- SPDX-License-Identifier: MIT
-- jmlctl package review --revoke: asks for the removals, and puts the reviews on record with the ids of
-- those requests. $1 ids of assignments, $2 justification.
with asked as (
    insert into jml.assignment_request (request_type, assignment_id, access_package_id, policy_id,
        target_id, justification)
    select 'adminRemove', a.id, a.access_package_id, a.policy_id, a.target_id,
        coalesce('review: ' || $2::text, 'review')
    from jml.assignment a
    where a.id = any ($1::text[]::uuid[])
    returning id, assignment_id, target_employee_id, state, error
), made as (
    insert into jml.assignment_review (assignment_id, decision, justification, request_id)
    select q.assignment_id, 'revoke', $2::text, q.id from asked q
)
select q.id::text, q.target_employee_id, q.state, q.error
from asked q
order by q.target_employee_id, q.id;
