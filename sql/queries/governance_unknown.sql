-- SPDX-License-Identifier: MIT
-- What documents name and nobody is: $1 employee_ids that no person has or had, $2 groups that nobody
-- is in. A database without people knows nobody: that is not worth a word. Delegates are told nothing. Columns: place from 1 in
-- its array, whether it is a group.
select n.place, n.is_group
from jml.unknown_names($1::text[], $2::text[]) as n
order by 2, 1;
