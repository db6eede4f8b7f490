-- SPDX-License-Identifier: MIT
-- The revision of the configuration.
select revision
from jml.configuration;
