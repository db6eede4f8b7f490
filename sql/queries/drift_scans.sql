-- SPDX-License-Identifier: MIT
-- jmlctl drift: how scans ended. $1 their ids.
select s.target, s.state, s.expected, s.missing, s.extra, s.unread, s.held_back, s.redelivered, s.removed, s.error
from jml.drift_scan s
where s.id = any ($1::text[]::uuid[])
order by s.target, s.created_at;
