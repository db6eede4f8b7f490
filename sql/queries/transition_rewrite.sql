-- SPDX-License-Identifier: MIT
-- The table of transitions, as the program that migrates knows it. Rows that did not change are
-- left alone.
with known as (
    select *
    from unnest($1::integer[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[])
        as k (rule, machine, from_state, trigger, guard, to_state, sentence)
), gone as (
    delete from jml.transition t
    where not exists (select from known k where k.rule = t.rule)
)
insert into jml.transition as t (rule, machine, from_state, trigger, guard, to_state, sentence)
select k.rule, k.machine, k.from_state, k.trigger, k.guard, k.to_state, k.sentence
from known k
on conflict (rule) do update
set machine = excluded.machine,
    from_state = excluded.from_state,
    trigger = excluded.trigger,
    guard = excluded.guard,
    to_state = excluded.to_state,
    sentence = excluded.sentence
where (t.machine, t.from_state, t.trigger, t.guard, t.to_state, t.sentence)
    is distinct from (excluded.machine, excluded.from_state, excluded.trigger, excluded.guard,
                      excluded.to_state, excluded.sentence);
