-- SPDX-License-Identifier: MIT
-- What targets there are, for who has delegated rights: a name to point at, not what it says.
select id, display_name, kind, null::jsonb as document
from jml.target
order by display_name collate "C", id;
