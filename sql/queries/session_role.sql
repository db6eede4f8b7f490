-- SPDX-License-Identifier: MIT
-- The role that the program acts as. $1: name.
select set_config('role', $1::text, false);
