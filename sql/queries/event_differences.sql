-- SPDX-License-Identifier: MIT
-- jmlctl event submit: in which columns an event differs from the one that has its source_ref
-- already; the parameters of event_add ($3, the batch, is a label and no part of what is said).
select array_to_string(jml.event_differences(coalesce($1::text, 'sql'), $2::text, $4::text, $5::text,
    coalesce($6::text, 'main'), $7::text::timestamptz, $8::text::date, $9::text::bigint,
    coalesce($10::text, '{}')::jsonb, $11::text), ', ')
where $3::text is null or true;
