#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Targets of kind sql: what the function gets, what its answers and errors mean, servers that go away,
# slow functions, many calls, and who the server is.
# timeout: 300
set -u
. "$JML_SRC/tests/lib/tap.sh"
. "$JML_SRC/tests/lib/pg.sh"
dir=$(mktemp -d)
# shellcheck disable=SC2034 # for pg.sh
pg_keep_trap=yes
helper=
trap '[ -z "$helper" ] || kill "$helper"; pg_stop; rm -rf "$dir"' EXIT
export CREDENTIALS_DIRECTORY=$dir

port=$((20000 + $$ % 20000))
# A certificate authority that nobody knows, and the server's certificate of it.
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=authority -keyout "$dir/ca.key" \
    -out "$dir/ca.pem" 2> /dev/null
openssl req -newkey rsa:2048 -nodes -subj /CN=db.example -addext 'subjectAltName=DNS:db.example' \
    -keyout "$dir/server.key" -out "$dir/server.csr" 2> /dev/null
openssl x509 -req -in "$dir/server.csr" -CA "$dir/ca.pem" -CAkey "$dir/ca.key" -CAcreateserial -days 2 \
    -extfile <(echo 'subjectAltName=DNS:db.example') -out "$dir/server.pem" 2> /dev/null
chmod 755 "$dir"
chmod 600 "$dir/server.key"
[ "$(id -u)" != 0 ] || chown postgres "$dir/server.key"
pg_start "listen_addresses = '127.0.0.1'" "port = $port" 'ssl = on' "ssl_cert_file = '$dir/server.pem'" \
    "ssl_key_file = '$dir/server.key'" 'password_encryption = scram-sha-256' 'max_connections = 60' ||
    { echo 'Bail out! no PostgreSQL'; exit 99; }
export PGPORT=$port

psql -X -q -v ON_ERROR_STOP=1 << 'SQL'
CREATE SCHEMA hr;
CREATE ROLE jmld LOGIN PASSWORD 'it''s secret';
GRANT USAGE ON SCHEMA hr TO jmld;
CREATE TABLE hr.called (id uuid, pid int, document jsonb);
CREATE TABLE hr.once (n int, UNIQUE (n) DEFERRABLE INITIALLY DEFERRED);
GRANT INSERT ON hr.called, hr.once TO jmld;
-- does what the origin says
CREATE FUNCTION hr.call(j jsonb) RETURNS text LANGUAGE plpgsql AS $$
DECLARE r text;
BEGIN
    INSERT INTO hr.called VALUES ((j->>'id')::uuid, pg_backend_pid(), j);
    IF j->'origin' ? 'raise' THEN
        RAISE EXCEPTION E'what %\nfor', j->'origin'->>'raise' USING ERRCODE = j->'origin'->>'raise';
    END IF;
    EXECUTE coalesce(j->'origin'->>'sql', 'SELECT NULL') INTO r;
    RETURN r;
END $$;
CREATE FUNCTION hr.object(j jsonb) RETURNS jsonb LANGUAGE sql AS $$ SELECT j->'origin'->'answer' $$;
CREATE FUNCTION hr.nothing(j jsonb) RETURNS void LANGUAGE sql AS $$ SELECT $$;
CREATE FUNCTION hr.many(j jsonb) RETURNS TABLE (a text, b int) LANGUAGE sql AS $$
    SELECT 'confirmed', g FROM generate_series(1, 1000) g $$;
CREATE FUNCTION hr."Odd$"(j jsonb) RETURNS text LANGUAGE sql AS $$ SELECT 'done' $$;
CREATE FUNCTION hr."Upper"(j jsonb) RETURNS text LANGUAGE sql AS $$ SELECT 'confirmed' $$;
CREATE FUNCTION hr.list(j jsonb) RETURNS SETOF text LANGUAGE sql AS $$
    SELECT x FROM jsonb_array_elements_text(j->'origin'->'members') x $$;
SQL
printf "it's secret\n" > "$dir/password"
echo wrong > "$dir/wrong"
chmod 600 "$dir/password" "$dir/wrong"
local="host=$pg_dir port=$port dbname=postgres user=jmld"

# answer SETTINGS INPUT [option...]: what drive says; INPUT is any number of JSON values
answer() {
    printf '%s' "$1" > "$dir/settings.json"
    printf '%s' "$2" | jq -c . > "$dir/input.json"
    shift 2
    "$JML_BUILD/tests/target/drive" sql "$dir/settings.json" "$@" < "$dir/input.json" 2>&1
}
settings() { # conninfo [more members]
    jq -cn --arg conninfo "$1" '{conninfo: $conninfo, function: "hr.call"} + '"${2:-{\}}"
}
short() { jq -r '.outcome + "|" + (.error // "")'; }
# calls N [ORIGIN]: N of them
calls() {
    for ((i = 0; i < $1; i++)); do echo "{\"action\":\"grant\",\"origin\":${2:-{\}}}"; done
}
# does ORIGIN [option...]: outcome|error of a call of hr.call
does() {
    local origin=$1
    shift
    answer "$(settings "$local")" "{\"action\":\"grant\",\"origin\":$origin}" "$@" | short
}

# ---- what it gets and answers ----

is "the function gets the operation in JSON, with the attributes that are listed" \
    "$(answer "$(settings "$local" '{attributes: ["mail"]}')" '{"action":"grant","employeeId":"E'"'"'1; DROP TABLE hr.once",
        "id":"018f2c00-0000-7000-8000-000000000001","attributes":{"mail":"zoë@b","salary":1},"attempt":2,
        "personId":"018f2c00-0000-7000-8000-00000000000a",
        "origin":{"x":"\\\"'"'"'"},"context":{"role":"User","resource":"CRM","accessPackage":"Sales"}}' | short
        q 'SELECT document FROM hr.called' | jq -cS .)" \
    "done|
$(jq -cnS '{id:"018f2c00-0000-7000-8000-000000000001",action:"grant",employeeId:"E'"'"'1; DROP TABLE hr.once",
    personId:"018f2c00-0000-7000-8000-00000000000a",account:null,attributes:{mail:"zoë@b"},attempt:2,origin:{x:"\\\"'"'"'"},arguments:{},role:"User",
    resource:"CRM",accessPackage:"Sales"}')"
# The function that the manual shows, when an employee id changes in between.
{
    echo 'CREATE SCHEMA access; CREATE TABLE access.app_user (login text PRIMARY KEY, mail text);
          CREATE TABLE access.member (team text, login text, PRIMARY KEY (team, login));'
    sed -n '/^CREATE FUNCTION access.jml/,/^GRANT EXECUTE ON FUNCTION access.jml/p' "$JML_SRC/man/jmld-targets.5"
} | psql -X -q -v ON_ERROR_STOP=1 -d postgres
example() { # operation: outcome and account
    answer "$(settings "$local" '{function: "access.jml"}')" "$1" | jq -r '.outcome + "|" + (.account // .error)'
}
team='"origin":{"team":"crew"},"attributes":{"mail":"zoe@example.com"}'
is "the example of the manual gives" "$(example '{"action":"grant","employeeId":"E1",'"$team"'}') $(
    q "SELECT team, login FROM access.member")" "confirmed|E1 crew|E1"
is "and takes, whatever the person is called by then" \
    "$(example '{"action":"revoke","employeeId":"NEW1","account":"E1",'"$team"'}') $(q 'SELECT count(*) FROM access.member')" \
    "confirmed|E1 0"
is "'done' is done" "$(does '{"sql":"SELECT '"'done'"'"}')" 'done|'
is "'confirmed' is confirmed" "$(does '{"sql":"SELECT '"'confirmed'"'"}')" 'confirmed|'
is "nonsense is a failure" "$(does '{"sql":"SELECT '"E'so\\\\nwhat'"'"}')" \
    "failed|the function answers 'so', which is no outcome"
called() { # function [origin]
    answer "$(settings "$local" "{function: \"$1\"}")" "{\"action\":\"grant\",\"origin\":${2:-{\}}}" |
        jq -c '[.outcome, .error, .account, .retryAfter]'
}
is "a function without a result" "$(called hr.nothing)" '["done",null,null,0]'
is "of many rows and columns the first counts" "$(called hr.many)" '["confirmed",null,null,0]'
is "names are as PostgreSQL keeps them" "$(called hr.Upper)" '["confirmed",null,null,0]'
is "an object says more" \
    "$(called hr.object '{"answer":{"outcome":"later","error":"locked\nfor now","retryAfter":90,"account":"u1"}}')" \
    '["later","locked","u1",90]'
is "its outcome may be left out" "$(called hr.object '{"answer":{"account":"u2"}}')" '["done",null,"u2",0]'
is "or be a failure" "$(called hr.object '{"answer":{"outcome":"failed"}}')" \
    "[\"failed\",\"the function answers 'failed'\",null,0]"
is "one in JSON is one, too" "$(called hr.object '{"answer":"confirmed"}')" '["confirmed",null,null,0]'
is "a wrong one is a failure" "$(called hr.object '{"answer":{"outcome":7}}')" \
    "[\"failed\",\"the function answers '?', which is no outcome\",null,0]"
like "a number is one, too" "$(called hr.object '{"answer":7}')" "failed.*answers '7', which is no outcome"

# ---- errors ----

for state in 40001 40P01 55P03; do
    is "$state is to be tried later" "$(does "{\"raise\":\"$state\"}")" "later|what $state (SQLSTATE $state)"
done
for state in 53300 57P03 08006 25006; do
    is "$state is out of reach" "$(does "{\"raise\":\"$state\"}")" "unreachable|what $state (SQLSTATE $state)"
done
for state in P0001 23505 22012; do
    is "$state is a failure" "$(does "{\"raise\":\"$state\"}")" "failed|what $state (SQLSTATE $state)"
done
like "a function that is not there is a failure" "$(called hr.absent)" \
    '^\["failed","function hr.absent\(jsonb\) does not exist \(SQLSTATE 42883\)"'
q 'CREATE TABLE hr.secret (x int)'
like "so is one without the right" "$(does '{"sql":"SELECT x FROM hr.secret"}')" \
    '^failed\|permission denied for table secret \(SQLSTATE 42501\)'
is "what fails when the transaction ends has failed" \
    "$(answer "$(settings "$local")" "$(calls 2 '{"sql":"INSERT INTO hr.once VALUES (1) RETURNING NULL"}')" \
        --serial | short)" \
    'done|
failed|duplicate key value violates unique constraint "once_n_key" (SQLSTATE 23505)'
is "a password is not kept in an error" \
    "$(answer "$(settings "$local")" '{"action":"setPassword","arguments":{"password":"s3cret!"},
        "origin":{"sql":"SELECT '"'s3cret!'"'::int"}}' | short)" \
    'failed|(not shown: it holds the password) (SQLSTATE 22P02)'
is "a slow function is ended by the server before the deadline" \
    "$(does '{"sql":"SELECT pg_sleep(20)"}' --deadline 2000)" \
    'later|canceling statement due to statement timeout (SQLSTATE 57014)'
is "its limit is that of one call only" "$(answer "$(settings "$local")" \
    '{"action":"grant","origin":{"sql":"SELECT 1/0"}}
     {"action":"grant","origin":{"sql":"SELECT NULL WHERE current_setting('"'statement_timeout'"') = '"'9s'"'"}}' \
    --serial | short | tail -n 1)" 'done|'
is "one that ends its own session leaves the target out of reach" \
    "$(does '{"sql":"SELECT pg_terminate_backend(pg_backend_pid())"}')" \
    'unreachable|terminating connection due to administrator command (SQLSTATE 57P01)'

# ---- many ----

counted() { sort | uniq -c | tr -s ' '; }
q 'TRUNCATE hr.called'
calls 200 '{"sql":"SELECT NULL FROM pg_sleep(0.01)"}' > "$dir/calls"
is "200 calls, 8 at once" \
    "$(answer "$(settings "$local")" "$(cat "$dir/calls")" --concurrency 8 | short | counted)" ' 200 done|'
is "each is made once, over 8 connections" \
    "$(q 'SELECT count(*), count(DISTINCT id), count(DISTINCT pid) FROM hr.called')" '200|200|8'
q 'TRUNCATE hr.called'
is "200 at once wait for the 16 connections that a target may have" \
    "$(answer "$(settings "$local")" "$(cat "$dir/calls")" --deadline 60000 | short | counted
        q 'SELECT count(*), count(DISTINCT id), count(DISTINCT pid) FROM hr.called')" \
    ' 200 done|
200|200|16'
is "calls that wait have their deadline, too" \
    "$(answer "$(settings "$local")" "$(calls 20 '{"sql":"SELECT NULL FROM pg_sleep(5)"}')" \
        --deadline 8000 | short | counted | sed 's/|.*//')" \
    ' 16 done
 4 later'
printf '{"action":"grant","origin":{"sql":"SELECT NULL"},"attributes":{"long":"%s"}}\n' \
    "$(head -c 3000000 /dev/zero | tr '\0' x)" > "$dir/long.json"
q 'TRUNCATE hr.called'
is "3 MB arrive" "$(answer "$(settings "$local" '{attributes:["long"]}')" "$(cat "$dir/long.json")" | short
    q "SELECT length(document->'attributes'->>'long') FROM hr.called")" 'done|
3000000'
is "10 MB that come back are no outcome" "$(does '{"sql":"SELECT repeat('"'x', 10000000"')"}')" \
    "failed|the function answers '$(printf 'x%.0s' {1..200})...', which is no outcome"

# ---- lists ----

list() {
    answer "$(settings "$local" '{listFunction: "hr.list"}')" "{\"list\":{\"members\":$1}}" |
        jq -c '[.outcome, .error, .accounts]'
}
is "a list is a row an account" "$(list '["a","zoë"]')" '["done",null,["a","zoë"]]'
is "or nobody" "$(list '[]')" '["done",null,[]]'
is "a row that is no account spoils it" "$(list '["a",null]')" \
    '["failed","row 2 of listFunction is no name of an account",[]]'
like "so does an error" "$(list '7')" '^\["failed","cannot extract elements from a scalar'
is "who cannot list says so" "$(answer "$(settings "$local")" '{"list":{}}' | jq -r .error)" \
    'the setting listFunction is missing'

# ---- a server that goes away ----

cat > "$dir/away.json" << JSON
{"action":"grant","origin":{"sql":"SELECT pg_sleep(30)"}}
{"action":"grant"}
JSON
# what is called has begun
under_way() {
    until_true 60 "SELECT count(*) > 0 FROM pg_stat_activity
        WHERE application_name = 'jmld' AND wait_event = 'PgSleep'"
}
pg_stopped_within() { under_way; pg_as_server "$pg_bin/pg_ctl" -D "$pg_dir/data" -s -m immediate stop; }
pg_stopped_within &
is "a server that is stopped is out of reach, for the call under way and for the next" \
    "$(answer "$(settings "$local")" "$(cat "$dir/away.json")" --serial --deadline 20000 |
        short | sed 's/|.*//')" 'unreachable
unreachable'
wait $!
like "which says so" "$(does '{}')" '^unreachable\|connection to server on socket .* failed: '
is "a hundred find out, and soon" \
    "$(answer "$(settings "$local")" "$(calls 100)" | short | sed 's/|.*//' | counted)" ' 100 unreachable'
pg_up
is "it is back" "$(does '{}')" 'done|'
{
    calls 8
    echo '{"action":"grant","origin":{"sql":"SELECT pg_sleep(30)"}}'
} > "$dir/restart.json"
(under_way; pg_restart) &
answer "$(settings "$local")" "$(cat "$dir/restart.json")" --serial --deadline 20000 |
    short > "$dir/restarted"
wait $!
is "a restart is the trouble of the call under way only" \
    "$(counted < "$dir/restarted")" \
    ' 8 done|
 1 unreachable|terminating connection due to administrator command (SQLSTATE 57P01)'
is "and all go when it is over" "$(answer "$(settings "$local")" "$(calls 20)" | short | counted)" ' 20 done|'
python3 - "$((port + 1))" << 'PY' > "$dir/ready" &
import socket, sys
s = socket.create_server(("127.0.0.1", int(sys.argv[1])))
print("ready", flush=True)
n = 0
held = []
while True:
    c, _ = s.accept()
    n += 1
    if n > 1:
        c.sendall(b"HTTP/1.1 200 OK\r\n\r\n" * 1000)
    held.append(c)
PY
helper=$!
until [ -s "$dir/ready" ]; do sleep 0.05; done
silent="host=127.0.0.1 port=$((port + 1)) dbname=postgres user=jmld"
is "a server that says nothing is given up" \
    "$(answer "$(settings "$silent")" "$(calls 1)" --deadline 15000 | short)" \
    'unreachable|no answer from the server within 10 s'
like "garbage is no PostgreSQL" "$(answer "$(settings "$silent sslmode=disable")" "$(calls 1)" --deadline 15000 | short)" \
    '^unreachable\|.*expected authentication request'
like "nor is it with TLS" "$(answer "$(settings "$silent")" "$(calls 1)" --deadline 15000 | short)" \
    '^unreachable\|.*received invalid response to SSL negotiation'
is "a host that is not there" \
    "$(answer "$(settings "host=no.such.host.invalid dbname=a user=b")" "$(calls 3)" --deadline 60000 |
        short | sed 's/: .*//' | counted)" ' 3 unreachable|no.such.host.invalid'

# ---- who it is, and who we are ----

tls="host=db.example hostaddr=127.0.0.1 port=$port dbname=postgres user=jmld"
like "a server elsewhere is verified, also when nobody said so" \
    "$(answer "$(settings "$tls")" "$(calls 1)" | short)" '^unreachable\|.*certificate verify failed'
is "by an authority that one names" \
    "$(answer "$(settings "$tls sslrootcert=$dir/ca.pem")" "$(calls 1)" | short)" 'done|'
like "by its name, too" \
    "$(answer "$(settings "${tls/db.example/other.example} sslrootcert=$dir/ca.pem")" "$(calls 1)" | short)" \
    '^unreachable\|.*server certificate for "db.example" does not match host name "other.example"'
like "the environment makes no exception" \
    "$(PGSSLMODE=disable answer "$(settings "$tls")" "$(calls 1)" | short)" 'certificate verify failed'
is "who wants less says so" "$(answer "$(settings "$tls sslmode=require")" "$(calls 1)" | short)" 'done|'
is "this machine is not verified" \
    "$(answer "$(settings "host=localhost port=$port dbname=postgres user=jmld")" "$(calls 3)" | short | counted)" \
    ' 3 done|'

echo 'host all all all scram-sha-256' | pg_as_server tee "$pg_dir/data/pg_hba.conf" > /dev/null
echo 'local all postgres trust' | pg_as_server tee -a "$pg_dir/data/pg_hba.conf" > /dev/null
q 'SELECT pg_reload_conf()' > /dev/null
tcp="host=127.0.0.1 port=$port dbname=postgres user=jmld"
until ! PGPASSWORD=x psql -X -q "$tcp" -c '' 2> /dev/null; do sleep 0.1; done
is "the password is in a file" \
    "$(answer "$(settings "$tcp" '{passwordFile: "password"}')" "$(calls 1)" | short)" 'done|'
like "a wrong one is none" "$(answer "$(settings "$tcp" '{passwordFile: "wrong"}')" "$(calls 1)" | short)" \
    '^unreachable\|.*password authentication failed'
like "that of the environment is not for this server" \
    "$(PGPASSWORD="it's secret" answer "$(settings "$tcp")" "$(calls 1)" | short)" \
    '^unreachable\|.*password authentication failed'

refused() { # sentence, settings, regex
    like "$1" "$(answer "$2" '')" "^bad input: target 'driven': $3"
}
refused "a password in conninfo is refused" "$(settings "$tcp password=x")" 'no password in conninfo'
refused "also in an address" "$(settings "postgresql://jmld:geheim@db.example/x")" 'no password in conninfo'
refused "and a file of passwords" "$(settings "$tcp passfile=/x")" 'no passfile in conninfo'
refused "and a service" "$(settings "service=x")" 'no service in conninfo'
like "what cannot be read is not quoted" "$(answer "$(settings "host=x password='geheim")" '' | grep -c geheim)" '^0$'
refused "host, database and user are said" "$(settings "dbname=x user=y")" 'conninfo must say host'
refused "no conninfo" '{"function":"a.b"}' 'conninfo must be text'
refused "no function" "$(settings "$tcp" '{function: null} | del(.function)')" 'the setting function is missing'
for name in 'f' 'a.b.c' 'a.' '.b' 'a.b()' 'a."b"' 'a.b;' '1a.b' 'a.b c' "a.$(printf 'b%.0s' {1..64})"; do
    refused "no function: $name" "$(settings "$tcp" "{function: $(jq -n --arg n "$name" '$n')}")" 'function must be'
done
refused "a password file that is not there" "$(settings "$tcp" '{passwordFile: "none"}')" 'passwordFile: .*No such file'
chmod 644 "$dir/password"
refused "one that everybody may read" "$(settings "$tcp" '{passwordFile: "password"}')" 'passwordFile: .*chmod o='
finish
