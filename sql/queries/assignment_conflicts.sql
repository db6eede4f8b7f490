-- SPDX-License-Identifier: MIT
-- jmlctl assignment conflicts: who holds two packages that exclude each other, whichever of the two says
-- so, or a package and a group that it excludes; each pair once. $1 package (name or id): only its own.
with asked as (
    select k.id
    from jml.access_package k
    where k.display_name = $1::text or k.id = jml.to_uuid($1::text)
), pair as (
    select distinct
        case when $1::text is null and k.display_name > o.display_name
                or i.incompatible_id in (select id from asked) then o.id else k.id end as one,
        case when $1::text is null and k.display_name > o.display_name
                or i.incompatible_id in (select id from asked) then k.id else o.id end as other
    from jml.incompatible_package i
    join jml.access_package k on k.id = i.access_package_id and k.deleted_at is null
    join jml.access_package o on o.id = i.incompatible_id and o.deleted_at is null
    where k.id <> o.id
        and ($1::text is null or k.id in (select id from asked) or o.id in (select id from asked))
)
select p.employee_id, jml.name_of(p.id) as display_name, k.display_name as access_package,
    coalesce(a.starts_at, a.created_at) as since, 'package' as conflict,
    o.display_name as incompatible_with, coalesce(b.starts_at, b.created_at) as incompatible_since,
    a.id as assignment_id, b.id as incompatible_assignment_id
from pair x
join jml.access_package k on k.id = x.one
join jml.access_package o on o.id = x.other
join jml.assignment a on a.access_package_id = x.one and a.state <> 'expired'
join jml.assignment b on b.access_package_id = x.other and b.target_id = a.target_id
    and b.state <> 'expired'
left join jml.person p on p.id = a.target_id
union all
select p.employee_id, jml.name_of(p.id), k.display_name,
    coalesce(a.starts_at, a.created_at), 'group', g.group_name, null, a.id, null
from jml.incompatible_group g
join jml.access_package k on k.id = g.access_package_id and k.deleted_at is null
join jml.assignment a on a.access_package_id = k.id and a.state <> 'expired'
join jml.person p on p.id = a.target_id
where ($1::text is null or k.id in (select id from asked))
    and jml.is_in_excluded(p.id, g.group_name)
order by 1, 3, 5, 6;
