-- SPDX-License-Identifier: MIT
-- Nobody applies while the configuration is read: its tables belong to one revision.
select pg_advisory_xact_lock_shared(4740001);
