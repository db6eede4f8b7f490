-- SPDX-License-Identifier: MIT
-- All workflows in their newest version, by name.
select id, display_name, description, category, enabled, scheduling_enabled, version,
    scheduled_since, document
from jml.workflow
order by display_name collate "C", id;
