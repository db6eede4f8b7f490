-- SPDX-License-Identifier: MIT
-- What stands against deleting a package: $1 name or id. Its id and name, when it was deleted, how many
-- hold it and the first ten of them, open requests, a workflow that names it.
with found as (
    select k.id, k.display_name, k.deleted_at
    from jml.access_package k
    where k.id = coalesce(
        (select o.id
         from jml.access_package o
         where o.display_name = $1::text
         order by o.deleted_at desc nulls first, o.id
         limit 1),
        jml.to_uuid($1::text))
)
select f.id::text, f.display_name, f.deleted_at,
    (select count(*) from jml.assignment a where a.access_package_id = f.id and a.state <> 'expired'),
    (select string_agg(h.employee_id, ', ' order by h.employee_id)
     from (select p.employee_id
           from jml.assignment a
           join jml.person p on p.id = a.target_id
           where a.access_package_id = f.id and a.state <> 'expired'
           order by p.employee_id
           limit 10) h),
    (select count(*) from jml.assignment_request r
     where r.access_package_id = f.id
        and r.state in ('submitted', 'pendingApproval', 'scheduled', 'delivering')),
    -- who may not read workflows is told by the trigger
    case when has_table_privilege('jml.workflow', 'select') then jml.package_workflow(f.id) end
from found f;
