-- SPDX-License-Identifier: MIT
-- Who applies documents at a moved clock puts that instant on record.

SET LOCAL ROLE jml_owner;

GRANT UPDATE (clock_at) ON jml.configuration TO jml_operator;

SET LOCAL ROLE NONE;
