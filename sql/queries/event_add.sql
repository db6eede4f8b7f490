-- SPDX-License-Identifier: MIT
-- jmlctl event submit: one event; no row when the feed's own key is there already. $1 source,
-- $2 source_ref, $3 batch, $4 kind, $5 employee_id, $6 employment, $7 effective_at, $8 effective_on,
-- $9 sequence, $10 attributes, $11 supersedes.
insert into jml.event (source, source_ref, batch, kind, employee_id, employment, effective_at,
    effective_on, sequence, attributes, supersedes)
values (coalesce($1::text, 'sql'), $2::text, $3::text, $4::text, $5::text,
    coalesce($6::text, 'main'), $7::text::timestamptz, $8::text::date, $9::text::bigint,
    coalesce($10::text, '{}')::jsonb, $11::text)
on conflict (source, source_ref) do nothing
returning id::text;
