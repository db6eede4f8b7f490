-- SPDX-License-Identifier: MIT
-- jmlctl why: what gave, refused, changed and ended access, in sentences. $1 employee, $2 package (name or
-- id; empty: all), $3 a time zone for the times among the words; empty: the person's.
with person as (
    select p.id, p.employee_id, coalesce($3::text, p.zone, jml.default_time_zone()) as zone
    from jml.person p where p.employee_id = jml.current_id($1::text)
), package as (
    select k.id, k.display_name from jml.access_package k
    where $2::text is null or k.display_name = $2 or k.id = jml.to_uuid($2)
), request as (
    select r.*, k.display_name as package, l.display_name as policy, p.zone, w.display_name as workflow,
        u.version as workflow_version, e.id as event_id, e.kind as event_kind, e.source_ref, u.trigger_key,
        case when u.id is not null
            then format('workflow ''%s'' version %s', w.display_name, u.version)
                || case when u.trigger_key like '%@%' then format(', which ran for %s at %s',
                       split_part(u.trigger_key, '@', 1),
                       to_char(u.anchor_at at time zone p.zone, 'YYYY-MM-DD HH24:MI')) else ', run on demand' end
                || case when e.id is not null then format(' (%s, event %s%s)', e.kind, e.id,
                       coalesce(', ref ' || e.source_ref, '')) else '' end
            when r.request_type like 'system%' and r.requestor like 'policy:%'
            then format('the automatic policy ''%s''', substr(r.requestor, 8))
            when r.request_type like 'system%' then 'jmld'
            else format('%s of %s', r.request_type, r.requestor)
                || coalesce(' (''' || nullif(r.justification, '') || ''')', '') end as by_whom,
        (select string_agg(format('%s at stage %s by %s%s', case v.decision when 'approve' then 'approved' else 'denied' end,
                   v.stage, v.approver, coalesce(' (''' || v.justification || ''')', '')), ', '
                   order by v.decided_at, v.id)
         from jml.approval v where v.request_id = r.id and v.state = 'applied') as decisions
    from person p
    join jml.assignment_request r on r.target_id = p.id
    join package k on k.id = r.access_package_id
    left join jml.assignment_policy l on l.id = r.policy_id
    left join jml.run u on u.id = r.run_id
    left join jml.workflow w on w.id = u.workflow_id
    left join jml.event e on e.id = u.event_id
), held as (
    select a.*, k.display_name as package, l.display_name as policy, p.zone
    from person p
    join jml.assignment a on a.target_id = p.id
    join package k on k.id = a.access_package_id
    left join jml.assignment_policy l on l.id = a.policy_id
), fact as (
    select coalesce(a.starts_at, a.created_at) as at, 1 as place, a.package, 'given' as kind,
        'given by ' || coalesce(r.by_whom, 'what is not on record any more')
            || coalesce(', under policy ''' || a.policy || '''', '') || coalesce(', ' || r.decisions, '')
            || case when a.justified is not null and r.request_type like 'system%' and r.run_id is null
                    then format(': %s', a.justified) else '' end as sentence,
        a.policy, r.workflow, r.workflow_version, r.event_id, r.run_id, a.request_id, a.id as assignment_id,
        coalesce(r.actor, r.requestor) as actor, a.state
    from (select h.*, (select q.justification from jml.assignment_request q where q.id = h.request_id) as justified
          from held h) a
    left join request r on r.id = a.request_id
    union all
    select coalesce(a.expired_at, jml.now()), 8, a.package,
        case when a.state = 'expired' then 'ended' else 'held' end,
        case when a.state <> 'expired'
            then 'held now' || coalesce(', until ' || to_char(a.ends_at at time zone a.zone, 'YYYY-MM-DD HH24:MI') || ', set by '
                     || coalesce(a.ends_by, 'something'), ', without an end')
            else 'ended: ' || case a.end_reason
                when 'expired' then format('its end had come, which %s had set', coalesce(a.ends_by, 'something'))
                when 'left' then 'the employment ended'
                when 'policy' then 'no longer one of those whom the automatic policy gives it to'
                when 'corrected' then 'what had given it turned out not to count'
                else 'removed' end
                || case when e.id is not null and (a.end_reason = 'removed' or e.run_id is not null)
                        then ', by ' || e.by_whom else '' end
                || case when e.id is not null and a.end_reason in ('left', 'corrected') and e.justification is not null
                        then format(' (%s)', e.justification) else '' end
                || case when a.revoked_at is null then '; not every target has confirmed it yet' else '' end end,
        a.policy, e.workflow, e.workflow_version, e.event_id, e.run_id, e.id, a.id, coalesce(e.actor, e.requestor), a.state
    from held a
    left join lateral (select r.* from request r
                       where r.assignment_id = a.id and r.request_type in ('userRemove', 'adminRemove', 'systemRemove', 'approverRemove')
                         and r.state in ('delivering', 'delivered') and a.state = 'expired'
                       order by r.created_at desc, r.id desc limit 1) e on true
    union all
    select coalesce(r.completed_at, r.created_at), 4, r.package,
        case r.state when 'denied' then 'refused' when 'canceled' then 'canceled' else 'waits' end,
        r.by_whom || coalesce(', under policy ''' || r.policy || '''', '')
            || case r.state when 'denied' then ' was refused' when 'canceled' then ' was canceled'
                    when 'pendingApproval' then format(' waits for approval at stage %s%s', r.stage,
                        coalesce(', until ' || to_char(r.deny_at at time zone r.zone, 'YYYY-MM-DD HH24:MI'), ''))
                    when 'scheduled' then coalesce(' starts at ' || to_char(r.due_at at time zone r.zone, 'YYYY-MM-DD HH24:MI'),
                        ' waits for the end of the suspension')
                    else ' is ' || r.state end
            || coalesce('; ' || r.decisions, '') || coalesce(': ' || r.error, ''),
        r.policy, r.workflow, r.workflow_version, r.event_id, r.run_id, r.id, r.assignment_id,
        coalesce(r.actor, r.requestor), r.state
    from request r
    where r.state not in ('delivered', 'delivering')
    union all
    select r.completed_at, 5, r.package, 'changed',
        r.by_whom || coalesce(' (' || nullif(r.decisions, '') || ')', '')
            || coalesce(' set the end to ' || to_char(coalesce(r.effective_until, r.ends_at) at time zone r.zone,
                                                     'YYYY-MM-DD HH24:MI'), ' changed it'),
        r.policy, r.workflow, r.workflow_version, r.event_id, r.run_id, r.id, r.assignment_id,
        coalesce(r.actor, r.requestor), r.state
    from request r
    where r.request_type in ('userUpdate', 'adminUpdate', 'systemUpdate') and r.state = 'delivered'
)
select f.at, f.package as access_package, f.kind, f.sentence, f.policy, f.workflow, f.workflow_version,
    f.event_id, f.run_id, f.request_id, f.assignment_id, f.actor, f.state
from fact f
order by f.package, f.at, f.place, f.request_id
