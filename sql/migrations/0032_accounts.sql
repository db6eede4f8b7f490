-- SPDX-License-Identifier: MIT
-- What holds beyond packages: what tasks gave ends with the last employment, accounts belong to one person, and
-- nothing is given again that is not wanted any more.

SET LOCAL ROLE jml_owner;

-- ---- what tasks gave ends with employment

CREATE FUNCTION jml.settle_gifts(at timestamptz, people uuid[]) RETURNS bigint
    LANGUAGE sql SET search_path = pg_catalog, pg_temp
    BEGIN ATOMIC
    WITH who AS MATERIALIZED (
        SELECT p.id, p.employee_id, p.state, p.hired_at FROM jml.person p WHERE p.id = ANY ($2)
    ), word AS MATERIALIZED (
        -- the last one about each role that no package speaks for, and about each account
        SELECT DISTINCT ON (w.id, d.target, d.resource_role_id)
               w.id AS person_id, w.employee_id, w.state AS is_now, w.hired_at, d.target, d.resource_role_id, d.action,
               d.state, d.arguments ->> 'because' AS because, d.created_at, d.seq,
               EXISTS (SELECT FROM jml.run r WHERE r.id = d.run_id AND r.withdrawn_at IS NOT NULL) AS withdrawn
        FROM who w
        CROSS JOIN LATERAL (SELECT v.* FROM jml.delivery v WHERE v.person_id = w.id AND v.seq IS NOT NULL OFFSET 0) d
        WHERE d.assignment_id IS NULL AND (d.resource_role_id IS NOT NULL AND d.action IN ('grant', 'revoke')
              OR d.action IN ('enableAccount', 'disableAccount', 'deleteAccount'))
          AND (d.state <> 'failed' OR d.action NOT IN ('grant', 'enableAccount'))
          AND NOT coalesce(d.arguments ->> 'because' IN ('drift', 'merged', 'shared'), false)
        ORDER BY w.id, d.target, d.resource_role_id, d.seq DESC
    ), ordered AS (
        SELECT o.*, CASE WHEN o.action IN ('revoke', 'disableAccount') THEN 605 ELSE 604 END AS rule
        FROM (
            SELECT w.person_id, w.employee_id, w.target, w.resource_role_id, 'left' AS because,
                   CASE w.action WHEN 'grant' THEN 'revoke' ELSE 'disableAccount' END AS action
            FROM word w
            WHERE w.is_now IN ('left', 'unknown') AND w.action IN ('grant', 'enableAccount')
              AND NOT EXISTS (SELECT FROM jml.assignment a WHERE a.target_id = w.person_id AND a.state <> 'expired'
                                AND a.roles ? w.resource_role_id::text)
            UNION ALL
            -- the end was withdrawn: it is no new employment; so is what a workflow did because of it
            SELECT w.person_id, w.employee_id, w.target, w.resource_role_id, 'back',
                   CASE w.action WHEN 'revoke' THEN 'grant' ELSE 'enableAccount' END
            FROM word w
            WHERE w.is_now NOT IN ('left', 'unknown') AND w.action IN ('revoke', 'disableAccount')
              AND w.hired_at <= w.created_at
              AND (w.because = 'left'
                   OR w.withdrawn AND EXISTS (
                       SELECT FROM jml.delivery e
                       WHERE e.person_id = w.person_id AND e.target = w.target AND e.seq < w.seq
                         AND e.assignment_id IS NULL AND e.state = 'delivered'
                         AND e.resource_role_id IS NOT DISTINCT FROM w.resource_role_id
                         AND e.action = CASE w.action WHEN 'revoke' THEN 'grant' ELSE 'enableAccount' END))) o
    ), made AS (
        INSERT INTO jml.delivery (person_id, resource_role_id, action, state, target, seq, arguments, due_at, created_at)
        SELECT o.person_id, o.resource_role_id, o.action, CASE o.rule WHEN 605 THEN 'removing' ELSE 'pending' END,
               o.target, nextval('jml.delivery_seq'), jsonb_build_object('because', o.because), $1, $1
        FROM ordered o
        RETURNING id, person_id, state, arguments ->> 'because' AS because
    ), audited AS (
        INSERT INTO jml.audit (at, actor, object_type, object_id, person_id, employee_id, rule, from_state, to_state,
                               reason)
        SELECT $1, 'jmld', 'delivery', m.id::text, m.person_id, w.employee_id,
               CASE m.state WHEN 'removing' THEN 605 ELSE 604 END, NULL, m.state,
               CASE m.because WHEN 'left' THEN 'a task gave it, and the last employment has ended'
                    ELSE 'the end of employment was withdrawn' END
        FROM made m JOIN who w ON w.id = m.person_id
    )
    SELECT count(*) FROM made;
    END;
COMMENT ON FUNCTION jml.settle_gifts(timestamptz, uuid[]) IS
    'Takes what tasks of workflows gave from people who left, and gives it back when that is withdrawn';
GRANT EXECUTE ON FUNCTION jml.settle_gifts(timestamptz, uuid[]) TO jml_daemon;

-- ---- one person's accounts, when two are one

CREATE FUNCTION jml.absorb_accounts(at timestamptz, keep_id uuid, gone_id uuid) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    keep jml.person;
    made uuid;
    two  record;
    act  record;
BEGIN
    SELECT * INTO keep FROM jml.person p WHERE p.id = keep_id;
    -- Where both have an account, that of who stays is the one from now on.
    FOR two IN
        SELECT g.target, g.account
        FROM (SELECT DISTINCT ON (d.target) d.target, d.account FROM jml.delivery d
              WHERE d.person_id = gone_id AND d.seq IS NOT NULL AND d.account IS NOT NULL
              ORDER BY d.target, d.seq DESC) g
        JOIN (SELECT DISTINCT ON (d.target) d.target, d.account FROM jml.delivery d
              WHERE d.person_id = keep_id AND d.seq IS NOT NULL AND d.account IS NOT NULL
              ORDER BY d.target, d.seq DESC) k ON k.target = g.target AND k.account <> g.account
        ORDER BY g.target
    LOOP
        -- what is being taken there goes on there
        UPDATE jml.delivery d
        SET account = two.account, arguments = coalesce(d.arguments, '{}') || '{"because": "merged"}'
        WHERE d.person_id = gone_id AND d.target = two.target AND d.state = 'removing';
        FOR act IN
            SELECT DISTINCT ON (d.resource_role_id) d.resource_role_id, d.action, d.assignment_id
            FROM jml.delivery d
            WHERE d.person_id = gone_id AND d.target = two.target AND d.seq IS NOT NULL
              AND (d.resource_role_id IS NOT NULL AND d.action IN ('grant', 'revoke')
                   OR d.action IN ('enableAccount', 'disableAccount', 'deleteAccount'))
              AND NOT coalesce(d.arguments ->> 'because' IN ('drift', 'merged', 'shared'), false)
            ORDER BY d.resource_role_id, d.seq DESC
        LOOP
            CONTINUE WHEN act.action NOT IN ('grant', 'enableAccount');
            made := gen_random_uuid();
            INSERT INTO jml.delivery (id, person_id, resource_role_id, action, state, target, seq, account, arguments,
                                      due_at, created_at)
            VALUES (made, keep_id, act.resource_role_id,
                    CASE act.action WHEN 'grant' THEN 'revoke' ELSE 'disableAccount' END, 'removing', two.target,
                    nextval('jml.delivery_seq'), two.account, '{"because": "merged"}', at, at);
            INSERT INTO jml.audit (at, actor, object_type, object_id, person_id, employee_id, rule, from_state,
                                   to_state, reason)
            VALUES (at, 'jmld', 'delivery', made::text, keep_id, keep.employee_id, 605, NULL, 'removing',
                    'two people are one: the other account is not used any more');
            CONTINUE WHEN act.assignment_id IS NOT NULL;
            -- a task gave it: it goes on, too
            made := gen_random_uuid();
            INSERT INTO jml.delivery (id, person_id, resource_role_id, action, state, target, seq, arguments, due_at,
                                      created_at)
            VALUES (made, keep_id, act.resource_role_id, act.action, 'pending', two.target,
                    nextval('jml.delivery_seq'), '{"because": "moved"}', at, at);
            INSERT INTO jml.audit (at, actor, object_type, object_id, person_id, employee_id, rule, from_state,
                                   to_state, reason)
            VALUES (at, 'jmld', 'delivery', made::text, keep_id, keep.employee_id, 604, NULL, 'pending',
                    'two people are one: given to the account that stays');
        END LOOP;
        -- what goes on is given to the account that stays
        WITH again AS (
            UPDATE jml.delivery d
            SET account = NULL, confirmed_at = NULL, state = 'pending', due_at = at, asked_at = at, attempts = 0,
                seq = nextval('jml.delivery_seq')
            FROM jml.assignment a
            WHERE d.person_id = gone_id AND d.target = two.target AND d.action = 'grant' AND d.state = 'delivered'
              AND a.id = d.assignment_id AND a.state <> 'expired'
            RETURNING d.id
        )
        INSERT INTO jml.audit (at, actor, object_type, object_id, person_id, employee_id, rule, from_state, to_state,
                               reason)
        SELECT at, 'jmld', 'delivery', g.id::text, keep_id, keep.employee_id, 615, 'delivered', 'pending',
               'two people are one: given to the account that stays'
        FROM again g;
        UPDATE jml.delivery d SET account = NULL
        WHERE d.person_id = gone_id AND d.target = two.target AND d.account IS NOT NULL AND d.state <> 'removing';
    END LOOP;
END
$$;
COMMENT ON FUNCTION jml.absorb_accounts(timestamptz, uuid, uuid) IS
    'Of two accounts at one target the one of who stays goes on, and the other loses what it was given';
ALTER FUNCTION jml.absorb(timestamptz, uuid, uuid, bigint) RENAME TO absorb_rest;
COMMENT ON FUNCTION jml.absorb_rest(timestamptz, uuid, uuid, bigint) IS 'All of jml.absorb but what is about accounts';
CREATE FUNCTION jml.absorb(at timestamptz, keep_id uuid, gone_id uuid, event bigint) RETURNS void
    LANGUAGE sql SET search_path = pg_catalog, pg_temp
    BEGIN ATOMIC
        SELECT jml.absorb_accounts($1, $2, $3);
        SELECT jml.absorb_rest($1, $2, $3, $4);
    END;
COMMENT ON FUNCTION jml.absorb(timestamptz, uuid, uuid, bigint) IS
    'Gives all that is about one person to another, and makes its ids aliases of that one';
GRANT EXECUTE ON FUNCTION jml.absorb_accounts(timestamptz, uuid, uuid), jml.absorb(timestamptz, uuid, uuid, bigint)
    TO jml_daemon;

-- ---- whose an account is

-- The person that the target called so last, other than the one that asks; empty: nobody.
CREATE FUNCTION jml.account_of_another(at_target text, account text, person uuid) RETURNS bigint
    LANGUAGE sql STABLE PARALLEL SAFE
    BEGIN ATOMIC
        SELECT d.seq
        FROM jml.delivery d
        WHERE d.target = $1 AND d.account = $2 AND d.person_id <> $3 AND d.seq IS NOT NULL
          AND NOT coalesce(d.arguments ->> 'because' IN ('drift', 'merged', 'shared'), false)
        ORDER BY d.seq DESC
        LIMIT 1;
    END;
COMMENT ON FUNCTION jml.account_of_another(text, text, uuid) IS
    'The place in the order of the last delivery by which a target called somebody else so';
CREATE FUNCTION jml.account_is_shared(at_target text, account text, person uuid) RETURNS boolean
    LANGUAGE sql STABLE PARALLEL SAFE
    BEGIN ATOMIC
        -- somebody who is here still, whose account has no other name since, and was not deleted
        SELECT EXISTS (
            SELECT FROM jml.delivery d
            JOIN jml.person p ON p.id = d.person_id AND p.state NOT IN ('left', 'unknown')
            WHERE d.target = $1 AND d.account = $2 AND d.person_id <> $3 AND d.seq IS NOT NULL
              AND NOT coalesce(d.arguments ->> 'because' IN ('drift', 'merged', 'shared'), false)
              AND NOT EXISTS (
                  SELECT FROM jml.delivery o
                  WHERE o.person_id = d.person_id AND o.target = $1 AND o.seq IS NOT NULL
                    AND (o.seq > d.seq AND o.account <> $2 OR o.action = 'deleteAccount' AND o.state = 'removed')));
    END;
COMMENT ON FUNCTION jml.account_is_shared(text, text, uuid) IS
    'Whether a target calls the account of somebody else, who is here, by this name';
GRANT EXECUTE ON FUNCTION jml.account_of_another(text, text, uuid), jml.account_is_shared(text, text, uuid) TO jml_daemon;

-- ---- what an operator may have tried again

CREATE FUNCTION jml.delivery_is_wanted(failed jml.delivery) RETURNS boolean
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT ($1).action NOT IN ('grant', 'enableAccount', 'setPassword', 'updateAccount')
            OR NOT EXISTS (SELECT FROM jml.assignment a WHERE a.id = ($1).assignment_id AND a.state = 'expired')
               AND NOT EXISTS (SELECT FROM jml.person p
                               WHERE p.id = ($1).person_id AND p.state = 'left' AND ($1).action <> 'updateAccount')
               -- a newer password is the one that was mailed
               AND NOT EXISTS (SELECT FROM jml.delivery v
                               WHERE v.person_id = ($1).person_id AND v.target = ($1).target AND v.seq > ($1).seq
                                 AND (v.action = 'setPassword' AND ($1).action = 'setPassword'
                                      OR jml.delivery_supersedes(v.action, ($1).action,
                                                                 v.resource_role_id = ($1).resource_role_id)));
    END;
COMMENT ON FUNCTION jml.delivery_is_wanted(jml.delivery) IS
    'Whether what failed to be given may be tried again: nothing took it away since, and nobody has left';
GRANT EXECUTE ON FUNCTION jml.delivery_is_wanted(jml.delivery) TO jml_daemon;

CREATE OR REPLACE FUNCTION jml.run_delivery_commands(at timestamptz, OUT handled integer, OUT changed integer)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    command  jml.command;
    delivery jml.delivery;
    takes    boolean;
    busy     boolean;
    refusal  text;
    words    text;
    rule     integer;
    became   text;
BEGIN
    handled := 0;
    changed := 0;
    FOR command IN
        SELECT c.* FROM jml.command c
        WHERE c.state = 'pending' AND c.kind IN ('delivery_retry', 'delivery_done', 'delivery_fail')
        ORDER BY c.created_at, c.id
        LIMIT 500
        FOR UPDATE SKIP LOCKED
    LOOP
        refusal := NULL;
        rule := NULL;
        words := left(nullif(trim(command.arguments ->> 'reason'), ''), 2000);
        SELECT d.* INTO delivery FROM jml.delivery d WHERE d.id = jml.to_uuid(command.object_id) FOR UPDATE;
        takes := delivery.action IN ('revoke', 'revokeAll', 'disableAccount', 'deleteAccount', 'revokeTokens');
        busy := coalesce(delivery.lease_until > clock_timestamp(), false);
        became := delivery.state;
        IF delivery.id IS NULL THEN
            refusal := 'no_delivery: it is gone';
        ELSIF delivery.state IN ('delivered', 'removed') THEN
            refusal := format('already_%s: it is %s', delivery.state, delivery.state);
        ELSIF busy THEN
            refusal := 'under_way: it is being tried at this moment; ask again when that has ended';
        ELSIF command.kind = 'delivery_retry' THEN
            IF delivery.state = 'inProgress' THEN
                refusal := 'waiting: it waits for a call-back or a person: jmlctl delivery done, or fail';
            ELSIF delivery.state = 'failed' AND NOT jml.delivery_is_wanted(delivery) THEN
                refusal := 'not_wanted: the access has ended, or was taken away after it';
            ELSIF delivery.state = 'failed' THEN
                rule := 614;
                became := 'pending';
            END IF;
            IF refusal IS NULL THEN
                UPDATE jml.delivery d
                SET state = became, due_at = at, attempts = 0, asked_at = at, lease_until = NULL, lease_by = NULL
                WHERE d.id = delivery.id;
            END IF;
        ELSIF command.kind = 'delivery_done' THEN
            IF delivery.state = 'inProgress' THEN
                rule := 610;
                became := 'delivered';
            ELSIF delivery.state = 'removing' AND delivery.attempts > 0 THEN
                rule := 612;
                became := 'removed';
            ELSIF delivery.state = 'failed' THEN
                refusal := 'failed: it is not tried any more: jmlctl delivery retry first';
            ELSE
                refusal := 'not_waiting: it waits for nobody, it is tried by itself';
            END IF;
            IF refusal IS NULL THEN
                UPDATE jml.delivery d
                SET state = became, due_at = NULL, error = NULL, token = NULL, lease_until = NULL, lease_by = NULL
                WHERE d.id = delivery.id;
            END IF;
        ELSE
            IF delivery.state = 'inProgress' THEN
                rule := 611;
                became := 'failed';
            ELSIF takes THEN
                refusal := 'never_given_up: what takes access away is tried until it is so; '
                    'jmlctl delivery done when it is';
            ELSIF delivery.state = 'failed' THEN
                refusal := 'already_failed: it is failed';
            ELSE
                refusal := 'not_waiting: it waits for nobody, it is tried by itself; what is not wanted any more is '
                    'removed: jmlctl assignment remove';
            END IF;
            IF refusal IS NULL THEN
                UPDATE jml.delivery d
                SET state = became, due_at = NULL, error = 'ticket: ' || coalesce(words, 'not done'), token = NULL,
                    lease_until = NULL, lease_by = NULL
                WHERE d.id = delivery.id;
            END IF;
        END IF;

        IF rule IS NOT NULL THEN
            INSERT INTO jml.audit (at, actor, object_type, object_id, person_id, employee_id, rule, from_state,
                                   to_state, reason, run_id)
            VALUES (at, command.actor, 'delivery', delivery.id::text, delivery.person_id, command.employee_id,
                    rule, delivery.state, became, coalesce(words, 'by command'), delivery.run_id);
            INSERT INTO jml.queue (class, kind, employee_id, object_id)
            SELECT 1, 'delivery', p.employee_id, delivery.id FROM jml.person p WHERE p.id = delivery.person_id;
            changed := changed + 1;
        END IF;
        UPDATE jml.command c
        SET state = CASE WHEN refusal IS NULL THEN 'done' ELSE 'refused' END, error = refusal, done_at = at
        WHERE c.id = command.id;
        INSERT INTO jml.audit (at, actor, object_type, object_id, person_id, employee_id, rule, from_state,
                               to_state, reason, detail)
        VALUES (at, command.actor, 'command', command.id::text, delivery.person_id, command.employee_id,
                CASE WHEN refusal IS NULL THEN 801 ELSE 802 END, NULL,
                CASE WHEN refusal IS NULL THEN 'done' ELSE 'refused' END,
                refusal, jsonb_build_object('command', command.kind, 'delivery', delivery.id));
        handled := handled + 1;
    END LOOP;
END
$$;

-- ---- the kind of a target says how what was given is taken

CREATE OR REPLACE FUNCTION jml.target_in_use() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    leaves boolean := tg_op = 'DELETE' OR new.display_name <> old.display_name;
    used   text;
    n      bigint;
BEGIN
    SELECT s.display_name INTO used FROM jml.resource s
    WHERE leaves AND s.target = old.display_name ORDER BY 1 LIMIT 1;
    IF used IS NOT NULL THEN
        RAISE EXCEPTION 'target "%" is the target of resource "%"', old.display_name, used
            USING ERRCODE = 'object_in_use', CONSTRAINT = 'target_not_in_use',
                  HINT = 'Give the resource another target first.';
    END IF;
    SELECT w.display_name INTO used FROM jml.workflow w
    WHERE tg_op = 'DELETE' AND old.kind = 'extension' AND strpos(w.document::text, old.id::text) > 0
    ORDER BY 1 LIMIT 1;
    IF used IS NOT NULL THEN
        RAISE EXCEPTION 'custom task extension "%" is run by workflow "%"', old.display_name, used
            USING ERRCODE = 'object_in_use', CONSTRAINT = 'target_not_in_use',
                  HINT = 'Take the task out of the workflow first.';
    END IF;
    SELECT count(*) INTO n FROM jml.delivery d WHERE d.target = old.display_name AND d.due_at IS NOT NULL;
    IF n > 0 THEN
        RAISE EXCEPTION 'target "%" has % open deliveries', old.display_name, n
            USING ERRCODE = 'object_in_use', CONSTRAINT = 'target_not_in_use',
                  HINT = 'jmlctl delivery list --target shows them; until they are done it stays as it is.';
    END IF;
    IF tg_op = 'UPDATE' AND new.kind <> old.kind THEN
        SELECT count(DISTINCT a.target_id) INTO n
        FROM jml.delivery d JOIN jml.assignment a ON a.id = d.assignment_id
        WHERE d.target = old.display_name AND d.seq IS NOT NULL AND d.action = 'grant' AND d.state = 'delivered'
          AND a.state <> 'expired';
        IF n > 0 THEN
            RAISE EXCEPTION 'target "%" is of kind %, and % people have roles there', old.display_name, old.kind, n
                USING ERRCODE = 'object_in_use', CONSTRAINT = 'target_not_in_use',
                      HINT = 'By kind ' || new.kind || ' nobody would take them away: make a new target, and put roles '
                          'of a resource that leads there into the packages.';
        END IF;
    END IF;
    RETURN CASE WHEN tg_op = 'DELETE' THEN old ELSE new END;
END
$$;

SET LOCAL ROLE NONE;
