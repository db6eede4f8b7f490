-- SPDX-License-Identifier: MIT
-- jmlctl target list. What waits for an answer or a person is not late; the rest is due at due_at.
select t.display_name, t.kind, coalesce(t.document -> 'isEnabled' <> 'false', true) as enabled,
    coalesce(t.document -> 'isOwned' = 'true', false) as owned,
    (select count(*) from jml.resource s where s.target = t.display_name) as resources,
    d.open, d.waiting, d.failing, d.oldest_due, t.created_at, t.id
from jml.target t
cross join lateral (
    select count(*) as open,
        count(*) filter (where o.waits) as waiting,
        count(*) filter (where o.error is not null and not o.waits) as failing,
        min(o.due_at) filter (where not o.waits) as oldest_due
    from (select d.error, d.due_at, d.state = 'inProgress' or d.due_at = 'infinity' as waits
          from jml.delivery d
          where d.target = t.display_name and d.due_at is not null) as o) as d
order by t.kind = 'extension', t.display_name;
