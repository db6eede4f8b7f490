-- SPDX-License-Identifier: MIT
-- Daemons whose session is gone, or that are about to come back. $1 the one that asks.
select d.id
from jml.daemon d
where d.id <> $1::uuid
    and not exists (
        select from pg_locks l
        where l.locktype = 'advisory' and l.classid = 4740003
            and l.objid = (hashtext(d.id::text)::bigint & 4294967295)::oid and l.objsubid = 2
            and l.database = (select b.oid from pg_database b where b.datname = current_database()));
