-- SPDX-License-Identifier: MIT
-- Carries out the commands that change the configuration, alone in its transaction.
select jml.run_configuration_commands(jml.now());
