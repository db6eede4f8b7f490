-- SPDX-License-Identifier: MIT
-- May the caller read workflows? Who has delegated rights works with the rest.
select has_table_privilege('jml.workflow', 'select');
