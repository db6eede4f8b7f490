-- SPDX-License-Identifier: MIT
-- jmlctl package review --confirm: $1 ids of assignments, $2 justification.
with found as (
    select a.id, p.employee_id
    from jml.assignment a
    left join jml.person p on p.id = a.target_id
    where a.id = any ($1::text[]::uuid[])
), made as (
    insert into jml.assignment_review (assignment_id, decision, justification)
    select f.id, 'confirm', $2::text from found f
    returning id, assignment_id
)
select m.id::text, f.employee_id, 'confirmed', null::text
from made m
join found f on f.id = m.assignment_id
order by f.employee_id, m.id;
