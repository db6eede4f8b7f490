-- SPDX-License-Identifier: MIT
-- All resource roles, by name.
select id, resource_id, display_name, origin, former_of
from jml.resource_role
order by display_name collate "C", id;
