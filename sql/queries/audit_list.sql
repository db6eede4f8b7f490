-- SPDX-License-Identifier: MIT
-- jmlctl audit list: $1 employee, $2 object type, $3 object id, $4 actor, $5 since, $6 until (when
-- it was recorded), $7 limit. Newest first.
select a.id, a.at, a.recorded_at, a.actor, a.object_type, a.object_id,
    coalesce(p.employee_id, a.employee_id) as employee_id, a.rule, a.from_state, a.to_state,
    t.sentence, a.reason, a.event_id, a.run_id, a.request_id, a.detail
from jml.audit a
left join jml.person p on p.id = a.person_id
left join jml.transition t on t.rule = a.rule
where ($1::text is null or coalesce(p.employee_id, a.employee_id) = any (jml.ids_of($1)))
    and ($2::text is null or a.object_type = $2)
    and ($3::text is null or a.object_id = $3)
    and ($4::text is null or a.actor = $4)
    and ($5::text is null or a.recorded_at >= $5::text::timestamptz)
    and ($6::text is null or a.recorded_at < $6::text::timestamptz)
order by a.id desc
limit $7::text::bigint;
