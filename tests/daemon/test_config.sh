#!/bin/bash
# SPDX-License-Identifier: MIT
# jmld: arguments, --check-config, exit codes that need no work.
set -u
. "$JML_SRC/tests/lib/tap.sh"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
conf=$work/jmld.conf

printf '%s\n' '[queue]' 'batch = lots' 'poll_intervall = 1s' '[nonsense]' 'x = 1' > "$conf"
said=$(jmld -c "$conf" --check-config 2>&1 > "$work/out")
is "three mistakes: exit code 78" $? 78
is "three mistakes: three lines" "$(printf '%s\n' "$said" | wc -l)" 3
is "three mistakes: each line begins with file and line" \
    "$(printf '%s\n' "$said" | sed 's/^\([^:]*:[0-9]*\): .*/\1/' | tr '\n' ' ')" \
    "$conf:2 $conf:3 $conf:4 "
is "three mistakes: nothing on stdout" "$(cat "$work/out")" ""
status "the daemon does not start with them either" 78 jmld -c "$conf" --log=stderr --once

status "the sample configuration has no mistakes" 0 jmld -c "$JML_SRC/etc/jmld.conf" --check-config
sed 's/^#\([a-z]\)/\1/' "$JML_SRC/etc/jmld.conf" > "$conf"
status "nor has it with every default written out" 0 jmld -c "$conf" --check-config
status "a file that is not there" 78 jmld -c "$work/none" --check-config
like "is named" "$(jmld -c "$work/none" --check-config 2>&1)" "^$work/none: cannot be read"
printf '[queue]\nbatch = 5\0\n\0\nbatch = 6\n' > "$conf"
is "NUL bytes are told from long lines" "$(jmld -c "$conf" --check-config 2>&1)" \
    "$(printf '%s: holds a NUL byte: is this a text file?\n' "$conf:2" "$conf:3")"
status "a directory" 78 jmld -c "$work" --check-config

for wrong in --nonsense extra --log=syslog --clock-offset=soon -c; do
    said=$(jmld $wrong 2>&1)
    is "usage: jmld $wrong" "$? $(printf '%s\n' "$said" | wc -l)" "64 1"
done
like "--version" "$(jmld --version)" '^jmld [0-9]+\.[0-9]+'
like "--help" "$(jmld --help)" '^usage: jmld '

status "--once without a schema" 78 jmld --log=stderr --once
like "says what to run" "$(jmld --log=stderr --once 2>&1)" 'run: jmlctl migrate'
JML_DATABASE="host=$work" status "--once without a server" 69 jmld --log=stderr --once
said=$(JML_DATABASE=bogus=1 jmld --log=stderr --once 2>&1)
is "a conninfo that is none is a mistake, not a database that is away" "$? $said" \
    '78 jmld: JML_DATABASE: invalid connection option "bogus"'

jmlctl migrate > /dev/null 2>&1
status "--once with nothing to do" 0 jmld --log=stderr --once
q "CREATE ROLE stranger LOGIN"
said=$(JML_DATABASE="$JML_DATABASE user=stranger" jmld --log=stderr --once 2>&1)
is "a role that may not act as the daemon: exit code 78" $? 78
like "and what to grant" "$said" 'grant jml_daemon to "stranger"'

q "BEGIN; UPDATE jml.migration SET sha256 = repeat('0', 64) WHERE number = 2; COMMIT"
said=$(jmld --log=stderr --once 2>&1)
is "a migration of another program: exit code 78" $? 78
like "names it" "$said" 'migration 0002_[a-z_]* of the database is not the one of this program'
q "DROP SCHEMA jml CASCADE"
jmlctl migrate > /dev/null 2>&1
q "INSERT INTO jml.migration (number, slug, sha256, applied_at) VALUES (9999, 'future', '', now())"
like "a newer schema" "$(jmld --log=stderr --once 2>&1)" 'this jmld is older than the database'
q "DELETE FROM jml.migration WHERE number >= (SELECT max(number) FROM jml.migration WHERE number < 9999)"
like "an older schema" "$(jmld --log=stderr --once 2>&1)" 'run: jmlctl migrate'
finish
