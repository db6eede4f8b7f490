-- SPDX-License-Identifier: MIT
-- Is there anything to do? One probe into each of three small indexes, and the roll-outs.
select exists (select from jml.queue)
    or exists (select from jml.person p where p.removal_at <= jml.now() and p.held_at is null)
    or exists (select from jml.person p where p.due_at <= jml.now())
    or exists (select from jml.rollout r where r.completed_at is null);
