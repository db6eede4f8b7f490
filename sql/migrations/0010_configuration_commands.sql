-- SPDX-License-Identifier: MIT
-- Commands that concern no person but the configuration: the daemon carries them out while no batch
-- is under way, and everybody whom they touch is looked at by a roll-out.

SET LOCAL ROLE jml_owner;

CREATE FUNCTION jml.run_configuration_commands(at timestamptz) RETURNS integer
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    command  jml.command;
    workflow jml.workflow;
    wanted   boolean;
    refusal  text;
    current  bigint;    -- the new revision, once something changed
    handled  integer := 0;
BEGIN
    -- shared by batches; a statement of its own, so that what follows sees what they committed
    PERFORM pg_advisory_xact_lock(4740001);

    FOR command IN
        SELECT c.*
        FROM jml.command c
        WHERE c.state = 'pending'
          AND c.id IN (SELECT q.object_id FROM jml.queue q
                       WHERE q.class = 1 AND q.kind = 'command' AND q.employee_id IS NULL)
        ORDER BY c.created_at, c.id
        FOR UPDATE
    LOOP
        refusal := NULL;
        wanted := command.kind = 'workflow_enable';
        IF command.kind NOT IN ('workflow_enable', 'workflow_disable') THEN
            refusal := 'unknown: ' || command.kind || ' needs a person';
        ELSE
            SELECT w.* INTO workflow FROM jml.workflow w
            WHERE w.id = jml.to_uuid(command.object_id) FOR UPDATE;
            IF NOT FOUND THEN
                refusal := 'not_found: object_id names no workflow';
            ELSIF workflow.enabled <> wanted THEN
                IF current IS NULL THEN
                    UPDATE jml.configuration SET revision = revision + 1
                    RETURNING revision INTO current;
                END IF;
                UPDATE jml.workflow w
                SET enabled = wanted,
                    scheduled_since = CASE WHEN wanted AND w.scheduling_enabled THEN at
                                           ELSE w.scheduled_since END,
                    updated_at = at
                WHERE w.id = workflow.id;
                INSERT INTO jml.rollout (kind, object_id, revision, total)
                VALUES (command.kind, workflow.id, current, (SELECT count(*) FROM jml.person));
                INSERT INTO jml.audit (at, actor, object_type, object_id, rule, from_state, to_state,
                                       reason, detail)
                VALUES (at, command.actor, 'workflow', workflow.id::text,
                        CASE WHEN wanted THEN 925 ELSE 924 END,
                        jml.audit_last_state('workflow', workflow.id::text, NULL),
                        CASE WHEN wanted THEN 'enabled' ELSE 'disabled' END,
                        'by command', jsonb_build_object('revision', current));
            END IF;
        END IF;

        UPDATE jml.command c
        SET state = CASE WHEN refusal IS NULL THEN 'done' ELSE 'refused' END,
            error = refusal,
            done_at = at
        WHERE c.id = command.id;
        INSERT INTO jml.audit (at, actor, object_type, object_id, rule, from_state, to_state, reason,
                               detail)
        VALUES (at, command.actor, 'command', command.id::text,
                CASE WHEN refusal IS NULL THEN 801 ELSE 802 END, NULL,
                CASE WHEN refusal IS NULL THEN 'done' ELSE 'refused' END,
                refusal, jsonb_build_object('command', command.kind));
        handled := handled + 1;
    END LOOP;

    DELETE FROM jml.queue q
    WHERE q.class = 1 AND q.kind = 'command' AND q.employee_id IS NULL
      AND NOT EXISTS (SELECT FROM jml.command c WHERE c.id = q.object_id AND c.state = 'pending');
    RETURN handled;
END
$$;
COMMENT ON FUNCTION jml.run_configuration_commands(timestamptz) IS
    'Carries out the pending workflow_enable and workflow_disable; the daemon calls it. Returns how many';
REVOKE ALL ON FUNCTION jml.run_configuration_commands(timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION jml.run_configuration_commands(timestamptz) TO jml_daemon;

SET LOCAL ROLE NONE;
