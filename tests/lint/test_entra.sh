#!/bin/bash
# SPDX-License-Identifier: MIT
#
# ENTRA.md: every test that a row names is there, and says that.
set -u
src=${JML_SRC:-${srcdir:-.}}
[ -e "$src/ENTRA.md" ] || src=$(cd "$(dirname "$0")/../.." && pwd)
n=0 wrong=()
while IFS= read -r cell; do
    file=${cell%%:*} words=${cell#*: }
    file=${file//\`/}
    n=$((n + 1))
    if [ ! -e "$src/tests/$file" ]; then
        wrong+=("no tests/$file")
    elif ! grep -qF -- "$words" "$src/tests/$file"; then
        wrong+=("tests/$file does not say: $words")
    fi
done < <(sed -nE 's/^\|.*\| (`(daemon|db|lint|target|unit)[^|]*) \|$/\1/p' "$src/ENTRA.md")
rows=$(grep -cE '^\|' "$src/ENTRA.md")
heads=$(grep -cE '^\| there \||^\|---' "$src/ENTRA.md")
[ "${#wrong[@]}" = 0 ] && echo "ok 1 - every test that ENTRA.md names is there" || {
    echo "not ok 1 - every test that ENTRA.md names is there"
    printf '# %s\n' "${wrong[@]}"
}
[ "$n" = "$((rows - heads))" ] && echo "ok 2 - every row names one ($n)" ||
    echo "not ok 2 - every row names one: $n of $((rows - heads))"
echo 1..2
[ "${#wrong[@]}" = 0 ] && [ "$n" = "$((rows - heads))" ]
