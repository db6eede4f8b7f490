-- SPDX-License-Identifier: MIT
-- Notifications say that work may be there; polling is what is relied on.
listen jml;
