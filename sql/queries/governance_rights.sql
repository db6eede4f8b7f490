-- SPDX-License-Identifier: MIT
-- May the caller read workflows, and what targets say? Who has delegated rights works with the rest.
select has_table_privilege('jml.workflow', 'select') as workflows,
    jml.reads_targets() as targets;
