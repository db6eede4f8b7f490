-- SPDX-License-Identifier: MIT
-- What targets there are, for who has delegated rights: a name to point at, not what it says.
select t.id, t.display_name, t.kind, null::jsonb as document
from jml.target_names() as t
order by t.display_name collate "C", t.id;
