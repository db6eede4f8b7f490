-- SPDX-License-Identifier: MIT
-- jmlctl target show: $1 target (name or id).
select t.id, t.display_name, t.kind, coalesce(t.document -> 'isEnabled' <> 'false', true) as enabled,
    coalesce(t.document -> 'isOwned' = 'true', false) as owned, t.created_at,
    (select coalesce(json_agg(json_build_object(
            'resource', s.display_name, 'catalog', c.display_name,
            'roles', (select count(*) from jml.resource_role r where r.resource_id = s.id))
        order by s.display_name), '[]')
     from jml.resource s left join jml.catalog c on c.id = s.catalog_id
     where s.target = t.display_name) as resources,
    d.open, d.waiting, d.failing, d.oldest_due,
    (select coalesce(json_agg(json_build_object('deliveries', e.n, 'error', e.error)
        order by e.n desc, e.error), '[]')
     from (select d.error, count(*) as n
           from jml.delivery d
           where d.target = t.display_name and d.due_at is not null and d.error is not null
           group by d.error
           order by 2 desc, 1
           limit 5) as e) as errors,
    t.document
from jml.target t
cross join lateral (
    select count(*) as open,
        count(*) filter (where o.waits) as waiting,
        count(*) filter (where o.error is not null and not o.waits) as failing,
        min(o.due_at) filter (where not o.waits) as oldest_due
    from (select d.error, d.due_at, d.state = 'inProgress' or d.due_at = 'infinity' as waits
          from jml.delivery d
          where d.target = t.display_name and d.due_at is not null) as o) as d
where t.id = jml.to_uuid($1::text) or t.display_name = $1;
