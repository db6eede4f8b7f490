-- SPDX-License-Identifier: MIT
-- The catalog that is meant: $1 name or id.
select c.id::text
from jml.catalog c
where c.display_name = $1::text
    or (c.id = jml.to_uuid($1::text)
        and not exists (select from jml.catalog o where o.display_name = $1::text));
