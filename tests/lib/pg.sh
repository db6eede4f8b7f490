# SPDX-License-Identifier: MIT
# shellcheck shell=sh
#
# A private, throw-away PostgreSQL for one test. Source it, then:
#
#   pg_start [LINE...]   makes and starts a cluster in a temporary directory (LINEs go to
#                        postgresql.conf); sets and exports PGHOST PGPORT PGUSER PGDATABASE, so that
#                        psql and libpq programs find it, and pg_dir, pg_bin; stops it at EXIT
#                        unless pg_keep_trap is set (then call pg_stop yourself)
#   pg_restart           stops and starts it again (fast)
#   pg_down, pg_up       the two halves of that
#   pg_stop              ends it and removes the directory
#   pg_migrate DIR [DB]  makes schema jml from the files of DIR with psql alone, as the programs do
#
# It speaks on a socket in $pg_dir only, unless a LINE sets listen_addresses. Not durable (fsync
# off) unless a LINE says so: the last one wins. PostgreSQL refuses to run as root, so root runs
# it as user postgres.

pg_start()
{
    pg_find_bin || return 1
    pg_dir=$(mktemp -d "${TMPDIR:-/tmp}/jml-pg-XXXXXX") || return 1
    [ -n "${pg_keep_trap:-}" ] || trap pg_stop EXIT
    chmod 755 "$pg_dir"
    if [ "$(id -u)" = 0 ]; then
        chown postgres: "$pg_dir"
    fi
    pg_as_server "$pg_bin/initdb" -D "$pg_dir/data" -N -A trust -U postgres -E UTF8 \
        --locale=C.UTF-8 >"$pg_dir/initdb.log" 2>&1 || { cat "$pg_dir/initdb.log" >&2; return 1; }
    {
        printf '%s\n' "listen_addresses = ''" 'port = 5432' \
            "unix_socket_directories = '$pg_dir'" 'fsync = off' 'synchronous_commit = off' \
            'full_page_writes = off' 'shared_buffers = 64MB' 'log_min_messages = warning' \
            'max_connections = 50'
        [ $# -eq 0 ] || printf '%s\n' "$@"
    } | pg_as_server tee -a "$pg_dir/data/postgresql.conf" >/dev/null
    export PGHOST="$pg_dir" PGPORT=5432 PGUSER=postgres PGDATABASE=postgres
    unset PGSERVICE PGOPTIONS PGPASSWORD PGSSLMODE
    pg_up
}

pg_up()
{
    pg_as_server "$pg_bin/pg_ctl" -D "$pg_dir/data" -l "$pg_dir/log" -s -w -t 60 start ||
        { cat "$pg_dir/log" >&2; return 1; }
}

pg_down()
{
    pg_as_server "$pg_bin/pg_ctl" -D "$pg_dir/data" -s -w -t 60 -m fast stop
}

pg_restart()
{
    pg_down && pg_up
}

pg_stop()
{
    [ -n "${pg_dir:-}" ] || return 0
    if [ -e "$pg_dir/data/postmaster.pid" ]; then
        pg_as_server "$pg_bin/pg_ctl" -D "$pg_dir/data" -s -w -t 60 -m immediate stop || :
    fi
    rm -rf "$pg_dir"
    pg_dir=
}

pg_migrate()
{
    psql -X -q -v ON_ERROR_STOP=1 -d "${2:-$PGDATABASE}" <<'SQL' || return 1
CREATE SCHEMA IF NOT EXISTS jml;
CREATE TABLE IF NOT EXISTS jml.migration (
    number int PRIMARY KEY, slug text NOT NULL, sha256 text NOT NULL, applied_at timestamptz NOT NULL);
SQL
    for pg_file in "$1"/[0-9][0-9][0-9][0-9]_*.sql; do
        pg_stem=$(basename "$pg_file" .sql)
        {
            printf 'BEGIN;\nSELECT pg_advisory_xact_lock(4740001) \\g /dev/null\n'
            printf "INSERT INTO jml.migration VALUES (%s, '%s', '%s', clock_timestamp());\n" \
                "$(expr "${pg_stem%%_*}" + 0)" "${pg_stem#*_}" "$(sha256sum <"$pg_file" | cut -c1-64)"
            cat "$pg_file"
            printf '\nCOMMIT;\n'
        } | psql -X -q -v ON_ERROR_STOP=1 -d "${2:-$PGDATABASE}" ||
            { echo "pg_migrate: $pg_file failed" >&2; return 1; }
    done
}

# ---- helpers

pg_find_bin()
{
    if [ -z "${pg_bin:-}" ]; then
        # shellcheck disable=SC2012
        pg_bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)
        [ -n "$pg_bin" ] || pg_bin=$(pg_config --bindir 2>/dev/null)
    fi
    [ -x "$pg_bin/initdb" ] || { echo "pg.sh: no PostgreSQL server found: apt install postgresql" >&2; return 1; }
}

pg_as_server()
{
    if [ "$(id -u)" = 0 ]; then
        (cd / && setpriv --reuid=postgres --regid=postgres --clear-groups --reset-env \
            env LC_ALL=C.UTF-8 "$@")
    else
        (cd / && LC_ALL=C.UTF-8 "$@")
    fi
}
