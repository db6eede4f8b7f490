-- SPDX-License-Identifier: MIT
-- What became of commands that start no run: $1 their ids.
select c.id::text, coalesce(c.employee_id, c.object_id), c.state, c.error,
    case c.state when 'pending' then 'waiting' when 'refused' then 'refused' else 'done' end as outcome
from jml.command c
where c.id = any ($1::text[]::uuid[]);
