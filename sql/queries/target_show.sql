-- SPDX-License-Identifier: MIT
-- jmlctl target show: $1 target (name or id).
select v.id, v.display_name, v.kind, v.enabled, v.owned, v.created_at,
    (select coalesce(json_agg(json_build_object(
            'resource', s.display_name, 'catalog', c.display_name,
            'roles', (select count(*) from jml.resource_role r where r.resource_id = s.id and r.former_of is null))
        order by s.display_name), '[]')
     from jml.resource s left join jml.catalog c on c.id = s.catalog_id
     where s.target = v.display_name) as resources,
    v.open, v.waiting, v.failing, v.oldest_due, v.trouble, v.trouble_since, v.trouble_error,
    (select coalesce(json_agg(json_build_object('deliveries', e.n, 'error', e.error)
        order by e.n desc, e.error), '[]')
     from (select d.error, count(*) as n
           from jml.delivery d
           where d.target = v.display_name and d.due_at is not null and d.error is not null
           group by d.error
           order by 2 desc, 1
           limit 5) as e) as errors,
    t.document
from jml.targets v
join jml.target t on t.id = v.id
where v.id = jml.to_uuid($1::text) or v.display_name = $1;
