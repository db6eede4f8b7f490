-- SPDX-License-Identifier: MIT
-- jmlctl delivery show: $1 id, as text. What it waits for is said in words.
select d.id, p.employee_id, p.zone, k.display_name as access_package, d.assignment_id,
    s.display_name as resource, o.display_name as role, d.target, d.action, d.state, d.attempts, d.error,
    case when d.due_at is null then null
         when d.lease_until > clock_timestamp() then 'the answer of the target'
         when d.due_at = 'infinity' then 'a call-back or a person: jmlctl delivery done, or fail'
         when d.state = 'inProgress' then 'a call-back'
         when d.due_at > jml.now() then 'its next attempt'
         when d.target = 'record' then null
         else 'its turn' end as waits_for,
    d.created_at, d.asked_at, d.due_at, d.confirmed_at, d.account, d.lease_until,
    (select m.name from jml.daemon m where m.id = d.lease_by) as in_hand_of,
    w.display_name as workflow, d.run_id, d.position, d.arguments - 'password' as arguments,
    (select coalesce(json_agg(json_build_object(
            'at', jml.canonical(u.at), 'actor', u.actor, 'from', u.from_state, 'to', u.to_state,
            'rule', u.rule, 'reason', u.reason) order by u.id), '[]')
     from jml.audit u
     where u.person_id = d.person_id and u.object_type = 'delivery' and u.object_id = d.id::text) as history
from jml.delivery d
left join jml.person p on p.id = d.person_id
left join jml.assignment a on a.id = d.assignment_id
left join jml.access_package k on k.id = a.access_package_id
left join jml.resource_role o on o.id = d.resource_role_id
left join jml.resource s on s.id = o.resource_id
left join jml.run r on r.id = d.run_id
left join jml.workflow w on w.id = r.workflow_id
where d.id = jml.to_uuid($1::text);
