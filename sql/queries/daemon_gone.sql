-- SPDX-License-Identifier: MIT
-- The daemon ends. $1 id.
delete from jml.daemon where id = $1::uuid;
