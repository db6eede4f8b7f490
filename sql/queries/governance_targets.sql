-- SPDX-License-Identifier: MIT
-- Where access is delivered, and custom task extensions, by name. For who may not read what they
-- say there is governance_target_names.
select id, display_name, kind, document
from jml.target
order by display_name collate "C", id;
