-- SPDX-License-Identifier: MIT
-- jmlctl run list: $1 state, $2 employee, $3 workflow (name or id), $4 limit.
select r.id, w.display_name as workflow, r.version, p.employee_id, r.state, r.due_at, r.started_at,
    r.completed_at, r.reason
from jml.run r
left join jml.person p on p.id = r.person_id
left join jml.workflow w on w.id = r.workflow_id
where ($1::text is null or r.state = $1)
    and ($2::text is null or p.employee_id = jml.current_id($2))
    and ($3::text is null or w.display_name = $3 or w.id = jml.to_uuid($3))
order by r.due_at desc nulls last, r.id
limit $4::text::bigint;
