#!/bin/sh
# SPDX-License-Identifier: MIT
# The law of SEMANTICS C2, on 100,000 histories in memory, in two halves side by side; see
# tests/sim/README.md. With sanitizers, or JML_QUICK set, it is 5,000.
half=50000
[ -z "${JML_SANITIZERS:-}${JML_QUICK:-}" ] || half=2500
out=$(mktemp -d) || exit 1
trap 'rm -rf "$out"' EXIT
for n in 0 1; do
    {
        SEEDS=$half FIRST=$((half * n + 1)) "$JML_BUILD/tests/sim/law" > "$out/$n"
        echo $? > "$out/$n.status"
    } &
done
wait
{
    cat "$out/0"
    # the second half goes on with the numbers of the first
    sed 's/ok 1 /ok 5 /; s/ok 2 /ok 6 /; s/ok 3 /ok 7 /; s/ok 4 /ok 8 /' "$out/1"
} | sed '/^1\.\./d'
echo 1..8
[ "$(cat "$out/0.status" "$out/1.status" | tr -d '\n')" = 00 ]
