-- SPDX-License-Identifier: MIT
-- jmlctl notification list: $1 state, $2 employee, $3 kind, $4 limit.
select n.id, n.kind, p.employee_id, n.state, n.recipient, n.cc, n.subject, n.attempts, n.due_at,
    n.created_at, n.sent_at, n.error, n.assignment_id, n.request_id, n.run_id
from jml.notification n
left join jml.person p on p.id = n.person_id
where ($1::text is null or n.state = $1)
    and ($2::text is null or p.employee_id = jml.current_id($2))
    and ($3::text is null or n.kind = $3)
order by n.created_at desc, n.id
limit $4::text::bigint;
