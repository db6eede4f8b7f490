-- SPDX-License-Identifier: MIT
-- Which of these packages people hold: $1 ids.
select k.display_name, count(*) as assignments
from jml.assignment a
join jml.access_package k on k.id = a.access_package_id
where a.access_package_id = any ($1)
    and a.state <> 'expired'
group by k.display_name
order by k.display_name;
