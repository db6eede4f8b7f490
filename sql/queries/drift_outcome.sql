-- SPDX-License-Identifier: MIT
-- What became of scans: $1 their ids. One that sends again or removes is over when that is.
select s.id::text, s.target, s.state, s.error,
    case when s.due_at is not null
            or exists (select from jml.drift f join jml.delivery d on d.id = f.delivery_id
                       where f.target = s.target and f.scan_id = s.id and d.due_at is not null
                           and f.action in ('redelivered', 'removed'))
         then 'waiting'
         when s.state = 'failed' then 'refused'
         else 'done' end as outcome
from jml.drift_scan s
where s.id = any ($1::text[]::uuid[]);
