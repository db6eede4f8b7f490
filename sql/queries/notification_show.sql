-- SPDX-License-Identifier: MIT
-- jmlctl notification show: $1 id, as text.
select n.id, n.kind, p.employee_id, n.state, n.recipient, n.cc, n.subject, n.body, n.attempts,
    n.due_at, n.created_at, n.sent_at, n.error, n.assignment_id, n.request_id, n.run_id,
    n.dedup_key, n.recipient_id, n.locale, n.parameters, n.taken, n.digest_on
from jml.notification n
left join jml.person p on p.id = n.person_id
where n.id = jml.to_uuid($1::text);
