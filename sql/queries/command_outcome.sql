-- SPDX-License-Identifier: MIT
-- What became of commands: $1 their ids. Of one that starts a run, what became of the run.
select c.id::text, coalesce(c.employee_id, c.object_id),
    case when r.state in ('failed', 'completedWithErrors', 'canceled') then r.state else c.state end,
    coalesce(c.error, f.error),
    case when c.state = 'pending' then 'waiting'
         when c.state = 'refused' or r.state in ('failed', 'completedWithErrors', 'canceled')
            then 'refused'
         when r.state in ('queued', 'inProgress') then 'waiting'
         else 'done' end as outcome
from jml.command c
left join jml.person p on p.employee_id = c.employee_id
left join jml.run r on c.state = 'done'
    and (c.kind = 'workflow_run' and r.person_id = p.id
            and r.workflow_id = jml.to_uuid(c.object_id) and r.trigger_key = c.id::text
        or c.kind in ('run_retry', 'run_release') and r.id = jml.to_uuid(c.object_id))
left join lateral (
    select t.display_name || ': ' || t.error as error
    from jml.task_run t
    where t.run_id = r.id and t.error is not null
    order by t.position
    limit 1) f on r.state in ('failed', 'completedWithErrors')
where c.id = any ($1::text[]::uuid[]);
