-- SPDX-License-Identifier: MIT
-- Commands for the daemon, one for each run that matches, all in one transaction. $1 kind, $2 workflow
-- (name or id), $3 employee, $4 due before; run_release: those that are held, run_cancel: those that
-- are held or scheduled.
insert into jml.command (kind, object_id)
select $1::text, r.id::text
from jml.run r
left join jml.person p on p.id = r.person_id
left join jml.workflow w on w.id = r.workflow_id
where (r.state = 'held' or ($1::text = 'run_cancel' and r.state = 'scheduled'))
    and ($2::text is null or w.display_name = $2 or w.id = jml.to_uuid($2))
    and ($3::text is null or p.employee_id = jml.current_id($3))
    and ($4::text is null or r.due_at < $4::text::timestamptz)
order by r.due_at, r.id
returning id::text, coalesce(employee_id, object_id), state, error;
