-- SPDX-License-Identifier: MIT
-- jmlctl target list.
select t.display_name, t.kind, t.enabled, t.owned, t.resources, t.open, t.waiting, t.failing, t.oldest_due,
    t.trouble, t.trouble_since, t.trouble_error, t.created_at, t.id
from jml.targets t
order by t.kind = 'extension', t.display_name;
