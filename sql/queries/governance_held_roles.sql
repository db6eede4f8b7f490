-- SPDX-License-Identifier: MIT
-- Who has resource roles: $1 places, $2 roles. Columns: place, how many people have one of its roles;
-- nothing where there is nobody.
select n.place, count(distinct a.target_id)
from unnest($1::integer[], $2::uuid[]) as n (place, role)
join jml.assignment a on a.state <> 'expired' and a.roles ? n.role::text
group by n.place
order by n.place;
