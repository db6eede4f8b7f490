-- SPDX-License-Identifier: MIT
-- jmlctl request approve and deny: $1 approve or deny, $2 the request, $3 the approver, $4 the stage
-- (NULL: that of the moment), $5 justification.
insert into jml.approval (request_id, approver, stage, decision, justification)
values (jml.to_uuid($2::text), coalesce($3::text, session_user), coalesce($4::text::integer, 0), $1::text,
    $5::text)
returning id::text, approver, state, error;
