-- SPDX-License-Identifier: MIT
-- What documents name and nobody is: $1 employee_ids that no person has or had, $2 groups that nobody
-- is in. Columns: what it is, the name.
select 'person' as kind, n.name
from unnest($1::text[]) with ordinality as n (name, place)
where not exists (select from jml.person p where p.employee_id = n.name)
    and not exists (select from jml.alias a where a.alias = n.name)
union all
select 'group', n.name
from unnest($2::text[]) with ordinality as n (name, place)
where not exists (select from jml.person p where p.attributes -> 'groups' ? n.name);
