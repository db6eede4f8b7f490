-- SPDX-License-Identifier: MIT
-- Incompatible packages: $1 the packages that are rewritten, then the pairs: $2 packages, $3 others.
with gone as (
    delete from jml.incompatible_package i
    where i.access_package_id = any ($1)
        and not exists (select
                        from unnest($2::uuid[], $3::uuid[]) as n (package, other)
                        where n.package = i.access_package_id and n.other = i.incompatible_id)
)
insert into jml.incompatible_package (access_package_id, incompatible_id)
select *
from unnest($2::uuid[], $3::uuid[])
on conflict do nothing;
