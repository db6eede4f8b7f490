-- SPDX-License-Identifier: MIT
-- Zones of several people, also of those nobody knows yet, in the order given, each once.
-- $1 employee_ids.
select g.employee_id, coalesce(p.zone, jml.zone_of(g.employee_id), jml.default_time_zone())
from (select u.employee_id, min(u.place) as place
      from unnest($1::text[]) with ordinality as u (employee_id, place)
      group by u.employee_id) as g
left join jml.person p on p.employee_id = jml.current_id(g.employee_id)
order by g.place;
