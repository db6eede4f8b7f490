-- SPDX-License-Identifier: MIT
-- Is there a package, policy or catalog of this name or id, or a request of this id? $1 which of them,
-- $2 name or id. (Workflows are asked for by workflow_named: not everybody may read them.)
select case $1::text
    when 'package' then exists (select from jml.access_package k
        where k.display_name = $2::text or k.id = jml.to_uuid($2::text))
    when 'catalog' then exists (select from jml.catalog c
        where c.display_name = $2::text or c.id = jml.to_uuid($2::text))
    when 'request' then exists (select from jml.assignment_request r where r.id = jml.to_uuid($2::text))
    else exists (select from jml.assignment_policy l
        where l.display_name = $2::text or l.id = jml.to_uuid($2::text))
    end;
