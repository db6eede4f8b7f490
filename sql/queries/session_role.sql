-- SPDX-License-Identifier: MIT
-- What the connections of the daemon set on top: the role they act as, and that every plan goes by an
-- index. A batch names its rows; a plan made while a table (the queue above all) was nearly empty
-- would read all of it for each of them later.
-- $1: role
select set_config('role', $1::text, false),
    set_config('enable_seqscan', 'off', false);
