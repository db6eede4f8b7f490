-- SPDX-License-Identifier: MIT
-- All assignment policies, by name.
select id, access_package_id, display_name, enabled, document
from jml.assignment_policy
order by display_name collate "C", id;
