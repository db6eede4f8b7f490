#!/bin/sh
# SPDX-License-Identifier: MIT
# A test that loses memory must make its program fail; otherwise no leak would ever be found.
echo 1..1
if [ "${JML_SANITIZERS:-no}" != yes ]; then
    echo "ok 1 - a leak fails its program # SKIP no sanitizers in this build"
elif "$JML_BUILD/tests/unit/leak/leaky" > /dev/null 2>&1; then
    echo "not ok 1 - a leak fails its program"
else
    echo "ok 1 - a leak fails its program"
fi
