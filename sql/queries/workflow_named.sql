-- SPDX-License-Identifier: MIT
-- Is there a workflow of this name or id? $1 name or id.
select exists (select from jml.workflow w
    where w.display_name = $1::text or w.id = jml.to_uuid($1::text));
