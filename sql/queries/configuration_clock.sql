-- SPDX-License-Identifier: MIT
-- The latest logical instant used. $1: the clock was turned back on purpose.
update jml.configuration
set clock_at = jml.now()
where $1::boolean or clock_at is null or clock_at < jml.now();
