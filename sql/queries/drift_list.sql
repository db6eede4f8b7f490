-- SPDX-License-Identifier: MIT
-- jmlctl drift: what differs. $1 targets (names or ids; empty: all), $2 scans of which also what was put right is
-- shown (ids).
select f.target, s.display_name as resource, o.display_name as role, f.kind, f.account, p.employee_id,
    case when f.mended then 'mended' else f.action end as action, f.detail, f.found_at, f.seen_at, f.delivery_id,
    f.mended
from jml.drifts f
left join jml.resource_role o on o.id = f.resource_role_id
left join jml.resource s on s.id = o.resource_id
left join jml.person p on p.id = f.person_id
where (cardinality($1::text[]) = 0
        or f.target = any ($1::text[])
        or exists (select from jml.target t where t.display_name = f.target and t.id::text = any ($1::text[])))
    and (f.mended is not true or f.scan_id = any ($2::text[]::uuid[]))
order by f.target, s.display_name, o.display_name, f.kind, f.account;
