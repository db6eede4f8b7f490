-- SPDX-License-Identifier: MIT
-- Runs that may go on with the version they started with: reading the configuration asks which old
-- versions they still need.

SET LOCAL ROLE jml_owner;

CREATE INDEX run_pinned ON jml.run (workflow_id, version)
    WHERE state IN ('held', 'inProgress', 'failed', 'completedWithErrors');

SET LOCAL ROLE NONE;
