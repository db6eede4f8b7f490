-- SPDX-License-Identifier: MIT
-- The instant at which apply decides: now, not when it began to wait for the lock.
select jml.now() + (clock_timestamp() - now());
