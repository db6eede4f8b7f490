-- SPDX-License-Identifier: MIT
-- jmlctl workflow list.
select w.display_name, w.category, w.enabled, w.scheduling_enabled, w.version, w.description,
    w.created_at, w.updated_at, w.id
from jml.workflow w
order by w.display_name;
