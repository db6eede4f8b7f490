-- SPDX-License-Identifier: MIT
-- The schema, made before the first migration.
create schema if not exists jml;
