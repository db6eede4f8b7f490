-- SPDX-License-Identifier: MIT
-- The place where migrations are recorded, made before the first of them.
create table if not exists jml.migration (
    number integer primary key,
    slug text not null,
    sha256 text not null,
    applied_at timestamptz not null default clock_timestamp()
);
