-- SPDX-License-Identifier: MIT
-- All connected organizations, by name.
select id, display_name, to_jsonb(domains) as domains, state,
    to_jsonb(internal_sponsors) as internal_sponsors,
    to_jsonb(external_sponsors) as external_sponsors
from jml.connected_organization
order by display_name collate "C", id;
