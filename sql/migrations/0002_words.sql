-- SPDX-License-Identifier: MIT
-- Functions that tables, queries and people use, the configuration row, and sources of events.

SET LOCAL ROLE jml_owner;

CREATE FUNCTION jml.now() RETURNS timestamptz
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN pg_catalog.now()
        + coalesce(nullif(current_setting('jml.clock_offset', true), '')::interval, interval '0');
COMMENT ON FUNCTION jml.now() IS
    'The instant decisions are made at: now() plus jml.clock_offset, a setting for rehearsals '
    '(0 unless a program set it on its own connection)';

-- Invisible characters make two ids look alike, so they are no part of one; blanks only inside.
CREATE FUNCTION jml.printable(value text, longest integer) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN char_length(value) BETWEEN 1 AND longest
        AND value COLLATE "C" !~ ('[\u0001-\u001f\u007f-\u009f\u00ad\u200b-\u200f\u2028-\u202e'
            '\u2060-\u206f\ufeff\ufff9-\ufffb]|^[ \u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]'
            '|[ \u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]$');
COMMENT ON FUNCTION jml.printable(text, integer) IS
    'Whether a name or id is 1 to "longest" printable characters without outer blanks';

CREATE FUNCTION jml.canonical(instant timestamptz) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN to_char(instant AT TIME ZONE 'UTC',
        CASE WHEN extract(microseconds FROM instant)::bigint % 1000000 = 0
             THEN 'YYYY-MM-DD"T"HH24:MI:SS"Z"' ELSE 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"' END);
COMMENT ON FUNCTION jml.canonical(timestamptz) IS
    'An instant as the audit writes it: RFC 3339, UTC, microseconds only when there are any';

CREATE TABLE jml.configuration (
    id                boolean PRIMARY KEY DEFAULT true CONSTRAINT configuration_one_row CHECK (id),
    revision          bigint NOT NULL DEFAULT 0,
    clock_at          timestamptz,
    database_id       uuid NOT NULL DEFAULT gen_random_uuid(),
    default_time_zone text NOT NULL DEFAULT 'UTC'
        CONSTRAINT configuration_time_zone_sane CHECK (jml.printable(default_time_zone, 128))
);
INSERT INTO jml.configuration DEFAULT VALUES;
COMMENT ON TABLE jml.configuration IS 'One row: what holds for the whole database';
COMMENT ON COLUMN jml.configuration.id IS 'Always true';
COMMENT ON COLUMN jml.configuration.revision IS 'Counts every apply; a daemon with an older one reloads';
COMMENT ON COLUMN jml.configuration.clock_at IS
    'The latest logical instant a decision was made at; a daemon far behind it refuses to start';
COMMENT ON COLUMN jml.configuration.database_id IS 'Identity of this database, to recognise a restored copy';
COMMENT ON COLUMN jml.configuration.default_time_zone IS
    'Zone of people whose events name none; recorded in every event at its receipt';

-- Runs once a row of a feed: hence no SET clause, and nothing inside that a search_path could bend.
CREATE FUNCTION jml.default_time_zone() RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER
    AS $$BEGIN RETURN (SELECT c.default_time_zone FROM jml.configuration c); END$$;
COMMENT ON FUNCTION jml.default_time_zone() IS 'The configured default time zone, readable by every feed';

CREATE TABLE jml.source (
    source text PRIMARY KEY CONSTRAINT source_sane CHECK (jml.printable(source, 64)),
    role   name NOT NULL
);
COMMENT ON TABLE jml.source IS
    'Sources of events that belong to one role: only its members insert and see events of that '
    'source. A source without a row is open to every member of jml_feed';
COMMENT ON COLUMN jml.source.source IS 'Value of event.source';
COMMENT ON COLUMN jml.source.role IS 'The role it belongs to; dropped: closed to all feeds';

CREATE FUNCTION jml.sources_of_others(caller name, login name) RETURNS text[]
    LANGUAGE sql STABLE SECURITY DEFINER
    BEGIN ATOMIC
        SELECT coalesce(array_agg(s.source), '{}')
        FROM jml.source s
        WHERE s.role <> login
          AND NOT EXISTS (SELECT FROM pg_catalog.pg_roles r
                          WHERE r.rolname = s.role AND pg_has_role(caller, r.oid, 'MEMBER'));
    END;
COMMENT ON FUNCTION jml.sources_of_others(name, name) IS
    'The sources that are bound to a role which these two roles are no member of';

SET LOCAL ROLE NONE;
