#!/bin/sh
# SPDX-License-Identifier: MIT
# The manual: what is made of tables is up to date, every page is sound mdoc.
set -u
: "${JML_SRC:?}"
n=0
ok() { # status, sentence, words
    n=$((n + 1))
    if [ "$1" = 0 ]; then echo "ok $n - $2"; else echo "not ok $n - $2"; fi
    [ -z "$3" ] || printf '%s\n' "$3" | sed 's/^/# /'
}

said=$("$JML_SRC/scripts/refresh-man" --check 2>&1)
ok $? 'jmld-states(7) and jmld-messages(7) are made of their tables' "$said"

for page in "$JML_SRC"/man/*.[1-9]; do
    name=$(basename "$page")
    if ! command -v mandoc > /dev/null 2>&1; then
        n=$((n + 1))
        echo "ok $n - $name is sound mdoc # SKIP no mandoc"
        continue
    fi
    said=$(mandoc -T lint -W warning "$page" 2>&1)
    ok $? "$name is sound mdoc" "$said"
done

# Every page names only pages that are there (ours) or are not ours.
said=$(sed -n 's/^\.Xr \(jml[a-z.-]*\) \([1-9]\).*/\1.\2/p' "$JML_SRC"/man/*.[1-9] | sort -u |
    while read -r page; do [ -e "$JML_SRC/man/$page" ] || echo "no page $page"; done)
[ -z "$said" ]
ok $? 'pages refer to pages that are there' "$said"
echo "1..$n"
