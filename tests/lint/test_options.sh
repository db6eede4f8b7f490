#!/bin/sh
# SPDX-License-Identifier: MIT
# The sample configuration and jmld.conf(5) say what src/daemon/options.def says.
echo 1..1
if said=$("$JML_SRC/scripts/update-options" --check "$JML_BUILD" 2>&1); then
    echo "ok 1 - etc/jmld.conf and jmld.conf(5) are made of options.def"
else
    echo "not ok 1 - etc/jmld.conf and jmld.conf(5) are made of options.def"
fi
[ -z "$said" ] || echo "$said" | sed 's/^/# /'
