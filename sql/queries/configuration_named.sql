-- SPDX-License-Identifier: MIT
-- Is there a package or policy of this name or id? $1 which of the two, $2 name or id.
select case $1::text
    when 'package' then exists (select from jml.access_package k
        where k.display_name = $2::text or k.id = jml.to_uuid($2::text))
    else exists (select from jml.assignment_policy l
        where l.display_name = $2::text or l.id = jml.to_uuid($2::text))
    end;
