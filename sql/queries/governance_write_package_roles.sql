-- SPDX-License-Identifier: MIT
-- The resource roles of packages: $1 the packages that are rewritten, then a pair for each role:
-- $2 packages, $3 roles.
with gone as (
    delete from jml.access_package_role r
    where r.access_package_id = any ($1)
        and not exists (select
                        from unnest($2::uuid[], $3::uuid[]) as n (package, role)
                        where n.package = r.access_package_id and n.role = r.resource_role_id)
)
insert into jml.access_package_role (access_package_id, resource_role_id)
select *
from unnest($2::uuid[], $3::uuid[])
on conflict do nothing;
