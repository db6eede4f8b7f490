-- SPDX-License-Identifier: MIT
-- The daemon ends, and with it what it met. $1 id.
with met as (
    delete from jml.target_trouble t where t.daemon_id = $1::uuid
)
delete from jml.daemon where id = $1::uuid;
