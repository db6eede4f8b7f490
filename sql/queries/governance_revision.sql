-- SPDX-License-Identifier: MIT
-- The revision of the configuration, and the database it belongs to.
select revision, database_id
from jml.configuration;
