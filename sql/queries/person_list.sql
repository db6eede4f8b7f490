-- SPDX-License-Identifier: MIT
-- jmlctl person list: $1 state, $2 "" for held ones only, $3 limit.
select p.employee_id, p.attributes ->> 'displayName' as display_name, p.state, p.kind, p.hired_at,
    p.leaves_at, p.held_at, p.held_reason, p.due_at, p.created_at, p.updated_at, p.id
from jml.person p
where ($1::text is null or p.state = $1)
    and ($2::text is null or p.held_at is not null)
order by p.employee_id
limit $3::text::bigint;
