-- SPDX-License-Identifier: MIT
-- What daemons last met at targets that they cannot open or reach, and what readers see of targets.

SET LOCAL ROLE jml_owner;

CREATE TABLE jml.target_trouble (
    daemon_id uuid NOT NULL,
    target    text NOT NULL,
    kind      text NOT NULL CONSTRAINT target_trouble_kind_known CHECK (kind IN ('unusable', 'unreachable')),
    since     timestamptz NOT NULL,
    error     text,
    PRIMARY KEY (daemon_id, target)
);
COMMENT ON TABLE jml.target_trouble IS
    'Targets that a daemon cannot open or reach: written when that begins and when it ends, not at every try. '
    'Rows of daemons that have ended mean nothing: read jml.target_troubles';
COMMENT ON COLUMN jml.target_trouble.daemon_id IS 'The daemon that met it';
COMMENT ON COLUMN jml.target_trouble.target IS 'A name of jml.target';
COMMENT ON COLUMN jml.target_trouble.kind IS
    'unusable: it cannot be opened with these settings; unreachable: calls in a row were not answered';
COMMENT ON COLUMN jml.target_trouble.since IS 'When that began (real time)';
COMMENT ON COLUMN jml.target_trouble.error IS 'What was met then';

ALTER TABLE jml.target_trouble ENABLE ROW LEVEL SECURITY;
CREATE POLICY grants ON jml.target_trouble USING (true) WITH CHECK (true);
CREATE POLICY delegate_reads ON jml.target_trouble AS RESTRICTIVE FOR SELECT TO jml_delegate
    USING ((SELECT jml.administers()));
GRANT SELECT ON jml.target_trouble TO jml_daemon, jml_operator, jml_auditor, jml_delegate;
GRANT INSERT, UPDATE, DELETE ON jml.target_trouble TO jml_daemon;

-- A daemon lives as long as the lock of its session (daemon_lives.sql); nobody tries what is not enabled.
CREATE VIEW jml.target_troubles WITH (security_invoker = true) AS
SELECT t.id, t.display_name, x.kind, min(x.since) AS since,
       (array_agg(x.error ORDER BY x.since, x.daemon_id))[1] AS error, count(*) AS daemons
FROM jml.target_trouble x
JOIN jml.target t ON t.display_name = x.target AND coalesce(t.document -> 'isEnabled' <> 'false', true)
WHERE EXISTS (
    SELECT FROM pg_locks l
    WHERE l.locktype = 'advisory' AND l.classid = 4740003
      AND l.objid = (hashtext(x.daemon_id::text)::bigint & 4294967295)::oid AND l.objsubid = 2
      AND l.database = (SELECT b.oid FROM pg_database b WHERE b.datname = current_database()))
GROUP BY t.id, t.display_name, x.kind;
COMMENT ON VIEW jml.target_troubles IS 'Targets that daemons which live cannot open or reach at present';

CREATE VIEW jml.targets WITH (security_invoker = true) AS
SELECT t.id, t.display_name, t.kind, coalesce(t.document -> 'isEnabled' <> 'false', true) AS enabled,
       coalesce(t.document -> 'isOwned' = 'true', false) AS owned,
       (SELECT count(*) FROM jml.resource s WHERE s.target = t.display_name) AS resources,
       d.open, d.waiting, d.failing, d.oldest_due,
       x.kind AS trouble, x.since AS trouble_since, x.error AS trouble_error, t.created_at
FROM jml.target t
CROSS JOIN LATERAL (
    SELECT count(*) AS open,
           count(*) FILTER (WHERE o.waits) AS waiting,
           count(*) FILTER (WHERE o.error IS NOT NULL AND NOT o.waits) AS failing,
           min(o.due_at) FILTER (WHERE NOT o.waits) AS oldest_due
    FROM (SELECT d.error, d.due_at, d.state = 'inProgress' OR d.due_at = 'infinity' AS waits
          FROM jml.delivery d
          WHERE d.target = t.display_name AND d.due_at IS NOT NULL) o) d
LEFT JOIN LATERAL (
    SELECT v.kind, v.since, v.error FROM jml.target_troubles v
    WHERE v.id = t.id
    ORDER BY v.kind DESC -- what no daemon can open before what one cannot reach
    LIMIT 1) x ON true;
COMMENT ON VIEW jml.targets IS
    'Targets and custom task extensions, with what is on its way to them. What waits for an answer or a person is '
    'not late; the rest is due at oldest_due';
GRANT SELECT ON jml.target_troubles, jml.targets TO jml_daemon, jml_operator, jml_auditor, jml_delegate;

SET LOCAL ROLE NONE;
