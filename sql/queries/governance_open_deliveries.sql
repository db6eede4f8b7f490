-- SPDX-License-Identifier: MIT
-- What is on its way to targets: $1 their names. Columns: place from 1, how many; nothing where there is none.
select n.place, count(*)
from unnest($1::text[]) with ordinality as n (name, place)
join jml.delivery d on d.target = n.name and d.due_at is not null
group by n.place
order by n.place;
