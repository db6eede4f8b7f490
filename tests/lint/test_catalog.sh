#!/bin/sh
# SPDX-License-Identifier: MIT
# Every message has its text in the journal's catalog, with the same id and subject, and no other.
messages=$JML_SRC/src/base/messages.def
catalog=$JML_SRC/systemd/jmld.catalog
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
n=0
answer() { # status sentence
    n=$((n + 1))
    if [ "$1" = 0 ]; then echo "ok $n - $2"; else echo "not ok $n - $2"; fi
}

sed -n 's/^M([A-Z_]*, [A-Z_]*, "\([0-9a-f]*\)", "\(.*\)")$/\1 \2/p' "$messages" |
    LC_ALL=C sort > "$work/messages"
awk '/^-- /{ id = $2 } /^Subject: /{ sub(/^Subject: /, ""); print id, $0 }' "$catalog" |
    LC_ALL=C sort > "$work/catalog"
[ -s "$work/messages" ] && said=$(diff "$work/messages" "$work/catalog")
answer $? "every message has one entry in the catalog, with its id and subject"
[ -z "$said" ] || echo "$said" | sed 's/^/# /'

[ "$(cut -d' ' -f1 "$work/messages" | uniq -d | wc -l)" = 0 ]
answer $? "no id is used twice"

if command -v journalctl > /dev/null; then
    mkdir -p "$work/root/usr/lib/systemd/catalog" "$work/root/var/lib/systemd/catalog"
    cp "$catalog" "$work/root/usr/lib/systemd/catalog/"
    said=$(journalctl --update-catalog --root="$work/root" 2>&1) &&
        [ -s "$work/root/var/lib/systemd/catalog/database" ]
    answer $? "journalctl compiles the catalog"
    [ -z "$said" ] || echo "$said" | sed 's/^/# /'
fi
echo "1..$n"
