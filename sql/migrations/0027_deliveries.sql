-- SPDX-License-Identifier: MIT
-- Access that is delivered to targets. A row of jml.delivery is what one call has to bring about; it is
-- open as long as due_at is set. The people flow inserts them, the delivery flow alone changes them, and
-- tells the person by a row of jml.queue.

SET LOCAL ROLE jml_owner;

CREATE TABLE jml.target (
    id           uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    display_name text NOT NULL CONSTRAINT target_display_name_once UNIQUE
        CONSTRAINT target_not_record CHECK (display_name <> 'record'),
    kind         text NOT NULL CONSTRAINT target_kind_known CHECK (kind IN (
        'null', 'manual', 'exec', 'sql', 'webhook', 'scim', 'ldap', 'extension')),
    document     jsonb NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE jml.target IS 'Systems that access is delivered to, and custom task extensions; secrets are in files, not here';
COMMENT ON COLUMN jml.target.id IS 'Key';
COMMENT ON COLUMN jml.target.display_name IS 'Name, used in documents: a resource''s target';
COMMENT ON COLUMN jml.target.kind IS 'null, manual, exec, sql, webhook, scim, ldap; extension: a custom task extension';
COMMENT ON COLUMN jml.target.document IS 'As apply took it, in normal form';
COMMENT ON COLUMN jml.target.created_at IS 'When it came';

CREATE SEQUENCE jml.delivery_seq AS bigint;

ALTER TABLE jml.delivery ALTER COLUMN assignment_id DROP NOT NULL;
ALTER TABLE jml.delivery ALTER COLUMN resource_role_id DROP NOT NULL;
ALTER TABLE jml.delivery DROP CONSTRAINT delivery_action_known;
ALTER TABLE jml.delivery ADD CONSTRAINT delivery_action_known CHECK (action IN (
    'grant', 'revoke', 'revokeAll', 'enableAccount', 'disableAccount', 'deleteAccount', 'updateAccount',
    'setPassword', 'revokeTokens', 'call')) NOT VALID;
ALTER TABLE jml.delivery
    ADD COLUMN target    text NOT NULL DEFAULT 'record',
    ADD COLUMN seq       bigint,
    ADD COLUMN run_id    uuid,
    ADD COLUMN position  integer,
    ADD COLUMN arguments jsonb,
    ADD COLUMN account   text,
    ADD COLUMN lease_by  uuid,
    ADD COLUMN token     text;
COMMENT ON COLUMN jml.delivery.action IS
    'grant, revoke; of tasks also revokeAll, enableAccount, disableAccount, deleteAccount, updateAccount, '
    'setPassword, revokeTokens, call';
COMMENT ON COLUMN jml.delivery.target IS 'Where: a name of jml.target, or record';
COMMENT ON COLUMN jml.delivery.seq IS 'Order of what goes to one account of one target; empty: by record';
COMMENT ON COLUMN jml.delivery.run_id IS 'The run whose task waits for it';
COMMENT ON COLUMN jml.delivery.position IS 'Which of its tasks';
COMMENT ON COLUMN jml.delivery.arguments IS 'Of the action; no secrets';
COMMENT ON COLUMN jml.delivery.account IS 'What the target calls the account';
COMMENT ON COLUMN jml.delivery.lease_by IS 'The daemon that has it in hand';
COMMENT ON COLUMN jml.delivery.token IS 'Digest of what a call-back has to bring';

-- Open ones only: by record there are none.
DROP INDEX jml.delivery_due;
CREATE INDEX delivery_due ON jml.delivery (target, due_at, seq) WHERE due_at IS NOT NULL;
CREATE INDEX delivery_open ON jml.delivery (person_id, target, seq) WHERE due_at IS NOT NULL;
-- What the person's accounts are called, and what of the person is still to be told.
CREATE INDEX delivery_outward ON jml.delivery (person_id, seq) WHERE seq IS NOT NULL;

CREATE OR REPLACE VIEW jml.deliveries WITH (security_invoker = true) AS
SELECT d.id, p.employee_id, k.display_name AS access_package, s.display_name AS resource,
       o.display_name AS role, d.target, d.action, d.state, d.attempts, d.due_at, d.confirmed_at,
       d.error
FROM jml.delivery d
LEFT JOIN jml.person p ON p.id = d.person_id
LEFT JOIN jml.assignment a ON a.id = d.assignment_id
LEFT JOIN jml.access_package k ON k.id = a.access_package_id
LEFT JOIN jml.resource_role o ON o.id = d.resource_role_id
LEFT JOIN jml.resource s ON s.id = o.resource_id;

GRANT SELECT ON jml.target TO jml_daemon, jml_operator, jml_auditor;
GRANT INSERT, UPDATE, DELETE ON jml.target TO jml_operator;
GRANT USAGE ON SEQUENCE jml.delivery_seq TO jml_daemon;

SET LOCAL ROLE NONE;
