-- SPDX-License-Identifier: MIT
-- The migrations this database has seen.
select m.number::bigint, m.slug, m.sha256, m.applied_at
from jml.migration m
order by m.number;
