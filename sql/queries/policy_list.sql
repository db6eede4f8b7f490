-- SPDX-License-Identifier: MIT
-- jmlctl policy list: $1 package (name or id). Not of packages that were deleted.
select k.display_name as access_package, l.display_name, l.enabled,
    l.document #>> '{expiration,type}' as expiration,
    coalesce(l.document #>> '{expiration,duration}', l.document #>> '{expiration,endDateTime}')
        as expires,
    coalesce(h.held, 0) as assignments,
    l.id, l.access_package_id, jml.policy_targets_in_words(l.document) as who,
    jml.policy_approval_in_words(l.document) as approval,
    jml.policy_expiration_in_words(l.document) as ends,
    coalesce(jsonb_array_length(case jsonb_typeof(l.document -> 'questions')
        when 'array' then l.document -> 'questions' end), 0) as questions,
    jml.policy_automatic_in_words(l.document) is not null as automatic
from jml.assignment_policy l
join jml.access_package k on k.id = l.access_package_id
left join (select a.policy_id, count(*) as held
           from jml.assignment a
           where a.state <> 'expired'
           group by a.policy_id) h on h.policy_id = l.id
where k.deleted_at is null and ($1::text is null or k.display_name = $1 or k.id = jml.to_uuid($1))
order by k.display_name, l.display_name;
