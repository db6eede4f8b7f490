-- SPDX-License-Identifier: MIT
-- Is there anything to do, and which revision counts? One probe into each of three small indexes, and the
-- roll-outs: an apply that concerns nobody's work is seen here, as that of a target. What was taken
-- from the queue stays in its index until a vacuum may clear it away, and would be read each time: hence
-- the bounds. $1, $2, $3 int8: queue rows of class 0, 1, 3 up to here were gone; 0: look at everything
select exists (select from jml.queue q where q.class = 0 and q.id > $1::int8)
    or exists (select from jml.queue q where q.class = 1 and q.id > $2::int8)
    or exists (select from jml.queue q where q.class = 3 and q.id > $3::int8)
    or exists (select from jml.person p where p.removal_at <= jml.now() and p.held_at is null)
    or exists (select from jml.person p where p.due_at <= jml.now())
    or exists (select from jml.rollout r where r.completed_at is null),
    (select c.revision from jml.configuration c);
