-- SPDX-License-Identifier: MIT
-- All resources, by name.
select id, catalog_id, display_name, target, origin
from jml.resource
order by display_name collate "C", id;
