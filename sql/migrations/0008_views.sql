-- SPDX-License-Identifier: MIT
-- Views for readers: plural, with names joined in. Their columns are public.

SET LOCAL ROLE jml_owner;

CREATE VIEW jml.assignments AS
SELECT a.id, p.employee_id, k.display_name AS access_package, l.display_name AS policy,
       a.state, a.status, a.starts_at, a.ends_at, a.expired_at, a.end_reason, a.revoked_at,
       a.created_at, a.request_id, a.run_id
FROM jml.assignment a
LEFT JOIN jml.person p ON p.id = a.target_id
LEFT JOIN jml.access_package k ON k.id = a.access_package_id
LEFT JOIN jml.assignment_policy l ON l.id = a.policy_id;
COMMENT ON VIEW jml.assignments IS 'Who holds, or held, which access package, under which policy, from when to when';

CREATE VIEW jml.requests AS
SELECT r.id, r.request_type, r.state, r.status,
       coalesce(p.employee_id, r.target_employee_id) AS employee_id,
       k.display_name AS access_package, l.display_name AS policy,
       r.requestor, r.justification, r.starts_at, r.ends_at, r.created_at, r.completed_at, r.error
FROM jml.assignment_request r
LEFT JOIN jml.person p ON p.id = r.target_id
LEFT JOIN jml.access_package k ON k.id = r.access_package_id
LEFT JOIN jml.assignment_policy l ON l.id = r.policy_id;
COMMENT ON VIEW jml.requests IS 'Everything that was asked for, by whom, for whom, and what became of it';

CREATE VIEW jml.runs AS
SELECT r.id, w.display_name AS workflow, r.version, p.employee_id, r.state, r.due_at,
       r.started_at, r.completed_at, r.reason
FROM jml.run r
LEFT JOIN jml.person p ON p.id = r.person_id
LEFT JOIN jml.workflow w ON w.id = r.workflow_id;
COMMENT ON VIEW jml.runs IS 'Which workflow runs, ran or will run for whom';

CREATE VIEW jml.deliveries AS
SELECT d.id, p.employee_id, k.display_name AS access_package, s.display_name AS resource,
       o.display_name AS role, s.target, d.action, d.state, d.attempts, d.due_at, d.confirmed_at,
       d.error
FROM jml.delivery d
LEFT JOIN jml.person p ON p.id = d.person_id
LEFT JOIN jml.assignment a ON a.id = d.assignment_id
LEFT JOIN jml.access_package k ON k.id = a.access_package_id
LEFT JOIN jml.resource_role o ON o.id = d.resource_role_id
LEFT JOIN jml.resource s ON s.id = o.resource_id;
COMMENT ON VIEW jml.deliveries IS 'Which role was granted or revoked for whom at which target';

-- In two halves, so that WHERE employee_id = ... finds the person first and then the index of
-- the audit. In the order of the audit: many rows share one instant.
CREATE VIEW jml.timeline AS
SELECT u.at, u.employee_id, u.object_type, u.object_id, u.from_state, u.to_state,
       u.sentence, u.actor, u.reason, u.event_id, u.run_id, u.request_id
FROM (
    SELECT a.id, a.at, p.employee_id, a.object_type, a.object_id, a.from_state, a.to_state,
           coalesce(t.sentence, a.reason) AS sentence, a.actor, a.reason, a.event_id, a.run_id,
           a.request_id
    FROM jml.audit a
    LEFT JOIN jml.person p ON p.id = a.person_id
    LEFT JOIN jml.transition t ON t.rule = a.rule
    WHERE a.person_id IS NOT NULL
    UNION ALL
    SELECT a.id, a.at, a.employee_id, a.object_type, a.object_id, a.from_state, a.to_state,
           coalesce(t.sentence, a.reason), a.actor, a.reason, a.event_id, a.run_id, a.request_id
    FROM jml.audit a
    LEFT JOIN jml.transition t ON t.rule = a.rule
    WHERE a.person_id IS NULL
) AS u
ORDER BY u.id;
COMMENT ON VIEW jml.timeline IS 'The audit in words, one line a row, in its order; filter by employee_id for one person''s story';

SET LOCAL ROLE NONE;
