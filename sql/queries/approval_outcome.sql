-- SPDX-License-Identifier: MIT
-- What became of decisions on requests: $1 their ids.
select v.id::text, v.approver, v.state, v.error,
    case v.state when 'pending' then 'waiting' when 'applied' then 'done' else 'refused' end as outcome
from jml.approval v
where v.id = any ($1::text[]::uuid[]);
