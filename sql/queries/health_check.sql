-- SPDX-License-Identifier: MIT
-- jmlctl health: one row a check. state: ok, warning, failed.
with daemon as (
    select count(*) as n
    from jml.daemon d
    where d.seen_at >= clock_timestamp() - interval '30 s'
), head as (
    -- entries rise with time: the oldest thousand of a class tell enough
    (select q.* from jml.queue q where q.class = 0 order by q.id limit 1000)
    union all
    (select q.* from jml.queue q where q.class = 1 order by q.id limit 1000)
), late as (
    select count(*) as n, min(coalesce(e.received_at, r.created_at, v.created_at, m.created_at))
        as since
    from head h
    left join jml.event e on h.kind = 'event' and e.id = h.id
    left join jml.assignment_request r on h.kind = 'request' and r.id = h.object_id
    left join jml.approval v on h.kind = 'approval' and v.id = h.object_id
    left join jml.command m on h.kind = 'command' and m.id = h.object_id
    where coalesce(e.received_at, r.created_at, v.created_at, m.created_at)
            < clock_timestamp() - interval '60 s'
        and not exists (select from jml.person p
                        where p.employee_id = h.employee_id and p.held_at is not null)
), newest as (
    select max(a.recorded_at) as at
    from (select b.recorded_at from jml.audit b order by b.id desc limit 1) as a
), overdue as (
    select count(*) as n, min(p.removal_at) as since, min(p.employee_id) as example
    from jml.person p
    where p.removal_at < jml.now() - interval '15 min'
), held as (
    -- due: by what was decided before the hold, or by a leaver that is held with its person
    select count(*) as n, count(*) filter (where h.due) as with_removal,
        min(h.employee_id) filter (where h.due) as example
    from (
        select p.employee_id,
            p.removal_at <= jml.now() or exists (
                select from jml.event e
                where e.employee_id = p.employee_id and e.state in ('held', 'pending')
                    and e.kind in ('leaver', 'rescind')
                    and coalesce(e.effective_at,
                            (e.effective_on + 1)::timestamp at time zone coalesce(p.zone, e.time_zone),
                            e.received_at) <= jml.now()
                    and exists (select from jml.assignment a
                                where a.target_id = p.id and a.state <> 'expired')) as due
        from jml.person p
        where p.held_at is not null) as h
), dangling as (
    -- leavers that ended nothing (T5); leavers and rescinds whose target has not come (T6); and other
    -- corrections that are in force nowhere
    select count(*) filter (where w.ends) as n, min(w.id) filter (where w.ends) as example,
        count(*) filter (where w.kind = 'closes_nothing') as closing,
        count(*) filter (where w.ends and w.kind <> 'closes_nothing') as waiting,
        count(*) filter (where not w.ends) as others,
        min(w.id) filter (where not w.ends) as example_of_others
    from (
        select e.id, a.kind,
            a.kind = 'closes_nothing'
                or (a.kind = 'waits_for_target' and e.kind in ('leaver', 'rescind')) as ends
        from jml.event_attention a
        join jml.event e on e.id = a.event_id
        where a.kind <> 'held') as w
), revokes as (
    -- what takes access away: it keeps failing, or has not come to pass in time, whoever waits for what
    select count(*) as n, max(r.attempts) as attempts, min(r.since) as since, min(r.target) as example
    from (
        select d.id, d.attempts, d.target, coalesce(d.asked_at, d.created_at) as since
        from jml.delivery d
        where d.action = 'revoke' and d.state <> 'removed'
            -- a ticket waits for a person, it does not fail
            and (d.attempts >= 3 and d.due_at is distinct from 'infinity' or d.state = 'failed')
        union
        select d.id, d.attempts, d.target, coalesce(d.asked_at, d.created_at)
        from jml.delivery d
        where d.due_at is not null and d.due_at <> 'infinity' and d.state = 'removing'
            and coalesce(d.asked_at, d.created_at) < jml.now() - interval '15 min') as r
), waiting as (
    -- what gives, and what is done with accounts; nobody expects it of a target that is not enabled
    select count(*) as n, min(coalesce(d.asked_at, d.created_at)) as since, min(d.target) as example
    from jml.delivery d
    join jml.target t on t.display_name = d.target and coalesce(t.document -> 'isEnabled' <> 'false', true)
    where d.due_at is not null and d.state = 'pending'
        and coalesce(d.asked_at, d.created_at) < jml.now() - interval '15 min'
), unmet as (
    select count(*) as n, min(x.since) as since,
        min(x.display_name) filter (where x.kind = 'unusable') as unusable,
        min(x.display_name) filter (where x.kind = 'unreachable') as unreachable
    from jml.target_troubles x
), tickets as (
    select count(*) as n, min(d.created_at) as since, min(d.target) as example
    from jml.delivery d
    left join jml.target t on t.display_name = d.target
    cross join lateral (select t.document #>> '{settings,remindAfter}' as remind_after) as s
    where (d.state = 'inProgress' or d.state = 'removing' and d.due_at = 'infinity')
        and d.due_at = 'infinity'
        and coalesce(d.asked_at, d.created_at) < jml.now()
            - case when s.remind_after ~ '^P([0-9]{1,3}W)?([0-9]{1,3}D)?(T([0-9]{1,5}H)?([0-9]{1,6}M)?([0-9]{1,8}S)?)?$'
                   then s.remind_after::interval else interval '7 days' end
), drift as (
    -- what the last scans found and nobody put right
    select count(*) as n, count(*) filter (where f.action = 'heldBack') as held_back,
        count(*) filter (where f.kind = 'unread') as unread, min(f.target) as example
    from jml.drifts f
    where f.mended is not true
), keyless as (
    -- as long as the task that needs it is not over in another way
    select count(*) as n, min(d.target) as example
    from jml.delivery d
    where d.action = 'setPassword' and d.state = 'failed' and d.error like 'no_key:%'
        and exists (select from jml.task_run t
                    where t.run_id = d.run_id and t.position = d.position and t.state = 'failed')
), held_runs as (
    select count(*) as n from jml.run r where r.state = 'held'
), held_events as (
    select count(*) as n from jml.event_attention a where a.kind = 'held'
), unsent as (
    select count(*) as n, count(*) filter (where n.state = 'failed') as failed, min(n.error) as error
    from jml.notification n
    where n.state = 'failed'
        -- tried, and not just now; what nobody tries (no server is configured) is in order
        or (n.state = 'pending' and n.error is not null and n.due_at < jml.now() - interval '15 min')
), twice as (
    -- an external person and an employee of one mail address: access of the first ends with no employment
    select count(*) as n, min(x.employee_id || ' ' || p.employee_id) as example
    from jml.person x
    join jml.person p on p.kind = 'employee' and p.state <> 'unknown'
        and lower(p.attributes ->> 'mail') = lower(x.attributes ->> 'mail')
    where x.kind = 'external' and x.attributes ->> 'mail' is not null
        and exists (select from jml.assignment a where a.target_id = x.id and a.state <> 'expired')
), rollouts as (
    select count(*) as n,
        count(*) filter (where o.done = 0 and o.created_at < clock_timestamp() - interval '15 min')
            as stuck
    from jml.rollout o
    where o.completed_at is null and o.created_at < clock_timestamp() - interval '15 min'
), result (place, "check", state, count, detail) as (
    select 1, 'daemon', case when n = 0 then 'failed' else 'ok' end, n,
        case when n = 0 then 'no daemon: none was seen for 30 s; start jmld' else 'running' end
    from daemon
    union all
    select 2, 'progress',
        case when late.n = 0 then 'ok'
             when daemon.n = 0 or newest.at > clock_timestamp() - interval '60 s' then 'warning'
             else 'failed' end,
        late.n,
        case when late.n = 0 then 'nothing waits for more than 60 s'
             else 'input waits since ' || jml.canonical(date_trunc('second', late.since)) end
    from late, newest, daemon
    union all
    select 3, 'overdue removals', case when n > 0 then 'failed' else 'ok' end, n,
        case when n > 0 then 'due since ' || jml.canonical(date_trunc('second', since))
            || ', for example of ' || example
            else 'nothing is more than 15 min late' end
    from overdue
    union all
    select 4, 'held removals', case when with_removal > 0 then 'failed' else 'ok' end,
        with_removal,
        case when with_removal > 0
            then 'held people keep access that is to end: jmlctl person list --held, for example '
                || example
            else 'no held person has a removal due' end
    from held
    union all
    select 5, 'dangling leavers', case when n > 0 then 'failed' else 'ok' end, n,
        case when n > 0
            then concat_ws('; ',
                    case when closing > 0
                        then closing || ' leavers closed nothing (closes_nothing)' end,
                    case when waiting > 0
                        then waiting || ' leavers or rescinds wait for what they name '
                            || '(waits_for_target)' end)
                || ': jmlctl event list --dangling, for example event ' || example
            else 'every leaver ended an employment' end
    from dangling
    union all
    select 6, 'revokes', case when n > 0 then 'failed' else 'ok' end, n,
        case when n > 0 then 'what takes access away waits since '
                || jml.canonical(date_trunc('second', since)) || ', after up to ' || attempts
                || ' attempts: jmlctl delivery list --state removing, for example of target ' || example
            else 'none keeps failing, or waits for more than 15 min' end
    from revokes
    union all
    select 7, 'roll-outs',
        case when stuck > 0 then 'failed' when n > 0 then 'warning' else 'ok' end, n,
        case when stuck > 0 then 'one has not begun for 15 min: jmlctl rollout list --open'
             when n > 0 then 'open for more than 15 min: jmlctl rollout list --open'
             else 'none is slow' end
    from rollouts
    union all
    select 8, 'held people', case when n > 0 then 'warning' else 'ok' end, n,
        case when n > 0 then 'wait for an operator: jmlctl person list --held'
            else 'none' end
    from held
    union all
    select 9, 'held runs', case when n > 0 then 'warning' else 'ok' end, n,
        case when n > 0 then 'wait for an operator: jmlctl run list --state held'
            else 'none' end
    from held_runs
    union all
    select 10, 'held events', case when n > 0 then 'warning' else 'ok' end, n,
        case when n > 0 then 'wait for an operator: jmlctl event list --state held'
            else 'none' end
    from held_events
    union all
    select 11, 'dangling corrections', case when others > 0 then 'warning' else 'ok' end, others,
        case when others > 0
            then 'correct nothing that has come: jmlctl event list --dangling, for example event '
                || example_of_others
            else 'none' end
    from dangling
    union all
    select 12, 'notifications', case when n > 0 then 'warning' else 'ok' end, n,
        case when failed > 0 then 'could not be sent: jmlctl notification list --state failed'
             when n > 0 then 'wait for the mail server: ' || split_part(error, ':', 1)
             else 'none failed' end
    from unsent
    union all
    select 13, 'external employees', case when n > 0 then 'warning' else 'ok' end, n,
        case when n > 0 then 'externals with access have the mail address of an employee; if they are one: '
                || 'jmlctl person merge, for example ' || example
            else 'no external person has the address of an employee' end
    from twice
    union all
    select 14, 'targets', case when n > 0 then 'warning' else 'ok' end, n,
        case when n > 0
            then concat_ws('; ',
                    case when unusable is not null
                        then 'cannot be opened as configured, for example ' || unusable end,
                    case when unreachable is not null
                        then 'do not answer, for example ' || unreachable end)
                || '; since ' || jml.canonical(date_trunc('second', since)) || ': jmlctl target list'
            else 'a daemon can open and reach each, as far as it tried' end
    from unmet
    union all
    select 15, 'deliveries', case when n > 0 then 'warning' else 'ok' end, n,
        case when n > 0 then 'access and actions on accounts wait for their target for more than 15 min, since '
                || jml.canonical(date_trunc('second', since))
                || ': jmlctl delivery list --state pending, for example of target ' || example
            else 'nothing waits for its target for more than 15 min' end
    from waiting
    union all
    select 16, 'tickets', case when n > 0 then 'warning' else 'ok' end, n,
        case when n > 0 then 'deliveries wait for somebody for longer than their target says '
                || '(remindAfter, else 7 days), since '
                || jml.canonical(date_trunc('second', since)) || ': jmlctl delivery list, for example of target '
                || example
            else 'nobody is waited for for too long' end
    from tickets
    union all
    select 17, 'drift', case when n > 0 then 'warning' else 'ok' end, n,
        case when n > 0 then 'targets have not what is justified, for example ' || example
                || case when held_back > 0 then ', so much that nothing is done about it' else '' end
                || case when unread > 0 then ', roles that could not be read among them' else '' end
                || ': jmlctl drift --known'
            else 'targets had what is justified when last asked' end
    from drift
    union all
    select 18, 'passwords', case when n > 0 then 'warning' else 'ok' end, n,
        case when n > 0 then 'could not be made without a key: set key_file in [passwords] of jmld.conf, reload, '
                || 'and jmlctl run retry; for example of target ' || example
            else 'none lacks its key' end
    from keyless
)
select r."check", r.state, r.count, r.detail
from result r
order by r.place;
