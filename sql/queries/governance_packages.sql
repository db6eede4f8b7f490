-- SPDX-License-Identifier: MIT
-- All access packages but the deleted ones, by name.
select id, catalog_id, display_name, description, hidden
from jml.access_package
where deleted_at is null
order by display_name collate "C", id;
