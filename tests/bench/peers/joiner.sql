-- SPDX-License-Identifier: MIT
-- What jmld writes for a joiner of the bench, in one call for one job: the same rows of the same
-- tables, and nothing decided. The person is written once, where jmld makes a shell first; the
-- job's own row is the peer's queue, so jml.queue is left out.

CREATE SCHEMA peer;
GRANT USAGE, CREATE ON SCHEMA peer TO jml_daemon;
SET ROLE jml_daemon; -- its changes are no changes by hand

CREATE FUNCTION peer.joiner(event bigint, employee text, workflow uuid, package uuid, policy uuid)
    RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    stamp      timestamptz := now();
    today      timestamptz := date_trunc('day', now(), 'UTC');
    day        text := to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T00:00:00Z"');
    person     uuid := gen_random_uuid();
    run        uuid := gen_random_uuid();
    request    uuid := gen_random_uuid();
    assignment uuid := gen_random_uuid();
    does       jsonb := jsonb_build_array(jsonb_build_object('op', '+', 'package', package,
                                                             'at', day));
    told       jsonb;
    received   timestamptz;
BEGIN
    UPDATE jml.event e SET state = 'done', done_at = stamp WHERE e.id = event
    RETURNING e.attributes, e.received_at INTO told, received;
    INSERT INTO jml.person (id, employee_id, state, attributes, employments, zone, hired_at,
                            updated_at)
    VALUES (person, employee, 'active', told, jsonb_build_array(jsonb_build_object(
                'employment', 'main', 'start', day, 'end', NULL, 'attributes', told)),
            'UTC', today, stamp);
    INSERT INTO jml.run (id, workflow_id, version, person_id, event_id, trigger_key, state,
                         anchor_at, due_at, known_at, employment, effects, created_at, started_at,
                         completed_at)
    VALUES (run, workflow, 1, person, event, 'employeeHireDate@' || day || '/main', 'completed',
            today, today, received, 'main', does, stamp, stamp, stamp);
    INSERT INTO jml.task_run (run_id, position, task_definition_id, display_name, state,
                              started_at, completed_at)
    VALUES (run, 1, 'c1ec1e76-f374-4375-aaa6-0bb6bd4c60be', 'Give what everyone has', 'completed',
            stamp, stamp);
    INSERT INTO jml.assignment_request (id, request_type, state, status, access_package_id,
                                        policy_id, assignment_id, target_id, target_employee_id,
                                        requestor, run_id, employment, created_at, completed_at)
    VALUES (request, 'systemAdd', 'delivered', 'Fulfilled', package, policy, assignment, person,
            employee, 'workflow:Welcome', run, 'main', stamp, stamp);
    INSERT INTO jml.assignment (id, access_package_id, policy_id, target_id, state, status,
                                starts_at, employment, ends_set_at, created_at, updated_at,
                                request_id, run_id)
    VALUES (assignment, package, policy, person, 'delivered', 'Delivered', stamp, 'main', stamp,
            stamp, stamp, request, run);
    INSERT INTO jml.audit (at, actor, object_type, object_id, person_id, employee_id, rule,
                           from_state, to_state, detail, event_id, run_id, request_id)
    VALUES
        (stamp, 'jmld', 'event', event::text, person, employee, 101, NULL, 'done', NULL, event,
         NULL, NULL),
        (stamp, 'jmld', 'person', person::text, person, employee, 202, NULL, 'active',
         jsonb_build_object('hired_at', day), event, NULL, NULL),
        (stamp, 'jmld', 'run', run::text, person, employee, 302, NULL, 'inProgress',
         jsonb_build_object('due_at', day, 'version', 1), event, run, NULL),
        (stamp, 'workflow:Welcome', 'request', request::text, person, employee, 401, NULL,
         'submitted', jsonb_build_object('type', 'systemAdd', 'package', package), NULL, run,
         request),
        (stamp, 'workflow:Welcome', 'assignment', assignment::text, person, employee, 502, NULL,
         'delivered', jsonb_build_object('package', package, 'starts_at', stamp), NULL, run,
         request),
        (stamp, 'jmld', 'request', request::text, person, employee, 405, 'submitted', 'delivered',
         NULL, NULL, run, request),
        (stamp, 'jmld', 'task', run || '/1', person, employee, 351, NULL, 'completed', NULL, event,
         run, NULL),
        (stamp, 'jmld', 'run', run::text, person, employee, 310, 'inProgress', 'completed',
         jsonb_build_object('effects', does), event, run, NULL);
END
$$;
RESET ROLE;
