-- SPDX-License-Identifier: MIT
-- A lock that lives as long as the session: others see by it that the daemon does. $1 its id.
select pg_advisory_lock_shared(4740003, hashtext(($1::uuid)::text));
