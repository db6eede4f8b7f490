-- SPDX-License-Identifier: MIT
-- Requests and decisions with a value that cannot be used are kept and refused in their row, with the
-- reason: what one row says wrong must not lose the others of its INSERT. What of the value cannot be
-- kept is left out. And who waits for approval is looked at when the stages of the policy change.

SET LOCAL ROLE jml_owner;

ALTER TABLE jml.assignment_request DROP CONSTRAINT request_type_known;
ALTER TABLE jml.assignment_request ADD CONSTRAINT request_type_known CHECK (
    request_type IN ('userAdd', 'userUpdate', 'userRemove', 'adminAdd', 'adminUpdate', 'adminRemove',
                     'systemAdd', 'systemUpdate', 'systemRemove', 'approverRemove')
    OR state = 'denied' AND octet_length(request_type) <= 64) NOT VALID;
ALTER TABLE jml.approval DROP CONSTRAINT approval_decision_known;
ALTER TABLE jml.approval ADD CONSTRAINT approval_decision_known CHECK (
    decision IN ('approve', 'deny') OR state = 'refused' AND octet_length(decision) <= 64) NOT VALID;

CREATE FUNCTION jml.request_admit() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    IF coalesce(new.request_type, '') NOT IN ('userAdd', 'userUpdate', 'userRemove', 'adminAdd', 'adminUpdate',
            'adminRemove', 'systemAdd', 'systemUpdate', 'systemRemove', 'approverRemove') THEN
        new.request_type := left(coalesce(new.request_type, ''), 16);
        new.error := 'bad_request_type: request_type is none of userAdd, userUpdate, userRemove, adminAdd, '
            'adminUpdate, adminRemove, approverRemove';
    END IF;
    IF NOT jml.printable(new.target_employee_id, 256) THEN
        new.target_employee_id := NULL;
        new.error := 'bad_target: target_employee_id is not 1 to 256 printable characters without outer blanks';
    END IF;
    IF new.target_email !~ '^[^@[:space:][:cntrl:],;:<>()\[\]\\"]+@[^@[:space:][:cntrl:],;:<>()\[\]\\"]+$'
       OR octet_length(new.target_email) > 254 THEN
        new.target_email := NULL;
        new.error := 'bad_email: target_email is no mail address of at most 254 bytes, name@domain alone';
    END IF;
    IF NOT jml.printable(new.target_name, 256) THEN
        new.target_name := NULL;
        new.error := 'bad_name: target_name is not 1 to 256 printable characters without outer blanks';
    END IF;
    IF octet_length(new.requestor) > 256 THEN
        new.requestor := session_user;
        new.error := 'bad_requestor: requestor is longer than 256 bytes';
    END IF;
    IF octet_length(new.justification) > 8192 THEN
        new.justification := left(new.justification, 2048);
        new.error := 'too_long: justification is longer than 8192 bytes; its beginning is kept';
    END IF;
    IF octet_length(new.answers::text) > 65536 THEN
        new.answers := NULL;
        new.error := 'too_long: answers are longer than 65536 bytes';
    END IF;
    IF new.starts_at < '1900-01-01 00:00:00+00' OR new.starts_at >= '2201-01-01 00:00:00+00' THEN
        new.starts_at := NULL;
        new.error := 'bad_start: starts_at is not of the years 1900 to 2200';
    END IF;
    IF new.ends_at < '1900-01-01 00:00:00+00' OR new.ends_at >= '2201-01-01 00:00:00+00' THEN
        new.ends_at := NULL;
        new.error := 'bad_end: ends_at is not of the years 1900 to 2200';
    END IF;
    RETURN new;
END
$$;
COMMENT ON FUNCTION jml.request_admit() IS 'Leaves out values that cannot be kept, and says which; request_complete denies then';

CREATE FUNCTION jml.approval_admit() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    IF nullif(new.approver, '') IS NULL THEN
        new.approver := session_user;
    ELSIF NOT jml.printable(new.approver, 256) THEN
        new.approver := session_user;
        new.error := 'bad_approver: approver is not 1 to 256 printable characters without outer blanks';
    END IF;
    IF coalesce(new.decision, '') NOT IN ('approve', 'deny') THEN
        new.decision := left(coalesce(new.decision, ''), 16);
        new.error := 'bad_decision: decision is neither approve nor deny';
    END IF;
    IF new.stage IS NULL OR new.stage NOT BETWEEN 0 AND 99 THEN
        new.stage := 0;
        new.error := 'bad_stage: stage is not 0 to 99; 0, or none, is the stage it waits in';
    END IF;
    IF octet_length(new.justification) > 8192 THEN
        new.justification := left(new.justification, 2048);
        new.error := 'too_long: justification is longer than 8192 bytes; its beginning is kept';
    END IF;
    IF new.request_id IS NULL THEN
        new.request_id := '00000000-0000-0000-0000-000000000000';
        new.error := 'no_request: the decision names no request';
    END IF;
    RETURN new;
END
$$;
COMMENT ON FUNCTION jml.approval_admit() IS 'Leaves out values that cannot be kept, and says which; approval_complete refuses then';

-- By their names, before "bind" and "complete".
CREATE TRIGGER admit BEFORE INSERT ON jml.assignment_request FOR EACH ROW
    WHEN (current_user <> 'jml_daemon') EXECUTE FUNCTION jml.request_admit();
CREATE TRIGGER admit BEFORE INSERT ON jml.approval FOR EACH ROW
    WHEN (current_user <> 'jml_daemon') EXECUTE FUNCTION jml.approval_admit();

-- ---- other stages of a policy

CREATE FUNCTION jml.policy_wake() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    INSERT INTO jml.queue (class, kind, employee_id)
    SELECT DISTINCT 1, 'wake', p.employee_id
    FROM jml.assignment_request r JOIN jml.person p ON p.id = r.target_id
    WHERE r.access_package_id = new.access_package_id AND r.policy_id = new.id AND r.state = 'pendingApproval';
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION jml.policy_wake() IS 'Has the requests looked at that wait in a stage which may be gone';
CREATE TRIGGER wake AFTER UPDATE OF document ON jml.assignment_policy FOR EACH ROW
    WHEN (old.document -> 'requestApprovalSettings' IS DISTINCT FROM new.document -> 'requestApprovalSettings')
    EXECUTE FUNCTION jml.policy_wake();

SET LOCAL ROLE NONE;
