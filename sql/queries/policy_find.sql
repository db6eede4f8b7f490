-- SPDX-License-Identifier: MIT
-- The policy a grant is to be made under: $1 package (name or id), $2 policy (name or id within
-- it; NULL: the one it has). One row a package; columns: package id, policy id, how many fit, the
-- document of the one that does.
select k.id::text, min(l.id::text), count(l.id), min(l.document::text)
from jml.access_package k
left join jml.assignment_policy l on l.access_package_id = k.id
    and ($2::text is null or l.display_name = $2 or l.id = jml.to_uuid($2))
    and ($2::text is not null or l.enabled)
where k.deleted_at is null
    and (k.display_name = $1::text
        or (k.id = jml.to_uuid($1::text)
            and not exists (select from jml.access_package o
                            where o.display_name = $1::text and o.deleted_at is null)))
group by k.id;
