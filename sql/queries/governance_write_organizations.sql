-- SPDX-License-Identifier: MIT
-- Connected organizations: $1 ids, $2 names, $3 states, $4 domains, $5 internal and $6 external
-- sponsors, a JSON array each.
insert into jml.connected_organization (id, display_name, state, domains, internal_sponsors,
    external_sponsors)
select n.id, n.display_name, n.state,
    array (select d.value
           from jsonb_array_elements_text(n.domains) with ordinality as d (value, place)
           order by d.place),
    array (select d.value
           from jsonb_array_elements_text(n.internal) with ordinality as d (value, place)
           order by d.place),
    array (select d.value
           from jsonb_array_elements_text(n.external) with ordinality as d (value, place)
           order by d.place)
from unnest($1::uuid[], $2::text[], $3::text[], $4::jsonb[], $5::jsonb[], $6::jsonb[])
    as n (id, display_name, state, domains, internal, external)
on conflict (id) do update
set display_name = excluded.display_name,
    state = excluded.state,
    domains = excluded.domains,
    internal_sponsors = excluded.internal_sponsors,
    external_sponsors = excluded.external_sponsors;
