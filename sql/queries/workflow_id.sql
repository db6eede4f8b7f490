-- SPDX-License-Identifier: MIT
-- The id of a workflow: $1 name or id.
select w.id::text
from jml.workflow w
where w.display_name = $1::text
    or (w.id = jml.to_uuid($1::text)
        and not exists (select from jml.workflow o where o.display_name = $1::text));
