-- SPDX-License-Identifier: MIT
-- What gave and took packages, kept so that a correction can be counted through: effects of runs whose
-- cause is gone do not count, direct requests keep their place among them.

SET LOCAL ROLE jml_owner;

ALTER TABLE jml.run
    ADD COLUMN fact text,
    ADD COLUMN withdrawn_at timestamptz;
COMMENT ON COLUMN jml.run.fact IS
    'what the cause is about, whatever its date: p and the event of a hire, e and that of a change';
COMMENT ON COLUMN jml.run.withdrawn_at IS
    'when the cause went away after the run: its effects do not count; null: they do';

ALTER TABLE jml.assignment_request
    ADD COLUMN effective_at timestamptz,
    ADD COLUMN effective_until timestamptz;
COMMENT ON COLUMN jml.assignment_request.effective_at IS
    'the place of a granted direct request among the effects of runs; null: it has none';
COMMENT ON COLUMN jml.assignment_request.effective_until IS 'the end it set; null: none';

CREATE INDEX assignment_request_effective ON jml.assignment_request (target_id)
    WHERE effective_at IS NOT NULL;

-- All versions of a workflow are read now: runs are judged by the one they are pinned to.
DROP INDEX jml.run_pinned;

SET LOCAL ROLE NONE;
