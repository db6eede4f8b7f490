-- SPDX-License-Identifier: MIT
-- All catalogs, by name.
select id, display_name, description
from jml.catalog
order by display_name collate "C", id;
