-- SPDX-License-Identifier: MIT
-- Whose attribute groups has this one: $1 group. Not of who has left.
select p.employee_id
from jml.person p
where p.attributes -> 'groups' ? $1::text and p.state <> 'left'
order by p.employee_id;
