-- SPDX-License-Identifier: MIT
-- The default time zone is recorded with each event at its receipt. $1: IANA name.
update jml.configuration
set default_time_zone = $1::text
where default_time_zone <> $1::text;
