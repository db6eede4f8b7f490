-- SPDX-License-Identifier: MIT
-- jmlctl drift: asks for scans. $1 targets (names or ids; empty: all that can be asked), $2 whether they repair,
-- $3 how much of one role may be changed.
insert into jml.drift_scan (target, repair, max_changes)
select coalesce(t.display_name, n.name), $2::bool, $3::int4
from unnest($1::text[]) as n (name)
left join jml.target t on t.display_name = n.name or t.id::text = n.name
union all
select t.display_name, $2::bool, $3::int4
from jml.target t
where cardinality($1::text[]) = 0 and jml.target_is_listable(t.kind, t.document)
    and coalesce(t.document -> 'isEnabled' <> 'false', true)
returning id::text, target, state, error;
