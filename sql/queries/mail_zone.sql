-- SPDX-License-Identifier: MIT
-- The zone of the person with this mail address, the default one when there is none: $1 address.
select coalesce(jml.zone_of_mail($1::text), jml.default_time_zone());
