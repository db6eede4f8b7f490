-- SPDX-License-Identifier: MIT
-- Others whom decisions about the claimed people depend on, if any of them has a request that is to be
-- decided, or whose end somebody is to be told: who asked, who decided, who is named in the stages of the policies of what is asked for (by
-- name, or as member of a group), managers above target and requestor, sponsors. No request: no work.
-- Whoever is named by a former employee_id comes under that name, too.
-- $1 uuid[]: people; $2 text[]: employee_ids
WITH RECURSIVE open AS MATERIALIZED (
    SELECT v.id, v.access_package_id, v.target_id, v.requestor, v.target_email
    FROM jml.assignment_request v
    WHERE v.target_id = ANY ($1::uuid[])
      AND v.state IN ('submitted', 'pendingApproval', 'scheduled', 'delivering', 'partiallyDelivered',
                      'deliveryFailed')
      AND (v.state = 'submitted' OR v.stage > 0
           OR (v.state = 'delivering' AND v.request_type IN ('userAdd', 'userUpdate', 'userRemove')))
    UNION
    SELECT r.id, r.access_package_id, r.target_id, r.requestor, r.target_email
    FROM (SELECT q.object_id FROM jml.queue q
          WHERE q.employee_id = ANY ($2::text[]) AND q.kind <> 'event' AND q.kind = 'request' OFFSET 0) q
    CROSS JOIN LATERAL (SELECT v.* FROM jml.assignment_request v WHERE v.id = q.object_id OFFSET 0) r
), is_any AS MATERIALIZED (
    SELECT EXISTS (SELECT FROM open) AS it
), subject AS MATERIALIZED (
    SELECT DISTINCT s.it ->> '@odata.type' AS type, coalesce(s.it ->> 'userId', s.it ->> 'groupId', s.it ->> 'id') AS name
    FROM (SELECT DISTINCT o.access_package_id FROM open o) k
    JOIN jml.assignment_policy l ON l.access_package_id = k.access_package_id
    CROSS JOIN LATERAL (
        SELECT jsonb_path_query(l.document,
            'lax $.requestApprovalSettings.stages[*].*[*] ? (exists (@."@odata.type"))')
        UNION ALL
        SELECT jsonb_path_query(l.document,
            'lax $.requestorSettings.onBehalfRequestors[*] ? (exists (@."userId"))')
    ) s (it)
), chain AS (
    SELECT e.employee_id, 0 AS level
    FROM (
        SELECT p.employee_id FROM open o JOIN jml.person p ON p.id = o.target_id
        UNION SELECT o.requestor FROM open o
    ) e
    UNION
    SELECT p.attributes ->> 'manager', c.level + 1
    FROM chain c
    CROSS JOIN LATERAL (SELECT v.attributes FROM jml.person v
                        WHERE v.employee_id = CASE WHEN (SELECT EXISTS (SELECT FROM jml.alias))
                                                   THEN jml.current_id(c.employee_id) ELSE c.employee_id END
                        OFFSET 0) p
    WHERE c.level < 5 AND p.attributes ->> 'manager' IS NOT NULL
), groups AS MATERIALIZED (
    SELECT array_agg(s.name) AS names FROM subject s WHERE s.type LIKE '%groupMembers' AND s.name IS NOT NULL
), name AS (
    SELECT c.employee_id FROM chain c
    UNION
    SELECT s.name FROM subject s WHERE s.type LIKE '%singleUser'
    UNION
    SELECT a.approver
    FROM open o CROSS JOIN LATERAL (SELECT v.approver FROM jml.approval v
                                    WHERE v.request_id = o.id AND v.state = 'pending' OFFSET 0) a
    UNION
    SELECT unnest(g.internal_sponsors || g.external_sponsors)
    FROM open o
    LEFT JOIN jml.person p ON p.id = o.target_id
    JOIN jml.connected_organization g
        ON lower(split_part(coalesce(p.attributes ->> 'mail', o.target_email), '@', 2)) = ANY (g.domains)
    UNION
    SELECT p.employee_id
    FROM groups g
    CROSS JOIN LATERAL (SELECT v.employee_id FROM jml.person v
                        WHERE (SELECT g.names IS NOT NULL) AND v.attributes -> 'groups' ?| g.names OFFSET 0) p
)
SELECT p.employee_id, p.attributes ->> 'displayName', p.attributes ->> 'mail', p.attributes ->> 'manager',
       p.state, p.kind = 'external', p.attributes, n.employee_id
FROM (SELECT DISTINCT n.employee_id FROM name n WHERE (SELECT i.it FROM is_any i) OFFSET 0) n
CROSS JOIN LATERAL (SELECT v.* FROM jml.person v
                    WHERE v.employee_id = CASE WHEN (SELECT EXISTS (SELECT FROM jml.alias))
                                               THEN jml.current_id(n.employee_id) ELSE n.employee_id END
                    OFFSET 0) p
ORDER BY n.employee_id COLLATE "C"
