-- SPDX-License-Identifier: MIT
-- Connected organizations: $1 ids, $2 names, $3 domains, a JSON array each.
insert into jml.connected_organization (id, display_name, domains)
select n.id, n.display_name, array (select d.domain
                                    from jsonb_array_elements_text(n.domains)
                                        with ordinality as d (domain, place)
                                    order by d.place)
from unnest($1::uuid[], $2::text[], $3::jsonb[]) as n (id, display_name, domains)
on conflict (id) do update
set display_name = excluded.display_name,
    domains = excluded.domains;
