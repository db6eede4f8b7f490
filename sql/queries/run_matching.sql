-- SPDX-License-Identifier: MIT
-- jmlctl run release and cancel, --dry-run: the runs that it would name. $1 the command's kind, $2 ids
-- (NULL: those that match), $3 workflow (name or id), $4 employee, $5 due before.
select r.id, w.display_name as workflow, p.employee_id, r.state, r.due_at, r.reason
from jml.run r
left join jml.person p on p.id = r.person_id
left join jml.workflow w on w.id = r.workflow_id
where (r.state = 'held' or ($1::text = 'run_cancel' and r.state = 'scheduled'))
    and ($2::text[] is null
        or r.id = any (array(select jml.to_uuid(u.id) from unnest($2::text[]) as u (id))))
    and ($3::text is null or w.display_name = $3 or w.id = jml.to_uuid($3))
    and ($4::text is null or p.employee_id = $4)
    and ($5::text is null or r.due_at < $5::text::timestamptz)
order by r.due_at, r.id;
