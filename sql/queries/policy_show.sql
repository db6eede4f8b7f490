-- SPDX-License-Identifier: MIT
-- jmlctl policy show: $1 id; or $1 package (name or id) and $2 policy (name or id).
select l.id, k.display_name as access_package, l.display_name, l.enabled, l.access_package_id,
    (select count(*) from jml.assignment a where a.policy_id = l.id and a.state <> 'expired')
        as assignments,
    jml.policy_targets_in_words(l.document) as who,
    jml.policy_requestors_in_words(l.document) as by_themselves,
    jml.policy_approval_in_words(l.document) as approval,
    jml.policy_expiration_in_words(l.document) as ends,
    jml.policy_automatic_in_words(l.document) as automatic,
    (select coalesce(json_agg(json_build_object(
            'stage', s.place,
            'approvers', jml.subjects_in_words(s.stage -> 'primaryApprovers'),
            'if_none', jml.subjects_in_words(s.stage -> 'fallbackPrimaryApprovers'),
            'forwarded_after', case when s.stage ->> 'isEscalationEnabled' = 'true'
                then s.stage ->> 'durationBeforeEscalation' end,
            'to', jml.subjects_in_words(s.stage -> 'escalationApprovers'),
            'denied_after', s.stage ->> 'durationBeforeAutomaticDenial',
            'justification', s.stage ->> 'isApproverJustificationRequired' = 'true') order by s.place), '[]')
     from jsonb_array_elements(case jsonb_typeof(l.document #> '{requestApprovalSettings,stages}')
             when 'array' then l.document #> '{requestApprovalSettings,stages}' end)
         with ordinality as s (stage, place)) as stages,
    (select coalesce(json_agg(json_build_object(
            'question', jml.question_text(q.question),
            'required', q.question ->> 'isRequired' = 'true',
            'answer', case when q.question -> 'choices' is null
                then 'text' || coalesce(' like ' || (q.question ->> 'regexPattern'), '')
                else case when q.question ->> 'isMultipleSelectionAllowed' = 'true' then 'some of: '
                     else 'one of: ' end
                     || (select string_agg(h ->> 'actualValue', ', ')
                         from jsonb_array_elements(q.question -> 'choices') h) end,
            'id', q.question ->> 'id')
        order by q.place), '[]')
     from jsonb_array_elements(case jsonb_typeof(l.document -> 'questions')
             when 'array' then l.document -> 'questions' end)
         with ordinality as q (question, place)) as questions,
    l.document
from jml.assignment_policy l
left join jml.access_package k on k.id = l.access_package_id
where ($2::text is null and l.id = jml.to_uuid($1::text))
    or (k.display_name = $1::text and k.deleted_at is null or k.id = jml.to_uuid($1::text))
        and (l.display_name = $2::text or l.id = jml.to_uuid($2::text));
