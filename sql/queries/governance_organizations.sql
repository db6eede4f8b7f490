-- SPDX-License-Identifier: MIT
-- All connected organizations, by name.
select id, display_name, to_jsonb(domains) as domains
from jml.connected_organization
order by display_name collate "C", id;
