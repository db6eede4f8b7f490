-- SPDX-License-Identifier: MIT
-- What apply did, in the name of who did it: $1 object types, $2 ids, $3 rules, $4 states before,
-- $5 states after, $6 reasons, $7 details, $8 the new revision.
insert into jml.audit (at, actor, object_type, object_id, rule, from_state, to_state, reason, detail)
select jml.now(), session_user, n.object_type, n.object_id, n.rule, n.from_state, n.to_state,
    n.reason, n.detail || jsonb_build_object('revision', $8::bigint)
from unnest($1::text[], $2::text[], $3::integer[], $4::text[], $5::text[], $6::text[], $7::jsonb[])
    with ordinality as n (object_type, object_id, rule, from_state, to_state, reason, detail, place)
order by n.place;
