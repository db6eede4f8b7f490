-- SPDX-License-Identifier: MIT
-- jmlctl policy list: $1 package (name or id).
select k.display_name as access_package, l.display_name, l.enabled,
    l.document #>> '{expiration,type}' as expiration,
    coalesce(l.document #>> '{expiration,duration}', l.document #>> '{expiration,endDateTime}')
        as expires,
    (select count(*) from jml.assignment a where a.policy_id = l.id and a.state <> 'expired')
        as assignments,
    l.id, l.access_package_id
from jml.assignment_policy l
left join jml.access_package k on k.id = l.access_package_id
where $1::text is null or k.display_name = $1 or k.id = jml.to_uuid($1)
order by k.display_name, l.display_name;
