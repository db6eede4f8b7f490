-- SPDX-License-Identifier: MIT
-- jmlctl person timeline: what was said about a person, and what happened. $1 employee_id or id.
with who as (
    select p.id, p.employee_id
    from jml.person p
    where p.employee_id = jml.current_id($1::text)
        or (p.id = jml.to_uuid($1::text)
            and not exists (select from jml.person q where q.employee_id = $1::text))
    union all
    -- somebody the daemon has not met yet, but an event names
    select null::uuid, $1::text
    where not exists (select from jml.person p
                      where p.employee_id = jml.current_id($1::text) or p.id = jml.to_uuid($1::text))
), told as (
    select a.id, a.at, a.recorded_at, a.object_type, a.object_id, a.from_state, a.to_state, a.rule,
        t.sentence, a.reason, a.actor, a.event_id, a.run_id, a.request_id
    from who w
    join jml.audit a on a.person_id = w.id
    left join jml.transition t on t.rule = a.rule
    union all
    -- of those who were found to be the same person
    select a.id, a.at, a.recorded_at, a.object_type, a.object_id, a.from_state, a.to_state, a.rule,
        t.sentence, a.reason, a.actor, a.event_id, a.run_id, a.request_id
    from who w
    join jml.alias l on l.person_id = w.id
    join jml.audit a on a.person_id = l.absorbed_id
    left join jml.transition t on t.rule = a.rule
    union all
    -- rows written before the person had a key
    select a.id, a.at, a.recorded_at, a.object_type, a.object_id, a.from_state, a.to_state, a.rule,
        t.sentence, a.reason, a.actor, a.event_id, a.run_id, a.request_id
    from who w
    join jml.audit a on a.person_id is null and a.employee_id = any (jml.ids_of(w.employee_id))
    left join jml.transition t on t.rule = a.rule
    union all
    select 0, e.received_at, e.received_at, 'event', e.id::text, null, 'pending', null,
        'received: ' || e.kind || case when e.employee_id <> w.employee_id
            then ' under ' || e.employee_id else '' end || coalesce(', effective ' || e.effective_on::text,
            ', effective ' || jml.canonical(e.effective_at), ''),
        null, e.source, e.id, null, null
    from who w
    join jml.event e on e.employee_id = any (jml.ids_of(w.employee_id))
)
select d.at, d.object_type, d.object_id,
    coalesce(
        (select k.display_name
         from jml.assignment a join jml.access_package k on k.id = a.access_package_id
         where d.object_type = 'assignment' and a.id = jml.to_uuid(d.object_id)),
        (select k.display_name
         from jml.assignment_request r join jml.access_package k on k.id = r.access_package_id
         where d.object_type = 'request' and r.id = jml.to_uuid(d.object_id)),
        (select f.display_name
         from jml.run r join jml.workflow f on f.id = r.workflow_id
         where d.object_type = 'run' and r.id = jml.to_uuid(d.object_id)),
        (select s.display_name
         from jml.task_run s
         where d.object_type = 'task' and s.run_id = jml.to_uuid(split_part(d.object_id, '/', 1))
            and s.position::text = split_part(d.object_id, '/', 2)),
        (select n.kind
         from jml.notification n
         where d.object_type = 'notification' and n.id = jml.to_uuid(d.object_id)),
        (select c.kind
         from jml.command c
         where d.object_type = 'command' and c.id = jml.to_uuid(d.object_id)),
        (select o.display_name
         from jml.delivery v join jml.resource_role o on o.id = v.resource_role_id
         where d.object_type = 'delivery' and v.id = jml.to_uuid(d.object_id))) as name,
    d.from_state, d.to_state, d.sentence, d.reason, d.actor, d.rule, d.recorded_at, d.event_id,
    d.run_id, d.request_id
from told d
order by d.at, d.id, d.event_id;
