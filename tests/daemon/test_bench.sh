#!/bin/bash
# SPDX-License-Identifier: MIT
#
# The bench in miniature: it comes to its end, and the ceiling, whose statements are sent by hand,
# writes what jmld writes. Nothing is said about speed; the server is that of the test.
# timeout: 120
: "${JML_SRC:=$(cd "$(dirname "$0")/../.." && pwd)}" "${JML_BUILD:=$JML_SRC}"
. "$JML_SRC/tests/lib/tap.sh"
for program in ceiling meter; do
    [ -x "$JML_BUILD/tests/bench/$program" ] ||
        make -s -C "$JML_BUILD" "tests/bench/$program" > "$JML_SANDBOX/make" 2>&1 ||
        { sed 's/^/# /' "$JML_SANDBOX/make"; echo "Bail out! no tests/bench/$program"; exit 99; }
done

said=$(N=200 ROUNDS=1 BATCH=20 LATENCY=10 IDLE_SECONDS=1 "$JML_SRC/tests/bench/run" 2>&1)
status=$?
is "it comes to its end" "$status" 0
[ "$status" = 0 ] || sed 's/^/# /' <<< "$said"
like "jmld and the ceiling leave the same behind" "$said" '^same rows: '
printf '%s\n' "$said" | grep '^NOT THE SAME ROWS' -A 20 | sed 's/^/# /'

# What tests/bench/README.md explains.
for who in jmld ceiling; do
    for kind in joiner leaver; do
        like "$who is measured with ${kind}s" "$said" \
            "^$who +$kind +[0-9]+ events/s +[0-9]+ rows/s .* WAL B/event .* server us/event .* client us/event .* MB peak"
    done
done
like "and once more with level info" "$said" '^jmld-info joiner '
like "the latency, as a client sees it" "$said" '^latency, client: p50_ms=[0-9.]+ '
like "and as the server noted it" "$said" '^latency, server: p50_ms=[0-9.]+ '
like "what it costs to wait" "$said" '^idle: client_percent=[0-9.]+ server_percent=[0-9.]+ '
like "the round trips" "$said" '^round trips: [0-9.]+ a batch of 20 people'
like "and the ratio of the two" "$said" '^ratio +leaver +jmld / ceiling: [0-9.]+ '
finish
