#!/bin/bash
# SPDX-License-Identifier: MIT
# Connections, parameters and results, against a server.
set -u
program=$JML_BUILD/tests/unit/db/test
[ -x "$program" ] || { echo "1..0 # SKIP built without Criterion, or make check was not run"; exit 0; }
exec "$JML_SRC/tests/lib/run-unit" "$program"
