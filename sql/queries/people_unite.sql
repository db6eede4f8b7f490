-- SPDX-License-Identifier: MIT
-- Before people are stepped: ids that are said to be theirs, too, become so, if nothing is against it.
-- Who is locked by another batch has to wait ('locked').
-- $1 timestamptz: the batch's instant; $2 uuid[]: people of the batch; $3 text[]: their other ids;
-- $4 int8[]: the events that say so, NULL: a command
SELECT jml.unite($1::timestamptz, u.person_id, u.other_id, u.event_id)
FROM unnest($2::uuid[], $3::text[], $4::int8[]) WITH ORDINALITY u (person_id, other_id, event_id, n)
ORDER BY u.n
