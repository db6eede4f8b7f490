-- SPDX-License-Identifier: MIT
-- What became of requests: $1 their ids. One that starts later, or waits for its approvers, was accepted.
select r.id::text, coalesce(p.employee_id, r.target_employee_id, r.target_email), r.state, r.error,
    case when r.state in ('delivered', 'scheduled', 'pendingApproval') then 'done'
         when r.state in ('denied', 'canceled', 'deliveryFailed', 'partiallyDelivered')
            then 'refused'
         else 'waiting' end as outcome
from jml.assignment_request r
left join jml.person p on p.id = r.target_id
where r.id = any ($1::text[]::uuid[]);
