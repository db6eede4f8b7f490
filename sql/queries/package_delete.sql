-- SPDX-License-Identifier: MIT
-- Marks a package as deleted: $1 id. The row stays, for the names in what happened. No row: it is
-- not the caller's to delete.
update jml.access_package
set deleted_at = jml.now()
where id = $1::text::uuid and deleted_at is null
returning 1;
