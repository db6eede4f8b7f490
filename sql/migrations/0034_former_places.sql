-- SPDX-License-Identifier: MIT
-- A resource role that leads to another place of its target: what people have at the old one is kept as a role
-- of its own, so that it can be taken away there once they have the new one.

SET LOCAL ROLE jml_owner;

ALTER TABLE jml.resource_role ADD COLUMN former_of uuid;
COMMENT ON COLUMN jml.resource_role.former_of IS
    'The role that led to this place before; its origin is whole then, without that of the resource. Such a role '
    'is in no document, and in no package: who has it gets the other one, and loses it';

-- As origins of resources and roles go together: a merge patch (RFC 7396).
CREATE FUNCTION jml.merge_patch(target jsonb, patch jsonb) RETURNS jsonb
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    merged jsonb := CASE WHEN jsonb_typeof(target) = 'object' THEN target ELSE '{}' END;
    k text;
    v jsonb;
BEGIN
    IF jsonb_typeof(patch) <> 'object' THEN
        RETURN patch;
    END IF;
    FOR k, v IN SELECT e.key, e.value FROM jsonb_each(patch) e LOOP
        merged := merged - k || CASE WHEN v = 'null' THEN '{}'
                                     ELSE jsonb_build_object(k, jml.merge_patch(merged -> k, v)) END;
    END LOOP;
    RETURN merged;
END
$$;
COMMENT ON FUNCTION jml.merge_patch(jsonb, jsonb) IS 'RFC 7396';

CREATE FUNCTION jml.keep_former_place(role_id uuid, was jsonb, becomes jsonb) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    former uuid := gen_random_uuid();
    used   uuid[];
BEGIN
    IF was = becomes THEN
        RETURN;
    END IF;
    PERFORM pg_advisory_xact_lock(4740001); -- no batch of people is under way
    used := ARRAY(SELECT DISTINCT a.access_package_id FROM jml.assignment a
                  WHERE a.state <> 'expired' AND a.roles ? role_id::text);
    IF used = '{}' AND NOT EXISTS (
            SELECT FROM jml.delivery d
            WHERE d.due_at IS NOT NULL AND d.resource_role_id = role_id AND d.action = 'revoke') THEN
        RETURN;
    END IF;
    INSERT INTO jml.resource_role (id, resource_id, display_name, origin, former_of)
    SELECT former, r.resource_id,
           format('%s (until %s, %s)', r.display_name, jml.canonical(date_trunc('second', jml.now())),
                  left(former::text, 8)),
           was, r.id
    FROM jml.resource_role r
    WHERE r.id = role_id;
    UPDATE jml.delivery d SET resource_role_id = former
    FROM jml.assignment a
    WHERE a.id = d.assignment_id AND a.state <> 'expired' AND a.roles ? role_id::text
      AND d.resource_role_id = role_id AND d.seq IS NOT NULL;
    UPDATE jml.delivery d SET resource_role_id = former
    WHERE d.due_at IS NOT NULL AND d.resource_role_id = role_id AND d.action = 'revoke';
    UPDATE jml.assignment a
    SET roles = (SELECT jsonb_agg(CASE WHEN e.v = to_jsonb(role_id::text) THEN to_jsonb(former::text) ELSE e.v END
                                  ORDER BY e.n)
                 FROM jsonb_array_elements(a.roles) WITH ORDINALITY e (v, n))
    WHERE a.state <> 'expired' AND a.roles ? role_id::text;
    INSERT INTO jml.rollout (kind, object_id, revision, total)
    SELECT 'package', u.id, (SELECT c.revision + 1 FROM jml.configuration c),
           (SELECT count(*) FROM jml.assignment a WHERE a.access_package_id = u.id AND a.state <> 'expired')
    FROM unnest(used) u (id);
END
$$;
COMMENT ON FUNCTION jml.keep_former_place(uuid, jsonb, jsonb) IS
    'What people have of the role is a former place from now on, which they have in its stead';

CREATE FUNCTION jml.resource_role_moves() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    base jsonb;
BEGIN
    SELECT coalesce(s.origin, '{}') INTO base FROM jml.resource s WHERE s.id = new.resource_id AND s.target <> 'record';
    IF FOUND THEN
        PERFORM jml.keep_former_place(new.id, jml.merge_patch(base, coalesce(old.origin, '{}')),
                                      jml.merge_patch(base, coalesce(new.origin, '{}')));
    END IF;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION jml.resource_role_moves() IS 'A role leads to another place: what people have there is kept';
CREATE TRIGGER moves AFTER UPDATE OF origin ON jml.resource_role FOR EACH ROW
    WHEN (old.origin IS DISTINCT FROM new.origin AND new.former_of IS NULL)
    EXECUTE FUNCTION jml.resource_role_moves();

CREATE FUNCTION jml.resource_moves() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    PERFORM jml.keep_former_place(r.id, jml.merge_patch(coalesce(old.origin, '{}'), coalesce(r.origin, '{}')),
                                  jml.merge_patch(coalesce(new.origin, '{}'), coalesce(r.origin, '{}')))
    FROM jml.resource_role r
    WHERE r.resource_id = new.id AND r.former_of IS NULL;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION jml.resource_moves() IS 'All roles of a resource lead to other places';
CREATE TRIGGER moves AFTER UPDATE OF origin ON jml.resource FOR EACH ROW
    WHEN (old.origin IS DISTINCT FROM new.origin AND old.target = new.target AND new.target <> 'record')
    EXECUTE FUNCTION jml.resource_moves();

SET LOCAL ROLE NONE;
