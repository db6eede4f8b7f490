-- SPDX-License-Identifier: MIT
-- May the caller see everything that a decision depends on? Delegates see a part.
select pg_has_role(current_user, 'jml_operator', 'usage');
