-- SPDX-License-Identifier: MIT
-- One person as a claim has it, without the lock: $1 employee_id (or a former
-- one) or id. Also somebody the daemon has not
-- met yet, but an event or a request names. Then the instant, and the zone of who names none.
with found as (
    select p.id, p.employee_id, p.state, p.updated_at is not null as moved, p.attributes, p.employments,
        p.zone, p.hired_at, p.leaves_at, p.due_at, p.removal_at, p.held_at, p.held_reason, p.created_at
    from jml.person p
    where p.employee_id = jml.current_id($1::text)
        or (p.id = jml.to_uuid($1::text)
            and not exists (select from jml.person q where q.employee_id = $1::text))
)
select f.*, jml.now(), jml.default_time_zone(),
    (select string_agg(a.alias, E'\n' order by a.alias) from jml.alias a where a.person_id = f.id),
    exists (select from jml.person p where p.id = f.id and p.kind = 'external')
from (
    select * from found
    union all
    select null, $1::text, 'unknown', false, '{}', '[]', null, null, null, null, null, null, null, null
    where not exists (select from found)
        and (exists (select from jml.event e where e.employee_id = $1::text)
            or exists (select from jml.queue q where q.employee_id = $1::text and q.kind = 'request'))
) f
