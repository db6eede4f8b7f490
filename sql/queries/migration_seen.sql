-- SPDX-License-Identifier: MIT
-- The same as migration_list for who may not read the table: feeds.
select s.number, s.slug, s.sha256, s.applied_at
from jml.migrations_seen() s;
