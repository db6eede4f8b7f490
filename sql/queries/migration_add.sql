-- SPDX-License-Identifier: MIT
-- A migration is recorded before it runs, in its own transaction.
insert into jml.migration (number, slug, sha256)
values ($1::integer, $2::text, $3::text);
