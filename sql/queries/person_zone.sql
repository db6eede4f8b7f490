-- SPDX-License-Identifier: MIT
-- The zone of one person: $1 employee_id or id.
select p.zone
from jml.person p
where p.employee_id = jml.current_id($1::text)
    or (p.id = jml.to_uuid($1::text)
        and not exists (select from jml.person q where q.employee_id = $1::text));
