-- SPDX-License-Identifier: MIT
-- Older versions of workflows that runs still need: a run keeps the one it started with. Asked by
-- version, which are few, and not by run.
select v.workflow_id, v.version, v.document
from jml.workflow_version v
join jml.workflow w on w.id = v.workflow_id
where v.version < w.version
  and exists (select from jml.run r
              where r.workflow_id = v.workflow_id
                and r.version = v.version
                and r.state in ('held', 'inProgress', 'failed', 'completedWithErrors'))
order by v.workflow_id, v.version;
