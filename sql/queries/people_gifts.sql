-- SPDX-License-Identifier: MIT
-- What tasks gave to people who left just now is taken; of those who have not left after all it is given back.
-- $1 uuid[]: people, $2 timestamptz: the instant of the batch
SELECT jml.settle_gifts($2::timestamptz, $1::uuid[])
