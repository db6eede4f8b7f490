-- SPDX-License-Identifier: MIT
-- Groups whose members must not hold a package: $1 the packages that are rewritten, then the pairs:
-- $2 packages, $3 groups.
with gone as (
    delete from jml.incompatible_group g
    where g.access_package_id = any ($1)
        and not exists (select
                        from unnest($2::uuid[], $3::text[]) as n (package, name)
                        where n.package = g.access_package_id and n.name = g.group_name)
)
insert into jml.incompatible_group (access_package_id, group_name)
select *
from unnest($2::uuid[], $3::text[])
on conflict do nothing;
