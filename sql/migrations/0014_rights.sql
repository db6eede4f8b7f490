-- SPDX-License-Identifier: MIT
-- Rights, narrower: who may call our functions, and what one may say in the audit.

SET LOCAL ROLE jml_owner;

-- ---- functions

-- A function is open to everybody unless one says otherwise, and one with the owner's rights can be
-- made the trigger of a table of one's own. Triggers that exist ask for no right.
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA jml FROM PUBLIC;

-- what CHECKs, defaults, policies and queries call
GRANT EXECUTE ON FUNCTION jml.now(), jml.canonical(timestamptz), jml.printable(text, integer),
    jml.to_uuid(text), jml.default_time_zone() TO jml_daemon, jml_feed, jml_operator, jml_auditor;
GRANT EXECUTE ON FUNCTION jml.sources_of_others(name, name),
    jml.event_differences(text, text, text, text, text, timestamptz, date, bigint, jsonb, text)
    TO jml_feed;
GRANT EXECUTE ON FUNCTION jml.last_said(jsonb), jml.audit_last_state(text, text, uuid)
    TO jml_daemon, jml_operator, jml_auditor;

-- ---- the audit: the order of its rows and when they were written is not for anybody to say

REVOKE INSERT ON jml.audit FROM jml_daemon, jml_operator;
GRANT INSERT (at, actor, object_type, object_id, person_id, employee_id, rule, from_state, to_state,
              reason, detail, event_id, run_id, request_id) ON jml.audit TO jml_daemon;
GRANT INSERT (at, actor, object_type, object_id, rule, from_state, to_state, reason, detail)
    ON jml.audit TO jml_operator;

SET LOCAL ROLE NONE;
