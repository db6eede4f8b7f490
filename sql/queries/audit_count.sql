-- SPDX-License-Identifier: MIT
-- How much jmlctl audit verify went through: rows, objects.
select count(*), count(distinct (a.object_type, a.object_id))
from jml.audit a;
