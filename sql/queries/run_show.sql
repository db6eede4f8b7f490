-- SPDX-License-Identifier: MIT
-- jmlctl run show: $1 id, as text.
select r.id, w.display_name as workflow, r.workflow_id, r.version, p.employee_id, p.zone,
    r.state, r.reason,
    r.trigger_key, r.employment, r.anchor_at,
    case when r.trigger_key like 'employeeLeaveDateTime@%'
        then ((r.anchor_at - interval '1 microsecond') at time zone p.zone)::date end as last_day,
    r.due_at, r.known_at, r.created_at, r.started_at,
    r.completed_at, r.withdrawn_at, r.event_id, r.actor, r.cancel_cause, r.effects,
    (select coalesce(json_agg(json_build_object(
            'position', t.position, 'display_name', t.display_name, 'state', t.state,
            'started_at', jml.canonical(t.started_at),
            'completed_at', jml.canonical(t.completed_at),
            'task_definition_id', t.task_definition_id, 'warning', t.warning, 'error', t.error)
        order by t.position), '[]')
     from jml.task_run t
     where t.run_id = r.id) as tasks
from jml.run r
left join jml.person p on p.id = r.person_id
left join jml.workflow w on w.id = r.workflow_id
where r.id = jml.to_uuid($1::text);
