-- SPDX-License-Identifier: MIT
-- For migrations and long reports, which may take as long as they need.
select set_config('statement_timeout', '0', false);
