-- SPDX-License-Identifier: MIT
-- What is inserted (events, commands), the people it is about, and the queue between.
-- There are no foreign keys here: an insert must never wait for the lock of a person.

SET LOCAL ROLE jml_owner;

CREATE TABLE jml.event (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    source       text NOT NULL DEFAULT 'sql',
    source_ref   text,
    batch        text,
    kind         text NOT NULL,
    employee_id  text NOT NULL,
    employment   text NOT NULL DEFAULT 'main',
    effective_at timestamptz,
    effective_on date,
    sequence     bigint,
    attributes   jsonb NOT NULL DEFAULT '{}',
    supersedes   text,
    state        text NOT NULL DEFAULT 'pending',
    error        text,
    time_zone    text DEFAULT jml.default_time_zone(),
    received_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    done_at      timestamptz,
    CONSTRAINT event_source_ref_once UNIQUE (source, source_ref),
    CONSTRAINT event_kind_known CHECK (kind IN ('joiner', 'mover', 'leaver', 'rescind')),
    CONSTRAINT event_state_known
        CHECK (state IN ('pending', 'held', 'done', 'superseded', 'rejected')),
    CONSTRAINT event_employee_id_sane CHECK (jml.printable(employee_id, 256)),
    CONSTRAINT event_source_sane CHECK (jml.printable(source, 64)),
    CONSTRAINT event_source_ref_sane CHECK (jml.printable(source_ref, 256)),
    CONSTRAINT event_batch_sane CHECK (jml.printable(batch, 256)),
    CONSTRAINT event_employment_sane CHECK (jml.printable(employment, 64)),
    CONSTRAINT event_employment_star_is_for_leavers
        CHECK (employment <> '*' OR kind IN ('leaver', 'rescind')),
    CONSTRAINT event_supersedes_sane CHECK (jml.printable(supersedes, 256)),
    CONSTRAINT event_supersedes_another CHECK (supersedes <> source_ref),
    CONSTRAINT event_rescind_names_its_target CHECK (kind <> 'rescind' OR supersedes IS NOT NULL),
    CONSTRAINT event_attributes_object CHECK (jsonb_typeof(attributes) = 'object'),
    CONSTRAINT event_attributes_size CHECK (octet_length(attributes::text) <= 65536),
    CONSTRAINT event_attributes_depth CHECK (NOT jsonb_path_exists(attributes,
        'strict $.**{32} ? (@.type() == "object" || @.type() == "array")')),
    CONSTRAINT event_one_date CHECK (CASE num_nonnulls(effective_at, effective_on)
        WHEN 1 THEN true
        WHEN 0 THEN kind = 'rescind' OR (kind = 'leaver' AND attributes @> '{"immediate": true}')
        ELSE false END),
    CONSTRAINT event_date_sane CHECK (
        effective_at >= '1900-01-01 00:00:00+00' AND effective_at < '2201-01-01 00:00:00+00'),
    CONSTRAINT event_day_sane CHECK (effective_on BETWEEN '1900-01-01' AND '2200-12-31')
) WITH (autovacuum_vacuum_threshold = 50000, autovacuum_vacuum_scale_factor = 0);
CREATE INDEX event_by_employee ON jml.event (employee_id, id);

COMMENT ON TABLE jml.event IS
    'What HR says: joiners, movers, leavers, and withdrawals of earlier events. Facts, never '
    'changed after their receipt. INSERT here; read state and error for the outcome';
COMMENT ON COLUMN jml.event.id IS 'Order of receipt';
COMMENT ON COLUMN jml.event.source IS 'The feed it comes from; see table source';
COMMENT ON COLUMN jml.event.source_ref IS 'The feed''s own key: with it the same event is taken only once';
COMMENT ON COLUMN jml.event.batch IS 'The feed''s name of the file or run, to list and hold together';
COMMENT ON COLUMN jml.event.kind IS 'joiner, mover, leaver, or rescind (withdraws the event "supersedes" names)';
COMMENT ON COLUMN jml.event.employee_id IS 'Who: 1 to 256 printable characters without outer blanks';
COMMENT ON COLUMN jml.event.employment IS 'Which of a person''s jobs; * in a leaver: all of them';
COMMENT ON COLUMN jml.event.effective_at IS 'When it is true, as an instant; or else effective_on';
COMMENT ON COLUMN jml.event.effective_on IS
    'When it is true, as a day in the person''s zone: the first day, of a leaver the last with access';
COMMENT ON COLUMN jml.event.sequence IS 'Order of the feed''s events of one instant';
COMMENT ON COLUMN jml.event.attributes IS
    'What changes, as a JSON object (merge patch, RFC 7396), at most 64 kB and 32 levels';
COMMENT ON COLUMN jml.event.supersedes IS 'source_ref of the event of this source that this one corrects or withdraws';
COMMENT ON COLUMN jml.event.state IS
    'pending; held (waits for an operator); done (part of the person''s time line, also when it '
    'takes effect later); superseded; rejected (see error)';
COMMENT ON COLUMN jml.event.error IS 'Starts with a stable code; of done events a warning';
COMMENT ON COLUMN jml.event.time_zone IS 'The default zone as configured at receipt, used if no event of the person names one';
COMMENT ON COLUMN jml.event.received_at IS 'When we learned it, by the database''s real clock';
COMMENT ON COLUMN jml.event.done_at IS 'When it left pending or held for good';

CREATE TABLE jml.person (
    id          uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    employee_id text NOT NULL CONSTRAINT person_employee_id_once UNIQUE
        CONSTRAINT person_employee_id_sane CHECK (jml.printable(employee_id, 256)),
    kind        text NOT NULL DEFAULT 'employee'
        CONSTRAINT person_kind_known CHECK (kind IN ('employee', 'external')),
    state       text NOT NULL DEFAULT 'unknown' CONSTRAINT person_state_known
        CHECK (state IN ('unknown', 'prehire', 'active', 'suspended', 'left', 'external')),
    attributes  jsonb NOT NULL DEFAULT '{}',
    employments jsonb NOT NULL DEFAULT '[]',
    zone        text,
    hired_at    timestamptz,
    leaves_at   timestamptz,
    due_at      timestamptz,
    removal_at  timestamptz,
    held_at     timestamptz,
    held_reason text,
    created_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at  timestamptz
) WITH (autovacuum_vacuum_threshold = 50000, autovacuum_vacuum_scale_factor = 0);
CREATE INDEX person_due ON jml.person (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX person_removal ON jml.person (removal_at) WHERE removal_at IS NOT NULL;
CREATE INDEX person_held ON jml.person (held_at) WHERE held_at IS NOT NULL;

COMMENT ON TABLE jml.person IS 'People as the events describe them at this moment: made from them, never edited';
COMMENT ON COLUMN jml.person.id IS 'Key used by all other tables';
COMMENT ON COLUMN jml.person.employee_id IS 'Key used by HR';
COMMENT ON COLUMN jml.person.kind IS 'employee, or external (came by e-mail, no HR record)';
COMMENT ON COLUMN jml.person.state IS
    'unknown (named by something, no joiner yet), prehire, active, suspended, left, external';
COMMENT ON COLUMN jml.person.attributes IS 'Attributes of the primary employment, now';
COMMENT ON COLUMN jml.person.employments IS 'Array of {employment, start, end, attributes}';
COMMENT ON COLUMN jml.person.zone IS 'Last known time zone';
COMMENT ON COLUMN jml.person.hired_at IS 'Start of the current or next employment period';
COMMENT ON COLUMN jml.person.leaves_at IS 'End of the last one, if known';
COMMENT ON COLUMN jml.person.due_at IS 'Earliest instant at which anything about this person needs attention';
COMMENT ON COLUMN jml.person.removal_at IS 'Earliest instant at which something must be taken away; goes before all other work';
COMMENT ON COLUMN jml.person.held_at IS 'Since when nothing is done for this person; jmlctl person release';
COMMENT ON COLUMN jml.person.held_reason IS 'Why';
COMMENT ON COLUMN jml.person.created_at IS 'When the person was first named';
COMMENT ON COLUMN jml.person.updated_at IS 'Logical instant of the last change';

CREATE TABLE jml.command (
    id          uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    kind        text NOT NULL CONSTRAINT command_kind_known CHECK (kind IN (
        'event_retry', 'event_hold', 'event_release', 'person_hold', 'person_release',
        'workflow_run', 'workflow_enable', 'workflow_disable',
        'run_cancel', 'run_retry', 'run_release', 'request_cancel')),
    object_id   text NOT NULL CONSTRAINT command_object_id_sane CHECK (jml.printable(object_id, 256)),
    employee_id text CONSTRAINT command_employee_id_sane CHECK (jml.printable(employee_id, 256)),
    arguments   jsonb NOT NULL DEFAULT '{}'
        CONSTRAINT command_arguments_object CHECK (jsonb_typeof(arguments) = 'object')
        CONSTRAINT command_arguments_size CHECK (octet_length(arguments::text) <= 65536),
    actor       text NOT NULL DEFAULT session_user,
    state       text NOT NULL DEFAULT 'pending'
        CONSTRAINT command_state_known CHECK (state IN ('pending', 'done', 'refused')),
    error       text,
    created_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    done_at     timestamptz
);
COMMENT ON TABLE jml.command IS 'What operators want done; the daemon does it. jmlctl inserts here';
COMMENT ON COLUMN jml.command.id IS 'Key';
COMMENT ON COLUMN jml.command.kind IS 'The noun and what to do with it';
COMMENT ON COLUMN jml.command.object_id IS
    'Id of the event, workflow, run or request; for person_hold and person_release an employee_id';
COMMENT ON COLUMN jml.command.employee_id IS
    'Whom it concerns: found from the object, given for workflow_run, empty for workflow_enable and _disable';
COMMENT ON COLUMN jml.command.arguments IS 'Further words of the command';
COMMENT ON COLUMN jml.command.actor IS 'The role that gave it';
COMMENT ON COLUMN jml.command.state IS 'pending, done, refused (see error)';
COMMENT ON COLUMN jml.command.error IS 'Why it was refused; starts with a stable code';
COMMENT ON COLUMN jml.command.created_at IS 'When it was given';
COMMENT ON COLUMN jml.command.done_at IS 'When it was done or refused';

CREATE TABLE jml.queue (
    class       smallint NOT NULL,
    id          bigint NOT NULL DEFAULT nextval('jml.event_id_seq'),
    kind        text NOT NULL CONSTRAINT queue_kind_known
        CHECK (kind IN ('event', 'request', 'approval', 'command', 'wake', 'delivery')),
    employee_id text,
    object_id   uuid,
    PRIMARY KEY (class, id)
) WITH (autovacuum_vacuum_threshold = 20000, autovacuum_vacuum_scale_factor = 0,
        autovacuum_vacuum_cost_delay = 0);
CREATE INDEX queue_by_employee ON jml.queue (employee_id) WHERE kind <> 'event';
COMMENT ON TABLE jml.queue IS
    'What waits for the daemon: filled by the inserts themselves, emptied when done. Small and hot; '
    'the lasting rows are elsewhere';
COMMENT ON COLUMN jml.queue.class IS
    '0: leavers, withdrawals, removals; 1: everything else that was inserted; 3: roll-outs';
COMMENT ON COLUMN jml.queue.id IS 'Of kind event the event''s id, else a number of the same sequence';
COMMENT ON COLUMN jml.queue.kind IS 'event, request, approval, command, wake (look at the person), delivery (a result)';
COMMENT ON COLUMN jml.queue.employee_id IS 'Whom to lock; empty for commands on a whole workflow';
COMMENT ON COLUMN jml.queue.object_id IS 'The request, approval, command or delivery';

CREATE TABLE jml.daemon (
    id             uuid PRIMARY KEY,
    name           text NOT NULL,
    started_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    seen_at        timestamptz NOT NULL DEFAULT clock_timestamp(),
    sleeping_until timestamptz,
    revision       bigint,
    version        text
) WITH (fillfactor = 50);
COMMENT ON TABLE jml.daemon IS 'One row for each running daemon';
COMMENT ON COLUMN jml.daemon.id IS 'Made at its start';
COMMENT ON COLUMN jml.daemon.name IS 'Host and process';
COMMENT ON COLUMN jml.daemon.started_at IS 'When it started';
COMMENT ON COLUMN jml.daemon.seen_at IS 'When it last wrote this row';
COMMENT ON COLUMN jml.daemon.sleeping_until IS 'While this lies ahead, an insert wakes it by NOTIFY jml';
COMMENT ON COLUMN jml.daemon.revision IS 'The configuration it works with';
COMMENT ON COLUMN jml.daemon.version IS 'Version of the program';

SET LOCAL ROLE NONE;
