-- SPDX-License-Identifier: MIT
-- Is our logical clock behind what decisions were made by? The instant now, the latest one used, and
-- by how many seconds it lies ahead of now.
select jml.now(), c.clock_at, coalesce(ceil(extract(epoch from c.clock_at - jml.now())), 0)::bigint
from jml.configuration c;
