-- SPDX-License-Identifier: MIT
-- jmlctl event show: $1 id, as text.
select e.id, e.kind, e.employee_id, e.employment, e.effective_on, e.effective_at, e.state, e.error,
    e.source, e.source_ref, e.batch, e.supersedes, e.sequence, e.attributes, e.time_zone,
    e.received_at, e.done_at
from jml.event e
where e.id = case when $1::text ~ '^[0-9]{1,18}$' then $1::text::bigint end;
