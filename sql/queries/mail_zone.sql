-- SPDX-License-Identifier: MIT
-- The zone of the person with this mail address, the default one when there is none: $1 address.
select coalesce(
    (select p.zone
     from jml.person p
     where lower(p.attributes ->> 'mail') = lower($1::text) and p.zone is not null
     order by p.employee_id
     limit 1),
    jml.default_time_zone());
