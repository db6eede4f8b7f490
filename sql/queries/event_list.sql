-- SPDX-License-Identifier: MIT
-- jmlctl event list: $1 state, $2 employee, $3 source, $4 "" for dangling ones only (leavers
-- that closed nothing, corrections and withdrawals of what has not come), $5 limit.
select e.id, e.kind, e.employee_id, e.employment, e.effective_on, e.effective_at, e.state, e.error,
    e.source, e.source_ref, e.batch, e.supersedes, e.received_at, e.done_at
from jml.event e
where ($1::text is null or e.state = $1)
    and ($2::text is null or e.employee_id = any (jml.ids_of($2)))
    and ($3::text is null or e.source = $3)
    and ($4::text is null
        or e.id = any (array(select a.event_id from jml.event_attention a where a.kind <> 'held')))
order by e.id desc
limit $5::text::bigint;
