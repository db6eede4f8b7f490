-- SPDX-License-Identifier: MIT
-- jmlctl assignment add, one request a person: $1 package id, $2 policy id, $3 justification, $4 answers,
-- $5 "" when those who have it are left out, $6 employee_ids, $7 starts, $8 ends (as many; NULL: not said).
-- Whom nothing was asked for has no id, but the reason.
with wanted as (
    select t.employee_id, t.starts_at, t.ends_at, t.place, p.id as person_id,
        coalesce(p.employee_id, t.employee_id) as current_id
    from unnest($6::text[], $7::timestamptz[], $8::timestamptz[])
        with ordinality as t (employee_id, starts_at, ends_at, place)
    left join jml.person p on p.employee_id = jml.current_id(t.employee_id)
), waiting as (
    -- for people whom nobody has met yet
    select distinct on (r.target_employee_id) r.target_employee_id as employee_id, r.id, r.state
    from jml.assignment_request r
    where r.target_id is null and r.state = 'submitted' and r.request_type in ('userAdd', 'adminAdd')
        and r.access_package_id = $1::text::uuid
    order by r.target_employee_id, r.created_at, r.id
), judged as (
    select w.*,
        case when $5::text is null then null
            when w.person_id is not null and row_number() over (partition by w.person_id order by w.place) > 1
                then 'named before'
            else coalesce(
                (select 'holds it already (assignment ' || a.id || ')'
                 from jml.assignment a
                 where a.target_id = w.person_id and a.access_package_id = $1::text::uuid
                    and a.state <> 'expired'),
                (select 'a request waits (' || r.id || ', ' || r.state || ')'
                 from jml.assignment_request r
                 where r.target_id = w.person_id and r.access_package_id = $1::text::uuid
                    and r.request_type in ('userAdd', 'adminAdd', 'systemAdd')
                    and r.state in ('submitted', 'pendingApproval', 'scheduled', 'delivering')
                 order by r.created_at, r.id
                 limit 1),
                'a request waits (' || v.id || ', ' || v.state || ')') end as skipped
    from wanted w
    left join waiting v on w.person_id is null and v.employee_id = w.employee_id
), made as (
    insert into jml.assignment_request (request_type, access_package_id, policy_id, target_employee_id,
        justification, answers, starts_at, ends_at)
    select 'adminAdd', $1::text::uuid, $2::text::uuid, j.current_id, $3::text, $4::text::jsonb,
        j.starts_at, j.ends_at
    from judged j
    where j.skipped is null
    returning id::text, target_employee_id, state, error
)
select o.id, o.employee_id, o.state, o.error
from (
    select m.id, m.target_employee_id as employee_id, m.state, m.error,
        j.place
    from made m
    left join judged j on j.current_id = m.target_employee_id and j.skipped is null
    union all
    select null, j.employee_id, 'skipped', j.skipped, j.place from judged j where j.skipped is not null) o
order by o.place;
