-- SPDX-License-Identifier: MIT
-- What became of commands: $1 their ids.
select c.id::text, coalesce(c.employee_id, c.object_id), c.state, c.error,
    case c.state when 'pending' then 'waiting' else c.state end as outcome
from jml.command c
where c.id = any ($1::text[]::uuid[]);
