-- SPDX-License-Identifier: MIT
-- Commands for the daemon, one each: $1 kind, $2 object_ids, $3 employee_ids (as many; or NULLs),
-- $4 arguments of all of them.
insert into jml.command (kind, object_id, employee_id, arguments)
select $1::text, o.object_id, o.employee_id, $4::text::jsonb
from unnest($2::text[], $3::text[]) as o (object_id, employee_id)
returning id::text, coalesce(employee_id, object_id), state, error;
