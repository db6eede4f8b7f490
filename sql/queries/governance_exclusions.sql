-- SPDX-License-Identifier: MIT
-- What excludes packages, and what did: by package.
select x.access_package_id, x.incompatible_id, x.group_name, x.since, x.until
from jml.exclusion x
order by x.access_package_id, x.id;
