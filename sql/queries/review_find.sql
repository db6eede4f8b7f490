-- SPDX-License-Identifier: MIT
-- Assignments that are to be reviewed: $1 their ids, as text. What is none has no state.
select g.id, a.state
from unnest($1::text[]) with ordinality as g (id, place)
left join jml.assignment a on a.id = jml.to_uuid(g.id)
order by g.place;
