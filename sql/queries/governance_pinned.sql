-- SPDX-License-Identifier: MIT
-- Older versions of workflows: a run keeps the one it started with, and is judged by it.
select v.workflow_id, v.version, v.document
from jml.workflow_version v
join jml.workflow w on w.id = v.workflow_id
where v.version < w.version
order by v.workflow_id, v.version;
