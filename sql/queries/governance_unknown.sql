-- SPDX-License-Identifier: MIT
-- What documents name and nobody is: $1 employee_ids that no person has or had, $2 groups that nobody
-- is in. A database without people knows nobody: that is not worth a word. Columns: place from 1 in
-- its array, whether it is a group.
select n.place, false as is_group
from unnest($1::text[]) with ordinality as n (name, place)
where exists (select from jml.person)
    and not exists (select from jml.person p where p.employee_id = n.name)
    and not exists (select from jml.alias a where a.alias = n.name)
union all
select n.place, true
from unnest($2::text[]) with ordinality as n (name, place)
where exists (select from jml.person)
    and not exists (select from jml.person p where p.attributes -> 'groups' ? n.name)
order by 2, 1;
