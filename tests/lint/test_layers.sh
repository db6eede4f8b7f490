#!/bin/sh
# SPDX-License-Identifier: MIT
# Includes point only down, libraries stay in their folder, files stay readable.
cd "$JML_SRC" || exit 1
echo 1..1
if said=$(find src \( -name '*.c' -o -name '*.h' -o -name '*.def' \) -print | LC_ALL=C sort |
    xargs "$AWK" -f build-aux/check-layers.awk 2>&1); then
    echo "ok 1 - layers, libraries and sizes of the files under src"
else
    echo "not ok 1 - layers, libraries and sizes of the files under src"
fi
[ -z "$said" ] || echo "$said" | sed 's/^/# /'
