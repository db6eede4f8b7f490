-- SPDX-License-Identifier: MIT
-- What became of submitted events: $1 their ids. A feed may ask this, too.
select e.id::text, 'event ' || e.id, e.state, e.error,
    case when e.state in ('done', 'superseded') then 'done'
         when e.state in ('rejected', 'held') then 'refused'
         else 'waiting' end as outcome
from jml.event e
where e.id = any ($1::text[]::bigint[])
order by e.id;
