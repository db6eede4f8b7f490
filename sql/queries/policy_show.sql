-- SPDX-License-Identifier: MIT
-- jmlctl policy show: $1 id; or $1 package (name or id) and $2 policy (name or id).
select l.id, k.display_name as access_package, l.display_name, l.enabled, l.access_package_id,
    (select count(*) from jml.assignment a where a.policy_id = l.id and a.state <> 'expired')
        as assignments,
    l.document
from jml.assignment_policy l
left join jml.access_package k on k.id = l.access_package_id
where ($2::text is null and l.id = jml.to_uuid($1::text))
    or (k.display_name = $1::text or k.id = jml.to_uuid($1::text))
        and (l.display_name = $2::text or l.id = jml.to_uuid($2::text));
