-- SPDX-License-Identifier: MIT
-- Carries out what operators said about deliveries. Returns how many commands, and how many changed a state.
SELECT c.handled, c.changed FROM jml.run_delivery_commands(jml.now()) c
