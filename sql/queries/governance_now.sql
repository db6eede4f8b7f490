-- SPDX-License-Identifier: MIT
-- The instant at which apply decides.
select jml.now();
