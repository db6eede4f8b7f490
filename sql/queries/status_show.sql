-- SPDX-License-Identifier: MIT
-- jmlctl status: one row a fact, section by section.
with waiting as (
    select q.class, count(*) as n, min(q.id) as oldest
    from jml.queue q
    group by q.class
), fact (place, section, name, count, at, detail) as (
    select 10, 'daemon', d.name, null::bigint, d.seen_at,
        'version ' || coalesce(d.version, '?')
            || case when d.seen_at < clock_timestamp() - interval '30 s' then ', not seen lately'
                    when d.sleeping_until > clock_timestamp() then ', sleeps'
                    else ', works' end
    from jml.daemon d
    union all
    select 11, 'daemon', 'none', null, null, 'nothing happens until jmld runs'
    where not exists (select from jml.daemon)
    union all
    select 20 + c.class, 'queue', c.name, coalesce(w.n, 0),
        -- the entries have no time of their own
        (select coalesce(e.received_at, r.created_at, v.created_at, m.created_at)
         from jml.queue q
         left join jml.event e on q.kind = 'event' and e.id = q.id
         left join jml.assignment_request r on q.kind = 'request' and r.id = q.object_id
         left join jml.approval v on q.kind = 'approval' and v.id = q.object_id
         left join jml.command m on q.kind = 'command' and m.id = q.object_id
         where q.class = c.class and q.id = w.oldest),
        case when w.n > 0 then 'the oldest since then' end
    from (values (0, 'leavers and removals'), (1, 'other input'), (3, 'roll-outs'))
        as c (class, name)
    left join waiting w on w.class = c.class
    union all
    select 30, 'alarms', 'overdue', count(*), min(p.due_at), null
    from jml.person p
    where p.due_at <= jml.now() and p.held_at is null
    union all
    select 31, 'alarms', 'next 24 hours', count(*), min(p.due_at), null
    from jml.person p
    where p.due_at > jml.now() and p.due_at <= jml.now() + interval '24 h'
    union all
    select 32, 'alarms', 'later', count(*), min(p.due_at), null
    from jml.person p
    where p.due_at > jml.now() + interval '24 h'
    union all
    select 33, 'alarms', 'overdue removals', count(*), min(p.removal_at), null
    from jml.person p
    where p.removal_at < jml.now() - interval '15 min'
    union all
    select 40, 'people', p.state, count(*), null, null
    from jml.person p
    group by p.state
    union all
    select 50, 'held', 'people', count(*), min(p.held_at), min(p.held_reason)
    from jml.person p
    where p.held_at is not null
    union all
    select 51, 'held', 'events', count(*), min(e.received_at), null
    from jml.event_attention a
    join jml.event e on e.id = a.event_id
    where a.kind = 'held'
    union all
    select 53, 'dangling', 'events', count(*), min(e.received_at),
        case when count(*) > 0 then 'jmlctl event list --dangling' end
    from jml.event_attention a
    join jml.event e on e.id = a.event_id
    where a.kind <> 'held'
    union all
    select 52, 'held', 'runs', count(*), min(r.due_at), null
    from jml.run r
    where r.state = 'held'
    union all
    select 60, 'roll-outs', 'open', count(*), min(o.created_at),
        sum(o.done) || ' of ' || coalesce(sum(o.total)::text, '?') || ' people'
    from jml.rollout o
    where o.completed_at is null
    union all
    -- those that daemons which live cannot open or reach
    select 65, 'targets', x.display_name, d.open, x.since,
        case x.kind when 'unusable' then 'cannot be opened: ' else 'does not answer: ' end
            || coalesce(x.error, 'no reason is known')
    from jml.target_troubles x
    join jml.targets d on d.id = x.id
    union all
    select 70, 'configuration', 'revision', g.revision, g.clock_at, null
    from jml.configuration g
)
select f.section, f.name, f.count, f.at, f.detail
from fact f
order by f.place, f.name;
