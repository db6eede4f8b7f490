-- SPDX-License-Identifier: MIT
-- Packages are deleted only when nobody holds them and nothing asks for them; what is deleted is on
-- record as such. And policies in words.

SET LOCAL ROLE jml_owner;

-- ---- the audit follows deleted_at

CREATE OR REPLACE FUNCTION jml.audit_configuration() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    kind   text := tg_argv[0];
    object uuid := CASE WHEN tg_op = 'DELETE' THEN old.id ELSE new.id END;
    known  text := jml.audit_last_state(kind, object::text, NULL);
    is_now text;
BEGIN
    is_now := CASE kind
        WHEN 'workflow' THEN (SELECT CASE WHEN w.enabled THEN 'enabled' ELSE 'disabled' END
                              FROM jml.workflow w WHERE w.id = object)
        WHEN 'package' THEN (SELECT CASE WHEN p.deleted_at IS NULL THEN 'present' ELSE 'deleted' END
                             FROM jml.access_package p WHERE p.id = object)
        ELSE (SELECT 'present' FROM jml.assignment_policy p WHERE p.id = object) END;
    IF is_now IS DISTINCT FROM known THEN
        INSERT INTO jml.audit (at, actor, object_type, object_id, from_state, to_state, reason)
        VALUES (clock_timestamp(), session_user, kind, object::text, known, is_now,
            CASE WHEN known IS NULL THEN 'inserted by hand'
                 WHEN is_now IS NULL THEN 'deleted by hand'
                 ELSE 'changed by hand' END);
    END IF;
    RETURN NULL;
END
$$;

DROP TRIGGER by_hand ON jml.access_package;
CREATE CONSTRAINT TRIGGER by_hand AFTER INSERT OR UPDATE OF deleted_at OR DELETE ON jml.access_package
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (current_user <> 'jml_daemon')
    EXECUTE FUNCTION jml.audit_configuration('package');

-- ---- what is in use stays

-- Workflows in their newest version name packages by id, several parted by commas.
CREATE FUNCTION jml.package_workflow(package uuid) RETURNS text
    LANGUAGE sql STABLE SECURITY DEFINER
    BEGIN ATOMIC
        SELECT w.display_name
        FROM jml.workflow w
        WHERE EXISTS (
            SELECT
            FROM jsonb_path_query(w.document, '$.tasks[*].arguments[*] ? (@.name == "accessPackageId").value') AS v (value)
            WHERE package::text = ANY (string_to_array(replace(lower(v.value #>> '{}'), ' ', ''), ',')))
        ORDER BY w.enabled DESC, w.display_name
        LIMIT 1;
    END;
COMMENT ON FUNCTION jml.package_workflow(uuid) IS 'A workflow that names this package in its newest version';

CREATE FUNCTION jml.package_guard() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    held     bigint;
    asked    bigint;
    workflow text;
BEGIN
    SELECT count(*) INTO held
    FROM jml.assignment a WHERE a.access_package_id = old.id AND a.state <> 'expired';
    IF held > 0 THEN
        RAISE EXCEPTION 'access package "%" has % active assignment%', old.display_name, held,
                CASE held WHEN 1 THEN '' ELSE 's' END
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'access_package_not_held',
                  HINT = 'jmlctl assignment list --package lists them; first they are to end.';
    END IF;
    SELECT count(*) INTO asked
    FROM jml.assignment_request r
    WHERE r.access_package_id = old.id
      AND r.state IN ('submitted', 'pendingApproval', 'scheduled', 'delivering');
    IF asked > 0 THEN
        RAISE EXCEPTION 'access package "%" has % open request%', old.display_name, asked,
                CASE asked WHEN 1 THEN '' ELSE 's' END
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'access_package_not_asked_for',
                  HINT = 'jmlctl request list --package lists them; jmlctl request cancel cancels them.';
    END IF;
    workflow := jml.package_workflow(old.id);
    IF workflow IS NOT NULL THEN
        RAISE EXCEPTION 'access package "%" is named by workflow "%"', old.display_name, workflow
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'access_package_not_in_a_workflow',
                  HINT = 'Apply the workflow without it first: also one that is disabled is read as a whole.';
    END IF;
    RETURN CASE tg_op WHEN 'DELETE' THEN old ELSE new END;
END
$$;
COMMENT ON FUNCTION jml.package_guard() IS
    'Refuses to delete a package that is held, asked for, or named by a workflow';
CREATE TRIGGER in_use BEFORE DELETE ON jml.access_package
    FOR EACH ROW EXECUTE FUNCTION jml.package_guard();
CREATE TRIGGER in_use_marked BEFORE UPDATE OF deleted_at ON jml.access_package
    FOR EACH ROW WHEN (old.deleted_at IS NULL AND new.deleted_at IS NOT NULL)
    EXECUTE FUNCTION jml.package_guard();

CREATE FUNCTION jml.policy_guard() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    held bigint;
BEGIN
    SELECT count(*) INTO held
    FROM jml.assignment a WHERE a.policy_id = old.id AND a.state <> 'expired';
    IF held > 0 THEN
        RAISE EXCEPTION 'assignment policy "%" has % active assignment%', old.display_name, held,
                CASE held WHEN 1 THEN '' ELSE 's' END
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'assignment_policy_not_held',
                  HINT = 'jmlctl assignment list --policy lists them; first they are to end.';
    END IF;
    RETURN old;
END
$$;
COMMENT ON FUNCTION jml.policy_guard() IS 'Refuses to delete a policy that somebody holds a package under';
CREATE TRIGGER in_use BEFORE DELETE ON jml.assignment_policy
    FOR EACH ROW EXECUTE FUNCTION jml.policy_guard();

-- ---- documents in words, for jmlctl

-- Subject sets of Graph: what kind, and whom or what it names.
CREATE FUNCTION jml.subjects_in_words(subjects jsonb) RETURNS text
    LANGUAGE sql IMMUTABLE
    BEGIN ATOMIC
        SELECT string_agg(
            CASE regexp_replace(s.subject ->> '@odata.type', '^.*\.', '')
                WHEN 'singleUser' THEN 'person'
                WHEN 'groupMembers' THEN 'group'
                WHEN 'attributeRuleMembers' THEN 'rule'
                WHEN 'connectedOrganizationMembers' THEN 'organization'
                WHEN 'requestorManager' THEN 'manager of who asks'
                WHEN 'targetManager' THEN 'manager of who gets it'
                WHEN 'internalSponsors' THEN 'internal sponsors'
                WHEN 'externalSponsors' THEN 'external sponsors'
                ELSE coalesce(regexp_replace(s.subject ->> '@odata.type', '^.*\.', ''), 'somebody') END
            || coalesce(' ' || (SELECT string_agg(m.value, ' ' ORDER BY m.key)
                                FROM jsonb_each_text(s.subject) m
                                WHERE m.key NOT IN ('@odata.type', 'description')
                                  AND NOT (m.key = 'managerLevel' AND m.value = '1')), ''),
            ', ' ORDER BY s.place)
        FROM jsonb_array_elements(CASE jsonb_typeof(subjects) WHEN 'array' THEN subjects END)
            WITH ORDINALITY AS s (subject, place)
        WHERE jsonb_typeof(s.subject) = 'object';
    END;
COMMENT ON FUNCTION jml.subjects_in_words(jsonb) IS 'Some people, as a policy names them; empty: nobody';

CREATE FUNCTION jml.policy_targets_in_words(document jsonb) RETURNS text
    LANGUAGE sql IMMUTABLE
    RETURN CASE coalesce(document ->> 'allowedTargetScope', 'notSpecified')
        WHEN 'notSpecified' THEN 'nobody by themselves'
        WHEN 'specificDirectoryUsers' THEN
            coalesce(jml.subjects_in_words(document -> 'specificAllowedTargets'), 'nobody')
        WHEN 'specificConnectedOrganizationUsers' THEN
            coalesce(jml.subjects_in_words(document -> 'specificAllowedTargets'), 'nobody')
        WHEN 'allMemberUsers' THEN 'all employees'
        WHEN 'allDirectoryUsers' THEN 'everybody known'
        WHEN 'allConfiguredConnectedOrganizationUsers' THEN 'people of all connected organizations'
        WHEN 'allExternalUsers' THEN 'everybody, also external people who are new'
        ELSE document ->> 'allowedTargetScope' END;
COMMENT ON FUNCTION jml.policy_targets_in_words(jsonb) IS 'Whom a policy is for';

CREATE FUNCTION jml.policy_requestors_in_words(document jsonb) RETURNS text
    LANGUAGE sql IMMUTABLE
    RETURN coalesce(nullif(concat_ws('; ',
        nullif(concat_ws(', ',
            CASE WHEN document #>> '{requestorSettings,enableTargetsToSelfAddAccess}' = 'true' THEN 'ask' END,
            CASE WHEN document #>> '{requestorSettings,enableTargetsToSelfUpdateAccess}' = 'true' THEN 'extend' END,
            CASE WHEN document #>> '{requestorSettings,enableTargetsToSelfRemoveAccess}' = 'true' THEN 'give back' END),
            ''),
        CASE WHEN 'true' IN (document #>> '{requestorSettings,enableOnBehalfRequestorsToAddAccess}',
                             document #>> '{requestorSettings,enableOnBehalfRequestorsToUpdateAccess}',
                             document #>> '{requestorSettings,enableOnBehalfRequestorsToRemoveAccess}')
             THEN 'for others: '
                || coalesce(jml.subjects_in_words(document #> '{requestorSettings,onBehalfRequestors}'), 'nobody')
        END,
        CASE WHEN document #>> '{requestorSettings,allowCustomAssignmentSchedule}' = 'true'
             THEN 'with dates of their own' END), ''), 'nothing');
COMMENT ON FUNCTION jml.policy_requestors_in_words(jsonb) IS 'What people may do without an administrator';

CREATE FUNCTION jml.policy_approval_in_words(document jsonb) RETURNS text
    LANGUAGE sql IMMUTABLE
    RETURN CASE
        WHEN document #>> '{requestApprovalSettings,isApprovalRequiredForAdd}' = 'true'
            AND document #>> '{requestApprovalSettings,isApprovalRequiredForUpdate}' = 'true'
            THEN 'to get it and to extend it'
        WHEN document #>> '{requestApprovalSettings,isApprovalRequiredForAdd}' = 'true' THEN 'to get it'
        WHEN document #>> '{requestApprovalSettings,isApprovalRequiredForUpdate}' = 'true' THEN 'to extend it'
        ELSE 'none' END
        || CASE WHEN 'true' IN (document #>> '{requestApprovalSettings,isApprovalRequiredForAdd}',
                                document #>> '{requestApprovalSettings,isApprovalRequiredForUpdate}')
                 AND jsonb_typeof(document #> '{requestApprovalSettings,stages}') = 'array'
                 AND jsonb_array_length(document #> '{requestApprovalSettings,stages}') > 1
                THEN ', ' || jsonb_array_length(document #> '{requestApprovalSettings,stages}') || ' stages'
                ELSE '' END
        || CASE WHEN document #>> '{requestApprovalSettings,isRequestorJustificationRequired}' = 'true'
                THEN ', with a justification' ELSE '' END;
COMMENT ON FUNCTION jml.policy_approval_in_words(jsonb) IS 'What needs approval';

CREATE FUNCTION jml.policy_expiration_in_words(document jsonb) RETURNS text
    LANGUAGE sql IMMUTABLE
    RETURN CASE document #>> '{expiration,type}'
        WHEN 'afterDuration' THEN 'after ' || (document #>> '{expiration,duration}')
        WHEN 'afterDateTime' THEN 'at ' || (document #>> '{expiration,endDateTime}')
        ELSE 'never' END;
COMMENT ON FUNCTION jml.policy_expiration_in_words(jsonb) IS 'When access under a policy ends';

CREATE FUNCTION jml.policy_automatic_in_words(document jsonb) RETURNS text
    LANGUAGE sql IMMUTABLE
    RETURN CASE WHEN jsonb_typeof(document -> 'automaticRequestSettings') = 'object' THEN
        concat_ws(', ',
            CASE WHEN document #>> '{automaticRequestSettings,requestAccessForAllowedTargets}' = 'true'
                 THEN 'given by itself' ELSE 'not given by itself' END,
            CASE WHEN document #>> '{automaticRequestSettings,removeAccessWhenTargetLeavesAllowedTargets}' = 'true'
                 THEN 'taken from who is no longer meant'
                    || coalesce(' after ' || (document #>> '{automaticRequestSettings,gracePeriodBeforeAccessRemoval}'), '')
                 ELSE 'left to who is no longer meant' END) END;
COMMENT ON FUNCTION jml.policy_automatic_in_words(jsonb) IS
    'What a policy with automatic assignment does; empty: it has none';

CREATE FUNCTION jml.question_text(question jsonb) RETURNS text
    LANGUAGE sql IMMUTABLE
    RETURN CASE jsonb_typeof(question -> 'text') WHEN 'object' THEN question #>> '{text,defaultText}'
        ELSE question ->> 'text' END;
COMMENT ON FUNCTION jml.question_text(jsonb) IS 'The words of a question to the requestor';

CREATE FUNCTION jml.answers_in_words(answers jsonb, document jsonb) RETURNS jsonb
    LANGUAGE sql IMMUTABLE
    BEGIN ATOMIC
        SELECT jsonb_agg(jsonb_build_object(
                   'question', coalesce((SELECT jml.question_text(q.question)
                                         FROM jsonb_array_elements(CASE jsonb_typeof(document -> 'questions')
                                             WHEN 'array' THEN document -> 'questions' END) AS q (question)
                                         WHERE lower(q.question ->> 'id') = lower(a.id)
                                         LIMIT 1), a.id),
                   'answer', CASE jsonb_typeof(a.value)
                       WHEN 'array' THEN (SELECT string_agg(v, ', ') FROM jsonb_array_elements_text(a.value) v)
                       ELSE a.value #>> '{}' END) ORDER BY a.place)
        FROM (
            SELECT coalesce(e.answer #>> '{answeredQuestion,id}', e.answer ->> 'id') AS id,
                   coalesce(e.answer -> 'displayValue', e.answer -> 'value') AS value, e.place
            FROM jsonb_array_elements(CASE jsonb_typeof(answers) WHEN 'array' THEN answers END)
                WITH ORDINALITY AS e (answer, place)
            UNION ALL
            SELECT m.key, m.value, row_number() OVER (ORDER BY m.key)
            FROM jsonb_each(CASE jsonb_typeof(answers) WHEN 'object' THEN answers END) m) a;
    END;
COMMENT ON FUNCTION jml.answers_in_words(jsonb, jsonb) IS
    'Answers beside the questions of the policy''s document they answer';

GRANT EXECUTE ON FUNCTION jml.package_workflow(uuid), jml.subjects_in_words(jsonb),
    jml.policy_targets_in_words(jsonb), jml.policy_requestors_in_words(jsonb),
    jml.policy_approval_in_words(jsonb), jml.policy_expiration_in_words(jsonb),
    jml.policy_automatic_in_words(jsonb), jml.question_text(jsonb),
    jml.answers_in_words(jsonb, jsonb) TO jml_daemon, jml_operator, jml_auditor;

SET LOCAL ROLE NONE;
