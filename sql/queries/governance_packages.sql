-- SPDX-License-Identifier: MIT
-- All access packages, by name.
select id, catalog_id, display_name, description, hidden
from jml.access_package
order by display_name collate "C", id;
