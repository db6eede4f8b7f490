-- SPDX-License-Identifier: MIT
-- jmlctl workflow show: $1 name or id.
select w.id, w.display_name, w.description, w.category, w.enabled, w.scheduling_enabled, w.version,
    w.created_at, w.updated_at, w.document,
    (select coalesce(jsonb_object_agg(s.state, s.n), '{}')
     from (select r.state, count(*) as n from jml.run r where r.workflow_id = w.id group by r.state)
        as s) as runs,
    (select coalesce(json_agg(json_build_object(
            'version', v.version, 'created_at', jml.canonical(v.created_at)) order by v.version),
            '[]')
     from jml.workflow_version v
     where v.workflow_id = w.id) as versions
from jml.workflow w
where w.display_name = $1::text
    or (w.id = jml.to_uuid($1::text)
        and not exists (select from jml.workflow o where o.display_name = $1::text));
