-- SPDX-License-Identifier: MIT
-- The next revision.
update jml.configuration
set revision = revision + 1
returning revision;
