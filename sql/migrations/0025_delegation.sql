-- SPDX-License-Identifier: MIT
-- Who may do what below the operators: rows that bind a login to one of Entra's roles, in one catalog or
-- as one employee. What a login of jml_delegate sees and changes follows from its rows, by row-level
-- security, whatever program it uses.

-- ---- the group of all who have delegated rights; as in 0001, somebody else may be making it

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles r WHERE r.rolname = 'jml_delegate') THEN
        CREATE ROLE jml_delegate NOLOGIN;
        COMMENT ON ROLE jml_delegate IS 'jmld: who has delegated rights; table jml.delegation says which';
    END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN
    NULL;   -- the other database was faster, and has committed
END
$$;

SET LOCAL ROLE jml_owner;

CREATE TABLE jml.delegation (
    id             uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    role           name NOT NULL,
    delegated_role text NOT NULL CONSTRAINT delegation_role_known CHECK (delegated_role IN (
        'identityGovernanceAdministrator', 'catalogOwner', 'catalogReader', 'accessPackageManager',
        'accessPackageAssignmentManager', 'approver', 'requestor')),
    catalog_id     uuid REFERENCES jml.catalog ON DELETE CASCADE,
    employee_id    text CONSTRAINT delegation_employee_id_sane CHECK (jml.printable(employee_id, 256)),
    created_by     text NOT NULL DEFAULT session_user,
    created_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT delegation_catalog_for_catalog_roles CHECK ((catalog_id IS NOT NULL) = (delegated_role IN
        ('catalogOwner', 'catalogReader', 'accessPackageManager', 'accessPackageAssignmentManager'))),
    CONSTRAINT delegation_employee_for_approver_and_requestor
        CHECK ((employee_id IS NOT NULL) = (delegated_role IN ('approver', 'requestor'))),
    CONSTRAINT delegation_once UNIQUE NULLS NOT DISTINCT (role, delegated_role, catalog_id, employee_id)
);
CREATE INDEX delegation_by_catalog ON jml.delegation (catalog_id) WHERE catalog_id IS NOT NULL;
COMMENT ON TABLE jml.delegation IS
    'What logins of jml_delegate may do. Rows are added and deleted, never changed; jmlctl delegation';
COMMENT ON COLUMN jml.delegation.id IS 'Key';
COMMENT ON COLUMN jml.delegation.role IS 'The PostgreSQL role: a login, or a group of logins';
COMMENT ON COLUMN jml.delegation.delegated_role IS
    'identityGovernanceAdministrator; in a catalog catalogOwner, accessPackageManager, '
    'accessPackageAssignmentManager, catalogReader, each with the rights of those behind it; approver, requestor';
COMMENT ON COLUMN jml.delegation.catalog_id IS 'The catalog, of the four roles that have one';
COMMENT ON COLUMN jml.delegation.employee_id IS 'Who that login is, of approver and requestor';
COMMENT ON COLUMN jml.delegation.created_by IS 'The role that added the row';
COMMENT ON COLUMN jml.delegation.created_at IS 'When it was added';

-- ---- what the caller may do: for policies, once a statement. The caller is never an argument: nobody
-- ---- asks for somebody else.

CREATE FUNCTION jml.caller() RETURNS name
    LANGUAGE sql STABLE
    RETURN coalesce(nullif(current_setting('role'), 'none'), session_user)::name;
COMMENT ON FUNCTION jml.caller() IS
    'The role a session has set, or its login; the same inside functions with the owner''s rights';

CREATE FUNCTION jml.delegations_of_caller() RETURNS SETOF jml.delegation
    LANGUAGE sql STABLE SECURITY DEFINER ROWS 10
    BEGIN ATOMIC
        SELECT d.*
        FROM jml.delegation d
        WHERE d.role = session_user
           OR EXISTS (SELECT FROM pg_catalog.pg_roles r
                      WHERE r.rolname = d.role AND pg_has_role(jml.caller(), r.oid, 'USAGE'));
    END;
COMMENT ON FUNCTION jml.delegations_of_caller() IS 'The rows of jml.delegation that bind the caller';

CREATE FUNCTION jml.administers() RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER
    BEGIN ATOMIC
        SELECT pg_has_role(jml.caller(), 'jml_operator', 'USAGE')
            OR EXISTS (SELECT FROM jml.delegations_of_caller() d
                       WHERE d.delegated_role = 'identityGovernanceAdministrator');
    END;
COMMENT ON FUNCTION jml.administers() IS 'Is the caller an Identity Governance administrator?';

-- A catalog role may what the ones behind it may.
CREATE FUNCTION jml.catalogs_of(needs text) RETURNS uuid[]
    LANGUAGE sql STABLE SECURITY DEFINER
    BEGIN ATOMIC
        SELECT coalesce(array_agg(c.id), '{}')
        FROM jml.catalog c
        WHERE (SELECT jml.administers())
           OR c.id IN (
               SELECT d.catalog_id
               FROM jml.delegations_of_caller() d
               WHERE d.delegated_role = ANY ((ARRAY['catalogOwner', 'accessPackageManager',
                         'accessPackageAssignmentManager', 'catalogReader'])
                         [:array_position(ARRAY['own', 'manage', 'assign', 'read'], catalogs_of.needs)]));
    END;
COMMENT ON FUNCTION jml.catalogs_of(text) IS 'The catalogs in which the caller may own, manage, assign or read';

CREATE FUNCTION jml.packages_of(needs text) RETURNS uuid[]
    LANGUAGE sql STABLE SECURITY DEFINER
    BEGIN ATOMIC
        SELECT coalesce(array_agg(k.id), '{}')
        FROM jml.access_package k
        WHERE (SELECT jml.administers())
           OR k.catalog_id = ANY ((SELECT jml.catalogs_of(packages_of.needs))::uuid[]);
    END;
COMMENT ON FUNCTION jml.packages_of(text) IS 'The packages of jml.catalogs_of(needs)';

CREATE FUNCTION jml.employees_of_caller(delegated_role text) RETURNS text[]
    LANGUAGE sql STABLE SECURITY DEFINER
    BEGIN ATOMIC
        SELECT coalesce(array_agg(DISTINCT jml.current_id(d.employee_id)), '{}')
        FROM jml.delegations_of_caller() d
        WHERE d.delegated_role = employees_of_caller.delegated_role;
    END;
COMMENT ON FUNCTION jml.employees_of_caller(text) IS 'Who the caller is as approver or requestor: present employee_ids';

CREATE FUNCTION jml.names_of_caller(delegated_role text) RETURNS text[]
    LANGUAGE sql STABLE SECURITY DEFINER
    BEGIN ATOMIC
        SELECT coalesce(array_agg(DISTINCT i.id), '{}')
        FROM unnest(jml.employees_of_caller(names_of_caller.delegated_role)) AS e (id)
        CROSS JOIN LATERAL unnest(jml.ids_of(e.id)) AS i (id);
    END;
COMMENT ON FUNCTION jml.names_of_caller(text) IS 'The same with all former employee_ids, which older rows name';

CREATE FUNCTION jml.persons_of_caller() RETURNS uuid[]
    LANGUAGE sql STABLE SECURITY DEFINER
    BEGIN ATOMIC
        SELECT coalesce(array_agg(p.id), '{}')
        FROM jml.person p
        WHERE p.employee_id = ANY ((SELECT jml.employees_of_caller('requestor'))::text[]);
    END;
COMMENT ON FUNCTION jml.persons_of_caller() IS 'The persons the caller may request for in their own name';

-- Who is asked for a decision is known by the mail that asked.
CREATE INDEX notification_asked ON jml.notification (recipient)
    WHERE kind IN ('approval_requested', 'approval_reminder', 'approval_escalated');

CREATE FUNCTION jml.requests_to_decide() RETURNS uuid[]
    LANGUAGE sql STABLE SECURITY DEFINER
    BEGIN ATOMIC
        WITH own AS (
            SELECT p.employee_id, p.attributes ->> 'mail' AS mail
            FROM jml.person p
            WHERE p.employee_id = ANY ((SELECT jml.employees_of_caller('approver'))::text[])
        )
        SELECT coalesce(array_agg(a.id), '{}')
        FROM (SELECT r.id
              FROM own o
              JOIN jml.notification n ON n.recipient = o.mail
                  AND n.kind IN ('approval_requested', 'approval_reminder', 'approval_escalated')
              JOIN jml.assignment_request r ON r.id = n.request_id AND r.state = 'pendingApproval'
              UNION
              -- the mail to who has no address is on record, too
              SELECT r.id
              FROM own o
              CROSS JOIN jml.assignment_request r
              WHERE o.mail IS NULL AND r.state = 'pendingApproval' AND r.stage > 0
                AND EXISTS (SELECT FROM jml.notification n
                            WHERE n.dedup_key IN (
                                'approval_requested:' || r.id || ':' || r.stage || ':' || o.employee_id,
                                'approval_escalated:' || r.id || ':' || r.stage || ':' || o.employee_id))) AS a;
    END;
COMMENT ON FUNCTION jml.requests_to_decide() IS
    'Pending requests whose decision the caller, as an approver, was asked for by mail';

CREATE FUNCTION jml.packages_offered(with_hidden boolean) RETURNS uuid[]
    LANGUAGE sql STABLE SECURITY DEFINER
    BEGIN ATOMIC
        SELECT coalesce(array_agg(k.id), '{}')
        FROM jml.access_package k
        WHERE (packages_offered.with_hidden OR NOT k.hidden) AND k.deleted_at IS NULL
          AND (SELECT cardinality(jml.employees_of_caller('requestor')) > 0)
          AND EXISTS (SELECT FROM jml.assignment_policy l WHERE l.access_package_id = k.id AND l.enabled);
    END;
COMMENT ON FUNCTION jml.packages_offered(boolean) IS
    'Packages with a policy that is enabled, for requestors: a hidden one is not in lists, but may be asked for';

CREATE FUNCTION jml.packages_of_own() RETURNS uuid[]
    LANGUAGE sql STABLE SECURITY DEFINER
    BEGIN ATOMIC
        SELECT coalesce(array_agg(o.id), '{}')
        FROM (SELECT unnest(jml.packages_offered(false)) AS id
              UNION
              SELECT a.access_package_id
              FROM jml.assignment a
              WHERE a.target_id = ANY ((SELECT jml.persons_of_caller())::uuid[]) AND a.state <> 'expired'
              UNION
              SELECT r.access_package_id
              FROM jml.assignment_request r
              WHERE r.target_id = ANY ((SELECT jml.persons_of_caller())::uuid[])
                AND r.state IN ('submitted', 'pendingApproval', 'scheduled', 'delivering',
                                'partiallyDelivered', 'deliveryFailed')
              UNION
              SELECT r.access_package_id
              FROM jml.assignment_request r
              WHERE r.id = ANY ((SELECT jml.requests_to_decide())::uuid[])) AS o;
    END;
COMMENT ON FUNCTION jml.packages_of_own() IS
    'Packages the caller sees as a person: offered, held, asked for, or to decide on';

CREATE FUNCTION jml.may_command(kind text, object_id text) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER
    BEGIN ATOMIC
        SELECT CASE
            WHEN may_command.kind IN ('request_cancel', 'request_reprocess') THEN EXISTS (
                SELECT FROM jml.assignment_request r
                WHERE r.id = jml.to_uuid(may_command.object_id)
                  AND (r.access_package_id = ANY ((SELECT jml.packages_of('assign'))::uuid[])
                       OR (SELECT jml.administers())
                       OR (may_command.kind = 'request_cancel'
                           AND r.request_type IN ('userAdd', 'userUpdate', 'userRemove')
                           AND r.requestor = ANY ((SELECT jml.names_of_caller('requestor'))::text[]))))
            WHEN may_command.kind = 'assignment_reprocess' THEN EXISTS (
                SELECT FROM jml.assignment a
                WHERE a.id = jml.to_uuid(may_command.object_id)
                  AND (a.access_package_id = ANY ((SELECT jml.packages_of('assign'))::uuid[])
                       OR (SELECT jml.administers())))
            ELSE false END;
    END;
COMMENT ON FUNCTION jml.may_command(text, text) IS 'May the caller, as a delegate, give this command?';

CREATE FUNCTION jml.may_audit(object_type text, object_id text, rule integer, from_state text,
        to_state text) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER
    BEGIN ATOMIC
        SELECT CASE may_audit.object_type
                WHEN 'package' THEN EXISTS (
                    SELECT FROM jml.access_package k
                    WHERE k.id = jml.to_uuid(may_audit.object_id)
                      AND k.id = ANY ((SELECT jml.packages_of('manage'))::uuid[]))
                WHEN 'policy' THEN EXISTS (
                    SELECT FROM jml.assignment_policy l
                    WHERE l.id = jml.to_uuid(may_audit.object_id)
                      AND l.access_package_id = ANY ((SELECT jml.packages_of('manage'))::uuid[]))
                ELSE false END
            AND may_audit.from_state IS NOT DISTINCT FROM
                jml.audit_last_state(may_audit.object_type, may_audit.object_id, NULL)
            AND EXISTS (SELECT FROM jml.transition t
                        WHERE t.rule = may_audit.rule AND t.machine = may_audit.object_type
                          AND coalesce(t.from_state, 'new') = coalesce(may_audit.from_state, 'new')
                          AND t.to_state = may_audit.to_state);
    END;
COMMENT ON FUNCTION jml.may_audit(text, text, integer, text, text) IS
    'May the caller, as a delegate who applies documents, put this step on record?';

-- ---- what the queries of jmlctl need of tables and columns that delegates do not read

-- Of the attributes of people a delegate learns the name, of those whom it sees or has to decide about.
CREATE FUNCTION jml.name_of(person uuid) RETURNS text
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    packages uuid[];
BEGIN
    IF NOT (pg_has_role(jml.caller(), 'jml_operator', 'USAGE') OR pg_has_role(jml.caller(), 'jml_auditor', 'USAGE')
            OR jml.administers()) THEN
        packages := jml.packages_of('read');
        IF NOT (EXISTS (SELECT FROM jml.assignment a
                        WHERE a.target_id = name_of.person AND a.access_package_id = ANY (packages))
                OR EXISTS (SELECT FROM jml.assignment_request r
                           WHERE r.target_id = name_of.person AND r.access_package_id = ANY (packages))
                OR name_of.person = ANY (jml.persons_of_caller())
                OR EXISTS (SELECT FROM jml.assignment_request r
                           WHERE r.target_id = name_of.person AND r.id = ANY (jml.requests_to_decide()))) THEN
            RETURN NULL;
        END IF;
    END IF;
    RETURN (SELECT p.attributes ->> 'displayName' FROM jml.person p WHERE p.id = name_of.person);
END
$$;
COMMENT ON FUNCTION jml.name_of(uuid) IS 'The displayName of somebody whom the caller sees';

CREATE FUNCTION jml.is_in_excluded(person uuid, group_name text) RETURNS boolean
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    IF NOT (pg_has_role(jml.caller(), 'jml_operator', 'USAGE') OR pg_has_role(jml.caller(), 'jml_auditor', 'USAGE')
            OR EXISTS (SELECT FROM jml.assignment a
                       JOIN jml.incompatible_group g ON g.access_package_id = a.access_package_id
                       WHERE a.target_id = is_in_excluded.person AND a.state <> 'expired'
                         AND g.group_name = is_in_excluded.group_name
                         AND a.access_package_id = ANY (jml.packages_of('read')))) THEN
        RETURN NULL;
    END IF;
    RETURN (SELECT p.attributes -> 'groups' ? is_in_excluded.group_name
            FROM jml.person p WHERE p.id = is_in_excluded.person);
END
$$;
COMMENT ON FUNCTION jml.is_in_excluded(uuid, text) IS
    'Is somebody in a group? Delegates: one that excludes what that person holds in a catalog of theirs';

-- Whoever may give access may give it to everybody, from midnight on where that is.
CREATE FUNCTION jml.zone_of(employee_id text) RETURNS text
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    RETURN (SELECT p.zone FROM jml.person p
            WHERE p.employee_id = jml.current_id(zone_of.employee_id)
              AND (pg_has_role(jml.caller(), 'jml_operator', 'USAGE')
                   OR cardinality(jml.catalogs_of('assign')) > 0
                   OR p.id = ANY (jml.persons_of_caller())));
END
$$;
COMMENT ON FUNCTION jml.zone_of(text) IS 'The time zone of somebody whom the caller may give access to; empty: not known';

CREATE FUNCTION jml.zone_of_mail(address text) RETURNS text
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    IF NOT (pg_has_role(jml.caller(), 'jml_operator', 'USAGE')
            OR cardinality(jml.catalogs_of('assign')) > 0) THEN
        RETURN NULL;
    END IF;
    RETURN (SELECT p.zone FROM jml.person p
            WHERE lower(p.attributes ->> 'mail') = lower(zone_of_mail.address) AND p.zone IS NOT NULL
            ORDER BY p.employee_id
            LIMIT 1);
END
$$;
COMMENT ON FUNCTION jml.zone_of_mail(text) IS 'The same by mail address';

-- These have the rights of who calls them: who may not read the tables gets less, not an error.
CREATE FUNCTION jml.gift_of(run uuid, OUT workflow text, OUT version integer, OUT event_id bigint,
        OUT event_kind text, OUT in_words text)
    LANGUAGE plpgsql STABLE
    AS $$
BEGIN
    IF gift_of.run IS NULL THEN
        RETURN;
    ELSIF NOT has_table_privilege('jml.run', 'SELECT') THEN
        in_words := 'a workflow';
        RETURN;
    END IF;
    SELECT w.display_name, u.version, e.id, e.kind,
           'workflow ' || coalesce(w.display_name, u.workflow_id::text) || coalesce(' version ' || u.version, '')
               || coalesce(' for ' || e.kind || ' event ' || e.id, '')
    INTO gift_of.workflow, gift_of.version, gift_of.event_id, gift_of.event_kind, gift_of.in_words
    FROM jml.run u
    LEFT JOIN jml.workflow w ON w.id = u.workflow_id
    LEFT JOIN jml.event e ON e.id = u.event_id
    WHERE u.id = gift_of.run;
END
$$;
COMMENT ON FUNCTION jml.gift_of(uuid) IS 'Which workflow a run was of, and what set it off; for delegates: that it was one';

CREATE FUNCTION jml.notices_of(request uuid) RETURNS json
    LANGUAGE plpgsql STABLE
    AS $$
BEGIN
    IF NOT has_table_privilege('jml.notification', 'SELECT') THEN
        RETURN '[]'::json;
    END IF;
    RETURN (SELECT coalesce(json_agg(json_build_object(
                'kind', n.kind, 'to', n.recipient, 'at', jml.canonical(n.created_at), 'state', n.state)
                ORDER BY n.created_at, n.kind, n.recipient), '[]')
            FROM jml.notification n
            WHERE n.request_id = notices_of.request);
END
$$;
COMMENT ON FUNCTION jml.notices_of(uuid) IS 'The mails about a request, of who may read mails';

CREATE FUNCTION jml.unknown_names(people text[], groups text[], OUT place bigint, OUT is_group boolean)
    RETURNS SETOF record
    LANGUAGE plpgsql STABLE
    AS $$
BEGIN
    IF NOT has_column_privilege('jml.person', 'attributes', 'SELECT') OR NOT EXISTS (SELECT FROM jml.person) THEN
        RETURN;
    END IF;
    RETURN QUERY
        SELECT n.place, false
        FROM unnest(unknown_names.people) WITH ORDINALITY AS n (name, place)
        WHERE NOT EXISTS (SELECT FROM jml.person p WHERE p.employee_id = n.name)
          AND NOT EXISTS (SELECT FROM jml.alias a WHERE a.alias = n.name)
        UNION ALL
        SELECT n.place, true
        FROM unnest(unknown_names.groups) WITH ORDINALITY AS n (name, place)
        WHERE NOT EXISTS (SELECT FROM jml.person p WHERE p.attributes -> 'groups' ? n.name)
        ORDER BY 2, 1;
END
$$;
COMMENT ON FUNCTION jml.unknown_names(text[], text[]) IS
    'Places of employee_ids that nobody has or had, and of groups that nobody is in; for who sees everybody';

CREATE FUNCTION jml.requests_asked(approver text) RETURNS uuid[]
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    who text := jml.current_id(requests_asked.approver);
BEGIN
    IF NOT (pg_has_role(jml.caller(), 'jml_operator', 'USAGE') OR pg_has_role(jml.caller(), 'jml_auditor', 'USAGE')
            OR jml.administers() OR who = ANY (jml.employees_of_caller('approver'))) THEN
        RETURN '{}'::uuid[];
    END IF;
    RETURN (SELECT coalesce(array_agg(r.id), '{}')
            FROM jml.assignment_request r
            WHERE r.state = 'pendingApproval'
              AND EXISTS (
                  SELECT FROM jml.notification n
                  -- once for a request, a stage and an approver, also of who has no address
                  WHERE n.dedup_key IN ('approval_requested:' || r.id || ':' || r.stage || ':' || who,
                                        'approval_escalated:' || r.id || ':' || r.stage || ':' || who)));
END
$$;
COMMENT ON FUNCTION jml.requests_asked(text) IS
    'Requests whose stage of the moment somebody was asked to decide; delegates ask about themselves';

-- ---- policies
--
-- Everybody else goes by grants alone, as before: the policy "grants" is the constant true, which the
-- planner drops. The others narrow it for members of jml_delegate; one a command that they are granted.

DO $$
DECLARE
    made text;
BEGIN
    FOREACH made IN ARRAY ARRAY['catalog', 'resource', 'resource_role', 'access_package',
        'access_package_role', 'assignment_policy', 'assignment_policy_version', 'incompatible_package',
        'incompatible_group', 'exclusion', 'assignment_review', 'connected_organization',
        'person', 'alias', 'assignment', 'assignment_request', 'approval', 'delivery', 'command',
        'rollout', 'configuration', 'delegation']
    LOOP
        EXECUTE format('ALTER TABLE jml.%I ENABLE ROW LEVEL SECURITY', made);
        EXECUTE format('CREATE POLICY grants ON jml.%I USING (true) WITH CHECK (true)', made);
    END LOOP;
END
$$;

-- configuration of a catalog

CREATE POLICY delegate_reads ON jml.catalog AS RESTRICTIVE FOR SELECT TO jml_delegate
    USING (id = ANY ((SELECT jml.catalogs_of('read'))::uuid[]) OR (SELECT jml.administers()));
CREATE POLICY delegate_adds ON jml.catalog AS RESTRICTIVE FOR INSERT TO jml_delegate
    WITH CHECK ((SELECT jml.administers()) OR id = ANY ((SELECT jml.catalogs_of('own'))::uuid[]));
CREATE POLICY delegate_changes ON jml.catalog AS RESTRICTIVE FOR UPDATE TO jml_delegate
    USING (id = ANY ((SELECT jml.catalogs_of('own'))::uuid[]))
    WITH CHECK (id = ANY ((SELECT jml.catalogs_of('own'))::uuid[]));
CREATE POLICY delegate_deletes ON jml.catalog AS RESTRICTIVE FOR DELETE TO jml_delegate
    USING (id = ANY ((SELECT jml.catalogs_of('own'))::uuid[]));

CREATE POLICY delegate_reads ON jml.resource AS RESTRICTIVE FOR SELECT TO jml_delegate
    USING (catalog_id = ANY ((SELECT jml.catalogs_of('read'))::uuid[]));
CREATE POLICY delegate_adds ON jml.resource AS RESTRICTIVE FOR INSERT TO jml_delegate
    WITH CHECK (catalog_id = ANY ((SELECT jml.catalogs_of('own'))::uuid[]));
CREATE POLICY delegate_changes ON jml.resource AS RESTRICTIVE FOR UPDATE TO jml_delegate
    USING (catalog_id = ANY ((SELECT jml.catalogs_of('own'))::uuid[]))
    WITH CHECK (catalog_id = ANY ((SELECT jml.catalogs_of('own'))::uuid[]));
CREATE POLICY delegate_deletes ON jml.resource AS RESTRICTIVE FOR DELETE TO jml_delegate
    USING (catalog_id = ANY ((SELECT jml.catalogs_of('own'))::uuid[]));

CREATE POLICY delegate_reads ON jml.resource_role AS RESTRICTIVE FOR SELECT TO jml_delegate
    USING (resource_id IN (SELECT s.id FROM jml.resource s));
CREATE POLICY delegate_adds ON jml.resource_role AS RESTRICTIVE FOR INSERT TO jml_delegate
    WITH CHECK (EXISTS (SELECT FROM jml.resource s WHERE s.id = resource_id
                        AND s.catalog_id = ANY ((SELECT jml.catalogs_of('own'))::uuid[])));
CREATE POLICY delegate_changes ON jml.resource_role AS RESTRICTIVE FOR UPDATE TO jml_delegate
    USING (EXISTS (SELECT FROM jml.resource s WHERE s.id = resource_id
                   AND s.catalog_id = ANY ((SELECT jml.catalogs_of('own'))::uuid[])));
CREATE POLICY delegate_deletes ON jml.resource_role AS RESTRICTIVE FOR DELETE TO jml_delegate
    USING (EXISTS (SELECT FROM jml.resource s WHERE s.id = resource_id
                   AND s.catalog_id = ANY ((SELECT jml.catalogs_of('own'))::uuid[])));

CREATE POLICY delegate_reads ON jml.access_package AS RESTRICTIVE FOR SELECT TO jml_delegate
    USING (catalog_id = ANY ((SELECT jml.catalogs_of('read'))::uuid[])
           OR id = ANY ((SELECT jml.packages_of_own())::uuid[])
           OR (SELECT jml.administers()));
CREATE POLICY delegate_adds ON jml.access_package AS RESTRICTIVE FOR INSERT TO jml_delegate
    WITH CHECK (catalog_id = ANY ((SELECT jml.catalogs_of('manage'))::uuid[]));
CREATE POLICY delegate_changes ON jml.access_package AS RESTRICTIVE FOR UPDATE TO jml_delegate
    USING (catalog_id = ANY ((SELECT jml.catalogs_of('manage'))::uuid[]) OR (SELECT jml.administers()))
    WITH CHECK (catalog_id = ANY ((SELECT jml.catalogs_of('manage'))::uuid[]));
CREATE POLICY delegate_deletes ON jml.access_package AS RESTRICTIVE FOR DELETE TO jml_delegate
    USING (catalog_id = ANY ((SELECT jml.catalogs_of('manage'))::uuid[]) OR (SELECT jml.administers()));

-- A role of a resource is given away only by who manages the catalog of the resource, too.
CREATE POLICY delegate_reads ON jml.access_package_role AS RESTRICTIVE FOR SELECT TO jml_delegate
    USING (access_package_id = ANY ((SELECT jml.packages_of('read'))::uuid[])
           AND resource_role_id IN (SELECT o.id FROM jml.resource_role o));
CREATE POLICY delegate_adds ON jml.access_package_role AS RESTRICTIVE FOR INSERT TO jml_delegate
    WITH CHECK (access_package_id = ANY ((SELECT jml.packages_of('manage'))::uuid[])
                AND EXISTS (SELECT FROM jml.resource_role o JOIN jml.resource s ON s.id = o.resource_id
                            WHERE o.id = resource_role_id
                              AND s.catalog_id = ANY ((SELECT jml.catalogs_of('manage'))::uuid[])));
CREATE POLICY delegate_deletes ON jml.access_package_role AS RESTRICTIVE FOR DELETE TO jml_delegate
    USING (access_package_id = ANY ((SELECT jml.packages_of('manage'))::uuid[]));

CREATE POLICY delegate_reads ON jml.assignment_policy AS RESTRICTIVE FOR SELECT TO jml_delegate
    USING (access_package_id = ANY ((SELECT jml.packages_of('read'))::uuid[])
           OR (enabled AND access_package_id = ANY ((SELECT jml.packages_of_own())::uuid[])));
CREATE POLICY delegate_adds ON jml.assignment_policy AS RESTRICTIVE FOR INSERT TO jml_delegate
    WITH CHECK (access_package_id = ANY ((SELECT jml.packages_of('manage'))::uuid[]));
CREATE POLICY delegate_changes ON jml.assignment_policy AS RESTRICTIVE FOR UPDATE TO jml_delegate
    USING (access_package_id = ANY ((SELECT jml.packages_of('manage'))::uuid[]));
CREATE POLICY delegate_deletes ON jml.assignment_policy AS RESTRICTIVE FOR DELETE TO jml_delegate
    USING (access_package_id = ANY ((SELECT jml.packages_of('manage'))::uuid[]));

CREATE POLICY delegate_reads ON jml.incompatible_package AS RESTRICTIVE FOR SELECT TO jml_delegate
    USING (access_package_id = ANY ((SELECT jml.packages_of('read'))::uuid[])
           AND incompatible_id = ANY ((SELECT jml.packages_of('read'))::uuid[]));
CREATE POLICY delegate_adds ON jml.incompatible_package AS RESTRICTIVE FOR INSERT TO jml_delegate
    WITH CHECK (access_package_id = ANY ((SELECT jml.packages_of('manage'))::uuid[])
                AND incompatible_id = ANY ((SELECT jml.packages_of('read'))::uuid[]));
CREATE POLICY delegate_deletes ON jml.incompatible_package AS RESTRICTIVE FOR DELETE TO jml_delegate
    USING (access_package_id = ANY ((SELECT jml.packages_of('manage'))::uuid[]));

CREATE POLICY delegate_reads ON jml.incompatible_group AS RESTRICTIVE FOR SELECT TO jml_delegate
    USING (access_package_id = ANY ((SELECT jml.packages_of('read'))::uuid[]));
CREATE POLICY delegate_adds ON jml.incompatible_group AS RESTRICTIVE FOR INSERT TO jml_delegate
    WITH CHECK (access_package_id = ANY ((SELECT jml.packages_of('manage'))::uuid[]));
CREATE POLICY delegate_deletes ON jml.incompatible_group AS RESTRICTIVE FOR DELETE TO jml_delegate
    USING (access_package_id = ANY ((SELECT jml.packages_of('manage'))::uuid[]));

CREATE POLICY delegate_reads ON jml.exclusion AS RESTRICTIVE FOR ALL TO jml_delegate
    USING (access_package_id = ANY ((SELECT jml.packages_of('read'))::uuid[])
           AND (incompatible_id IS NULL OR incompatible_id = ANY ((SELECT jml.packages_of('read'))::uuid[])));

-- Versions are kept of policies that assign automatically.
CREATE POLICY delegate_reads ON jml.assignment_policy_version AS RESTRICTIVE FOR SELECT TO jml_delegate
    USING (policy_id IN (SELECT l.id FROM jml.assignment_policy l
                         WHERE l.access_package_id = ANY ((SELECT jml.packages_of('read'))::uuid[])));
CREATE POLICY delegate_adds ON jml.assignment_policy_version AS RESTRICTIVE FOR INSERT TO jml_delegate
    WITH CHECK ((SELECT jml.administers()));

-- They belong to no catalog; policies name them.
CREATE POLICY delegate_reads ON jml.connected_organization AS RESTRICTIVE FOR SELECT TO jml_delegate
    USING ((SELECT jml.administers() OR cardinality(jml.catalogs_of('manage')) > 0));
CREATE POLICY delegate_adds ON jml.connected_organization AS RESTRICTIVE FOR INSERT TO jml_delegate
    WITH CHECK ((SELECT jml.administers()));
CREATE POLICY delegate_changes ON jml.connected_organization AS RESTRICTIVE FOR UPDATE TO jml_delegate
    USING ((SELECT jml.administers()));
CREATE POLICY delegate_deletes ON jml.connected_organization AS RESTRICTIVE FOR DELETE TO jml_delegate
    USING ((SELECT jml.administers()));

CREATE POLICY delegate_orders ON jml.rollout AS RESTRICTIVE FOR ALL TO jml_delegate
    USING (false)
    WITH CHECK (CASE kind
        WHEN 'package' THEN object_id = ANY ((SELECT jml.packages_of('manage'))::uuid[])
        WHEN 'policy' THEN object_id IN (
            SELECT l.id FROM jml.assignment_policy l
            WHERE l.access_package_id = ANY ((SELECT jml.packages_of('manage'))::uuid[]))
        ELSE false END);

CREATE POLICY delegate_reads ON jml.configuration AS RESTRICTIVE FOR SELECT TO jml_delegate
    USING (true);   -- two columns are granted
CREATE POLICY delegate_changes ON jml.configuration AS RESTRICTIVE FOR UPDATE TO jml_delegate
    USING ((SELECT jml.administers() OR cardinality(jml.catalogs_of('manage')) > 0));

-- people, and what they have and ask for

CREATE POLICY delegate_reads ON jml.person AS RESTRICTIVE FOR ALL TO jml_delegate
    USING (id IN (SELECT a.target_id FROM jml.assignment a
                  WHERE a.access_package_id = ANY ((SELECT jml.packages_of('read'))::uuid[]))
           OR id IN (SELECT r.target_id FROM jml.assignment_request r
                     WHERE r.access_package_id = ANY ((SELECT jml.packages_of('read'))::uuid[])
                       AND r.target_id IS NOT NULL)
           OR id = ANY ((SELECT jml.persons_of_caller())::uuid[])
           OR (SELECT jml.administers()));
CREATE POLICY delegate_reads ON jml.alias AS RESTRICTIVE FOR ALL TO jml_delegate
    USING (person_id IN (SELECT p.id FROM jml.person p));

CREATE POLICY delegate_reads ON jml.assignment AS RESTRICTIVE FOR ALL TO jml_delegate
    USING (access_package_id = ANY ((SELECT jml.packages_of('read'))::uuid[])
           OR target_id = ANY ((SELECT jml.persons_of_caller())::uuid[])
           OR (SELECT jml.administers()));
CREATE POLICY delegate_reads ON jml.delivery AS RESTRICTIVE FOR ALL TO jml_delegate
    USING (assignment_id IN (SELECT a.id FROM jml.assignment a
                             WHERE a.access_package_id = ANY ((SELECT jml.packages_of('read'))::uuid[])
                                OR (SELECT jml.administers())));

CREATE POLICY delegate_reads ON jml.assignment_review AS RESTRICTIVE FOR SELECT TO jml_delegate
    USING (assignment_id IN (SELECT a.id FROM jml.assignment a
                             WHERE a.access_package_id = ANY ((SELECT jml.packages_of('read'))::uuid[])
                                OR (SELECT jml.administers())));
CREATE POLICY delegate_adds ON jml.assignment_review AS RESTRICTIVE FOR INSERT TO jml_delegate
    WITH CHECK (reviewer = session_user
                AND assignment_id IN (SELECT a.id FROM jml.assignment a
                                      WHERE a.access_package_id = ANY ((SELECT jml.packages_of('assign'))::uuid[])
                                         OR (SELECT jml.administers())));

CREATE POLICY delegate_reads ON jml.assignment_request AS RESTRICTIVE FOR SELECT TO jml_delegate
    USING (access_package_id = ANY ((SELECT jml.packages_of('read'))::uuid[])
           OR target_id = ANY ((SELECT jml.persons_of_caller())::uuid[])
           OR requestor = ANY ((SELECT jml.names_of_caller('requestor'))::text[])
           OR id = ANY ((SELECT jml.requests_to_decide())::uuid[])
           OR (SELECT jml.administers()));
CREATE POLICY delegate_adds ON jml.assignment_request AS RESTRICTIVE FOR INSERT TO jml_delegate
    WITH CHECK (CASE
        WHEN request_type IN ('adminAdd', 'adminUpdate', 'adminRemove')
            THEN access_package_id = ANY ((SELECT jml.packages_of('assign'))::uuid[])
        WHEN request_type = 'userAdd'
            THEN requestor = ANY ((SELECT jml.employees_of_caller('requestor'))::text[])
                 AND access_package_id = ANY ((SELECT jml.packages_offered(true))::uuid[])
        WHEN request_type IN ('userUpdate', 'userRemove')
            THEN requestor = ANY ((SELECT jml.employees_of_caller('requestor'))::text[])
                 AND target_id = ANY ((SELECT jml.persons_of_caller())::uuid[])
        ELSE false END);

CREATE POLICY delegate_reads ON jml.approval AS RESTRICTIVE FOR SELECT TO jml_delegate
    USING (approver = ANY ((SELECT jml.names_of_caller('approver'))::text[])
           OR request_id IN (SELECT r.id FROM jml.assignment_request r
                             WHERE r.access_package_id = ANY ((SELECT jml.packages_of('read'))::uuid[])
                                OR (SELECT jml.administers())));
CREATE POLICY delegate_adds ON jml.approval AS RESTRICTIVE FOR INSERT TO jml_delegate
    WITH CHECK (approver = ANY ((SELECT jml.employees_of_caller('approver'))::text[]));

CREATE POLICY delegate_reads ON jml.command AS RESTRICTIVE FOR SELECT TO jml_delegate
    USING (actor = session_user);
CREATE POLICY delegate_adds ON jml.command AS RESTRICTIVE FOR INSERT TO jml_delegate
    WITH CHECK (actor = session_user AND jml.may_command(kind, object_id));

-- apply writes its own audit rows; 0009 says who else does
CREATE POLICY delegate_applies ON jml.audit FOR INSERT TO jml_delegate
    WITH CHECK (actor = session_user
                AND at BETWEEN now() - interval '1 min' AND clock_timestamp() + interval '1 min'
                AND jml.may_audit(object_type, object_id, rule, from_state, to_state));

-- Owners delegate within their catalogs, administrators all but their own role. Who a login is, nobody
-- but an administrator says.
CREATE POLICY delegate_reads ON jml.delegation AS RESTRICTIVE FOR SELECT TO jml_delegate
    USING (id IN (SELECT d.id FROM jml.delegations_of_caller() d)
           OR catalog_id = ANY ((SELECT jml.catalogs_of('own'))::uuid[])
           OR (SELECT jml.administers()));
CREATE POLICY delegate_adds ON jml.delegation AS RESTRICTIVE FOR INSERT TO jml_delegate
    WITH CHECK (catalog_id = ANY ((SELECT jml.catalogs_of('own'))::uuid[])
                OR (delegated_role IN ('approver', 'requestor') AND (SELECT jml.administers()))
                OR pg_has_role(current_user, 'jml_operator', 'USAGE'));
CREATE POLICY delegate_deletes ON jml.delegation AS RESTRICTIVE FOR DELETE TO jml_delegate
    USING (catalog_id = ANY ((SELECT jml.catalogs_of('own'))::uuid[])
           OR (delegated_role IN ('approver', 'requestor') AND (SELECT jml.administers()))
           OR pg_has_role(current_user, 'jml_operator', 'USAGE'));

-- ---- rows of delegates are completed, and refused in words, before the policies see them. Their triggers
-- ---- fire before "complete", by their names, for nobody but members of jml_delegate.

CREATE FUNCTION jml.request_bind() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    is_user boolean := new.request_type LIKE 'user%';
    own     text[] := jml.employees_of_caller('requestor');
    held    jml.assignment;
    package uuid := new.access_package_id;
BEGIN
    IF is_user AND own = '{}' THEN
        RAISE EXCEPTION 'role "%" may not make a %: no employee is bound to it', jml.caller(), new.request_type
            USING ERRCODE = 'insufficient_privilege',
                  HINT = 'An operator does that: jmlctl delegation add ROLE --role requestor --employee EMPLOYEE.';
    ELSIF is_user AND (new.target_email IS NOT NULL OR new.target_name IS NOT NULL) THEN
        RAISE EXCEPTION 'role "%" may not make a % by mail address: give a target_employee_id', jml.caller(),
            new.request_type USING ERRCODE = 'insufficient_privilege';
    ELSIF jml.current_id(new.requestor) = ANY (own) THEN
        new.requestor := jml.current_id(new.requestor);
    ELSIF is_user AND nullif(new.requestor, '') NOT IN (session_user, jml.caller()) THEN
        RAISE EXCEPTION 'role "%" may not ask in the name of %', jml.caller(), new.requestor
            USING ERRCODE = 'insufficient_privilege', HINT = 'jmlctl delegation list tells whose name it has.';
    ELSIF cardinality(own) = 1 THEN
        new.requestor := own[1];
    ELSIF is_user THEN
        RAISE EXCEPTION 'in whose name? role "%" is bound to % employees: give one as requestor', jml.caller(),
            cardinality(own) USING ERRCODE = 'insufficient_privilege';
    ELSE
        new.requestor := session_user;
    END IF;

    -- what is not there and what is not the caller's are told by the same words
    IF new.assignment_id IS NOT NULL THEN
        SELECT * INTO held FROM jml.assignment a
        WHERE a.id = new.assignment_id
          AND CASE WHEN is_user THEN a.target_id = ANY (jml.persons_of_caller())
                   ELSE a.access_package_id = ANY (jml.packages_of('assign')) END;
        IF held.id IS NULL THEN
            RAISE EXCEPTION 'no assignment % that role "%" may change', new.assignment_id, jml.caller()
                USING ERRCODE = 'insufficient_privilege';
        END IF;
        package := held.access_package_id;
    ELSIF is_user AND new.target_id IS NULL AND new.target_employee_id IS NULL THEN
        new.target_employee_id := new.requestor;
    ELSIF is_user AND new.target_id IS NOT NULL AND NOT new.target_id = ANY (jml.persons_of_caller()) THEN
        RAISE EXCEPTION 'no person % for whom role "%" may ask: give a target_employee_id', new.target_id,
            jml.caller() USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF NOT coalesce(CASE
            WHEN new.request_type = 'userAdd' THEN package = ANY (jml.packages_offered(true))
            WHEN is_user THEN new.assignment_id IS NOT NULL OR package = ANY (jml.packages_of_own())
            WHEN new.request_type IN ('adminAdd', 'adminUpdate', 'adminRemove')
                THEN package = ANY (jml.packages_of('assign'))
            END, false) THEN
        RAISE EXCEPTION 'no access package % for which role "%" may make a %', coalesce(package::text, '(none)'),
            jml.caller(), new.request_type USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF new.policy_id IS NOT NULL AND NOT EXISTS (
            SELECT FROM jml.assignment_policy l
            WHERE l.id = new.policy_id AND l.access_package_id = package
              AND (l.enabled OR NOT is_user OR new.assignment_id IS NOT NULL)) THEN
        RAISE EXCEPTION 'access package % has no policy % for role "%"', package, new.policy_id, jml.caller()
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN new;
END
$$;
COMMENT ON FUNCTION jml.request_bind() IS 'Binds the request of a delegate to who that is; refuses what is not its own';
CREATE TRIGGER bind BEFORE INSERT ON jml.assignment_request FOR EACH ROW
    WHEN (current_user <> 'jml_daemon' AND row_security_active('jml.assignment_request')
          AND pg_has_role(current_user, 'jml_delegate', 'USAGE'))
    EXECUTE FUNCTION jml.request_bind();

CREATE FUNCTION jml.approval_bind() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    own text[] := jml.employees_of_caller('approver');
BEGIN
    IF own = '{}' THEN
        RAISE EXCEPTION 'role "%" is no approver: no employee is bound to it', jml.caller()
            USING ERRCODE = 'insufficient_privilege',
                  HINT = 'An operator does that: jmlctl delegation add ROLE --role approver --employee EMPLOYEE.';
    ELSIF jml.current_id(new.approver) = ANY (own) THEN
        new.approver := jml.current_id(new.approver);
    ELSIF nullif(new.approver, '') NOT IN (session_user, jml.caller()) THEN
        RAISE EXCEPTION 'role "%" may not decide in the name of %', jml.caller(), new.approver
            USING ERRCODE = 'insufficient_privilege', HINT = 'jmlctl delegation list tells whose name it has.';
    ELSIF cardinality(own) = 1 THEN
        new.approver := own[1];
    ELSE
        RAISE EXCEPTION 'who decides? role "%" is bound to % employees: give one as approver', jml.caller(),
            cardinality(own) USING ERRCODE = 'insufficient_privilege';
    END IF;
    -- what is not there and what nobody asked about are told by the same words
    IF new.request_id = ANY (jml.requests_to_decide()) IS NOT TRUE
       AND NOT EXISTS (SELECT FROM jml.approval v
                       WHERE v.request_id = new.request_id AND v.approver = ANY (jml.names_of_caller('approver'))) THEN
        RAISE EXCEPTION 'no request % that role "%" was asked to decide', new.request_id, jml.caller()
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN new;
END
$$;
COMMENT ON FUNCTION jml.approval_bind() IS 'Binds the decision of a delegate to the employee that is';
CREATE TRIGGER bind BEFORE INSERT ON jml.approval FOR EACH ROW
    WHEN (current_user <> 'jml_daemon' AND row_security_active('jml.approval')
          AND pg_has_role(current_user, 'jml_delegate', 'USAGE'))
    EXECUTE FUNCTION jml.approval_bind();

CREATE FUNCTION jml.command_bind() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    IF new.kind NOT IN ('request_cancel', 'request_reprocess', 'assignment_reprocess') THEN
        RAISE EXCEPTION 'role "%" may not give the command %', jml.caller(), new.kind
            USING ERRCODE = 'insufficient_privilege';
    ELSIF NOT jml.may_command(new.kind, new.object_id) THEN
        RAISE EXCEPTION 'no % % to which role "%" may do that', split_part(new.kind, '_', 1), new.object_id,
            jml.caller() USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN new;
END
$$;
COMMENT ON FUNCTION jml.command_bind() IS 'Refuses commands of delegates on what is not theirs, in words';
CREATE TRIGGER bind BEFORE INSERT ON jml.command FOR EACH ROW
    WHEN (row_security_active('jml.command') AND pg_has_role(current_user, 'jml_delegate', 'USAGE')
          AND NOT pg_has_role(current_user, 'jml_operator', 'USAGE'))
    EXECUTE FUNCTION jml.command_bind();

-- Access that comes by itself is not for who manages a catalog to promise.
CREATE FUNCTION jml.policy_bind() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    name text := CASE WHEN tg_op = 'DELETE' THEN old.display_name ELSE new.display_name END;
BEGIN
    IF (coalesce(jsonb_typeof(new.document -> 'automaticRequestSettings'), 'null') <> 'null'
        OR coalesce(jsonb_typeof(old.document -> 'automaticRequestSettings'), 'null') <> 'null')
       AND NOT jml.administers() THEN
        RAISE EXCEPTION 'policy "%" assigns automatically: that is for Identity Governance administrators', name
            USING ERRCODE = 'insufficient_privilege',
                  HINT = 'Leave out automaticRequestSettings, or have an operator apply it.';
    END IF;
    RETURN CASE WHEN tg_op = 'DELETE' THEN old ELSE new END;
END
$$;
COMMENT ON FUNCTION jml.policy_bind() IS 'Leaves automatic assignment policies to administrators';
CREATE TRIGGER bind BEFORE INSERT OR UPDATE OR DELETE ON jml.assignment_policy FOR EACH ROW
    WHEN (row_security_active('jml.assignment_policy') AND pg_has_role(current_user, 'jml_delegate', 'USAGE'))
    EXECUTE FUNCTION jml.policy_bind();

-- What is deleted stays so: the row is for the names in what happened.
CREATE FUNCTION jml.package_bind() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    IF old.deleted_at IS NOT NULL THEN
        RAISE EXCEPTION 'access package "%" was deleted', old.display_name USING ERRCODE = 'insufficient_privilege';
    END IF;
    new.deleted_at := CASE WHEN new.deleted_at IS NOT NULL THEN jml.now() END;
    RETURN new;
END
$$;
COMMENT ON FUNCTION jml.package_bind() IS 'Has delegates delete packages now, and for good';
CREATE TRIGGER bind BEFORE UPDATE ON jml.access_package FOR EACH ROW
    WHEN (row_security_active('jml.access_package') AND pg_has_role(current_user, 'jml_delegate', 'USAGE')
          AND NOT pg_has_role(current_user, 'jml_operator', 'USAGE'))
    EXECUTE FUNCTION jml.package_bind();

-- A delegate does not see everybody whom a roll-out concerns.
CREATE FUNCTION jml.rollout_bind() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    new.revision := (SELECT c.revision FROM jml.configuration c);
    new.total := CASE new.kind WHEN 'package' THEN
            (SELECT count(*) FROM jml.assignment a WHERE a.access_package_id = new.object_id AND a.state <> 'expired')
        ELSE (SELECT count(*) FROM jml.person) END;
    new.completed_at := CASE new.total WHEN 0 THEN clock_timestamp() END;
    RETURN new;
END
$$;
COMMENT ON FUNCTION jml.rollout_bind() IS 'Makes roll-outs of delegates about everybody whom they concern';
CREATE TRIGGER bind BEFORE INSERT ON jml.rollout FOR EACH ROW
    WHEN (current_user <> 'jml_daemon' AND row_security_active('jml.rollout')
          AND pg_has_role(current_user, 'jml_delegate', 'USAGE'))
    EXECUTE FUNCTION jml.rollout_bind();

CREATE FUNCTION jml.revision_bind() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    IF new.revision <> old.revision + 1 THEN
        RAISE EXCEPTION 'the revision is counted by ones' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN new;
END
$$;
COMMENT ON FUNCTION jml.revision_bind() IS 'Has delegates count the revision as apply does';
CREATE TRIGGER bind BEFORE UPDATE OF revision ON jml.configuration FOR EACH ROW
    WHEN (current_user <> 'jml_daemon' AND row_security_active('jml.configuration')
          AND pg_has_role(current_user, 'jml_delegate', 'USAGE'))
    EXECUTE FUNCTION jml.revision_bind();

-- ---- delegations name a role that they bind, and are audited

CREATE FUNCTION jml.delegation_check() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    named pg_roles;
BEGIN
    SELECT * INTO named FROM pg_roles r WHERE r.rolname = new.role;
    IF named.rolname IS NULL THEN
        RAISE EXCEPTION 'there is no role "%"', new.role
            USING ERRCODE = 'check_violation', CONSTRAINT = 'delegation_role_exists',
                  HINT = format('CREATE ROLE %I LOGIN IN ROLE jml_delegate makes it.', new.role);
    ELSIF named.rolname LIKE 'jml\_%' OR named.rolsuper OR named.rolbypassrls THEN
        RAISE EXCEPTION 'role "%" cannot be bound: name a login, or a group of logins of your own', new.role
            USING ERRCODE = 'check_violation', CONSTRAINT = 'delegation_role_can_be_bound';
    ELSIF NOT pg_has_role(named.oid, 'jml_delegate', 'MEMBER') THEN
        RAISE EXCEPTION 'role "%" is no member of jml_delegate, so that this would give it nothing', new.role
            USING ERRCODE = 'check_violation', CONSTRAINT = 'delegation_role_is_delegate',
                  HINT = format('GRANT jml_delegate TO %I.', new.role);
    END IF;
    new.created_by := session_user;
    RETURN new;
END
$$;
COMMENT ON FUNCTION jml.delegation_check() IS 'Refuses delegations to roles that they would not bind';
CREATE TRIGGER check_role BEFORE INSERT ON jml.delegation
    FOR EACH ROW EXECUTE FUNCTION jml.delegation_check();

DO $$
DECLARE
    known text := (SELECT pg_get_expr(c.conbin, c.conrelid) FROM pg_constraint c
                   WHERE c.conrelid = 'jml.audit'::regclass AND c.conname = 'audit_object_type_known');
BEGIN
    ALTER TABLE jml.audit DROP CONSTRAINT audit_object_type_known;
    -- wider than before, so that nothing has to be read
    EXECUTE format('ALTER TABLE jml.audit ADD CONSTRAINT audit_object_type_known '
                   'CHECK (%s OR object_type = ''delegation'') NOT VALID', known);
END
$$;

CREATE FUNCTION jml.audit_delegation() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    IF tg_op IN ('UPDATE', 'DELETE') THEN
        INSERT INTO jml.audit (at, actor, object_type, object_id, from_state, to_state, reason, detail)
        VALUES (clock_timestamp(), session_user, 'delegation', old.id::text, 'present', NULL, 'taken back',
            jsonb_strip_nulls(jsonb_build_object('role', old.role, 'delegated_role', old.delegated_role,
                'catalog_id', old.catalog_id, 'employee_id', old.employee_id)));
    END IF;
    IF tg_op IN ('INSERT', 'UPDATE') THEN
        INSERT INTO jml.audit (at, actor, object_type, object_id, from_state, to_state, reason, detail)
        VALUES (clock_timestamp(), session_user, 'delegation', new.id::text, NULL, 'present', 'delegated',
            jsonb_strip_nulls(jsonb_build_object('role', new.role, 'delegated_role', new.delegated_role,
                'catalog_id', new.catalog_id, 'employee_id', new.employee_id)));
    END IF;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION jml.audit_delegation() IS 'Audits who gave and took delegated rights';
CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON jml.delegation
    FOR EACH ROW EXECUTE FUNCTION jml.audit_delegation();

-- Changes of packages and policies by SQL: so far only rows that came or went were audited.
CREATE FUNCTION jml.audit_configuration_change() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    kind   text := tg_argv[0];
    thing  jsonb := to_jsonb(CASE WHEN tg_op = 'DELETE' THEN old ELSE new END);
    object text := thing ->> tg_argv[1];
BEGIN
    IF (CASE kind WHEN 'package' THEN EXISTS (SELECT FROM jml.access_package k WHERE k.id = object::uuid)
             ELSE EXISTS (SELECT FROM jml.assignment_policy l WHERE l.id = object::uuid) END)
       AND NOT EXISTS (SELECT FROM jml.audit a
                       WHERE a.person_id IS NULL AND a.object_id = object AND a.object_type = kind
                         AND a.recorded_at >= now() AND a.actor = session_user) THEN
        INSERT INTO jml.audit (at, actor, object_type, object_id, from_state, to_state, reason)
        VALUES (clock_timestamp(), session_user, kind, object, jml.audit_last_state(kind, object, NULL),
                'present', 'changed by hand');
    END IF;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION jml.audit_configuration_change() IS
    'Audits at COMMIT what was changed of a package or policy, unless its author has just put it on record';

CREATE CONSTRAINT TRIGGER by_hand_change AFTER UPDATE ON jml.access_package
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (current_user <> 'jml_daemon' AND old.* IS DISTINCT FROM new.*)
    EXECUTE FUNCTION jml.audit_configuration_change('package', 'id');
CREATE CONSTRAINT TRIGGER by_hand_change AFTER UPDATE ON jml.assignment_policy
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (current_user <> 'jml_daemon' AND old.* IS DISTINCT FROM new.*)
    EXECUTE FUNCTION jml.audit_configuration_change('policy', 'id');
CREATE CONSTRAINT TRIGGER by_hand_change AFTER INSERT OR UPDATE OR DELETE ON jml.access_package_role
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (current_user <> 'jml_daemon')
    EXECUTE FUNCTION jml.audit_configuration_change('package', 'access_package_id');
CREATE CONSTRAINT TRIGGER by_hand_change AFTER INSERT OR UPDATE OR DELETE ON jml.incompatible_package
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (current_user <> 'jml_daemon')
    EXECUTE FUNCTION jml.audit_configuration_change('package', 'access_package_id');
CREATE CONSTRAINT TRIGGER by_hand_change AFTER INSERT OR UPDATE OR DELETE ON jml.incompatible_group
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (current_user <> 'jml_daemon')
    EXECUTE FUNCTION jml.audit_configuration_change('package', 'access_package_id');

-- ---- views obey the policies of who reads them

DO $$
DECLARE
    made name;
BEGIN
    FOR made IN SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'jml'::regnamespace AND c.relkind = 'v' LOOP
        EXECUTE format('ALTER VIEW jml.%I SET (security_invoker = true)', made);
    END LOOP;
END
$$;

-- ---- grants: what a policy above has a word about, and no more

GRANT SELECT ON jml.delegation TO jml_operator, jml_auditor;
GRANT INSERT (role, delegated_role, catalog_id, employee_id), DELETE ON jml.delegation TO jml_operator;

GRANT USAGE ON SCHEMA jml TO jml_delegate;
GRANT SELECT ON jml.catalog, jml.resource, jml.resource_role, jml.access_package, jml.access_package_role,
    jml.assignment_policy, jml.assignment_policy_version, jml.incompatible_package, jml.incompatible_group,
    jml.exclusion, jml.connected_organization, jml.assignment, jml.assignment_review, jml.assignment_request,
    jml.approval, jml.delivery, jml.command, jml.delegation TO jml_delegate;
GRANT SELECT (id, employee_id, kind, state, zone) ON jml.person TO jml_delegate;
GRANT SELECT (alias, person_id) ON jml.alias TO jml_delegate;
GRANT SELECT (revision, database_id), UPDATE (revision) ON jml.configuration TO jml_delegate;
GRANT SELECT ON jml.assignments, jml.requests, jml.deliveries TO jml_delegate;

GRANT INSERT (id, display_name, description), UPDATE (display_name, description), DELETE
    ON jml.catalog TO jml_delegate;
GRANT INSERT (id, catalog_id, display_name, target, origin),
    UPDATE (catalog_id, display_name, target, origin), DELETE ON jml.resource TO jml_delegate;
GRANT INSERT (id, resource_id, display_name, origin), UPDATE (display_name, origin), DELETE
    ON jml.resource_role TO jml_delegate;
GRANT INSERT (id, catalog_id, display_name, description, hidden),
    UPDATE (catalog_id, display_name, description, hidden, deleted_at), DELETE ON jml.access_package TO jml_delegate;
GRANT INSERT (id, access_package_id, display_name, enabled, document),
    UPDATE (display_name, enabled, document), DELETE ON jml.assignment_policy TO jml_delegate;
GRANT INSERT (policy_id, since, enabled, document) ON jml.assignment_policy_version TO jml_delegate;
GRANT INSERT, DELETE ON jml.access_package_role, jml.incompatible_package, jml.incompatible_group TO jml_delegate;
GRANT INSERT (id, display_name, domains, state, internal_sponsors, external_sponsors),
    UPDATE (display_name, domains, state, internal_sponsors, external_sponsors), DELETE
    ON jml.connected_organization TO jml_delegate;
GRANT INSERT (kind, object_id, revision, total, completed_at) ON jml.rollout TO jml_delegate;
GRANT INSERT (at, actor, object_type, object_id, rule, from_state, to_state, reason, detail)
    ON jml.audit TO jml_delegate;

GRANT INSERT (request_type, access_package_id, policy_id, assignment_id, target_id, target_employee_id,
              target_email, target_name, requestor, justification, answers, starts_at, ends_at, employment)
    ON jml.assignment_request TO jml_delegate;
GRANT INSERT (assignment_id, decision, justification, request_id) ON jml.assignment_review TO jml_delegate;
GRANT INSERT (request_id, stage, approver, decision, justification) ON jml.approval TO jml_delegate;
GRANT INSERT (kind, object_id, employee_id, arguments) ON jml.command TO jml_delegate;
GRANT INSERT (role, delegated_role, catalog_id, employee_id), DELETE ON jml.delegation TO jml_delegate;

GRANT EXECUTE ON FUNCTION jml.now(), jml.canonical(timestamptz), jml.printable(text, integer),
    jml.to_uuid(text), jml.default_time_zone(), jml.current_id(text), jml.ids_of(text),
    jml.migrations_seen() TO jml_delegate;
GRANT EXECUTE ON FUNCTION jml.delegations_of_caller(), jml.administers(), jml.catalogs_of(text),
    jml.packages_of(text), jml.employees_of_caller(text), jml.names_of_caller(text),
    jml.persons_of_caller(), jml.requests_to_decide(), jml.packages_offered(boolean),
    jml.packages_of_own(), jml.may_command(text, text), jml.may_audit(text, text, integer, text, text)
    TO jml_delegate;
GRANT EXECUTE ON FUNCTION jml.name_of(uuid), jml.is_in_excluded(uuid, text), jml.zone_of(text),
    jml.zone_of_mail(text), jml.gift_of(uuid), jml.notices_of(uuid), jml.unknown_names(text[], text[]),
    jml.requests_asked(text) TO jml_operator, jml_auditor, jml_delegate;
-- of documents that the caller has; package_workflow is for who reads workflows, the others need its name
ALTER FUNCTION jml.package_workflow(uuid) SECURITY INVOKER;
GRANT EXECUTE ON FUNCTION jml.package_workflow(uuid), jml.subjects_in_words(jsonb),
    jml.policy_targets_in_words(jsonb), jml.policy_requestors_in_words(jsonb),
    jml.policy_approval_in_words(jsonb), jml.policy_expiration_in_words(jsonb),
    jml.policy_automatic_in_words(jsonb), jml.question_text(jsonb), jml.answers_in_words(jsonb, jsonb)
    TO jml_delegate;

SET LOCAL ROLE NONE;
