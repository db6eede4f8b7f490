-- SPDX-License-Identifier: MIT
-- Carries out the commands that change the configuration, in a transaction that holds the exclusive lock
-- and does nothing else; the instant is that at which the lock was granted.
select jml.run_configuration_commands(jml.now() + (clock_timestamp() - now()));
