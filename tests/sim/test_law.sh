#!/bin/sh
# SPDX-License-Identifier: MIT
# The law of SEMANTICS C2, on histories in memory; see tests/sim/README.md.
"$JML_BUILD/tests/sim/law" | sed '/^\(not \)\{0,1\}ok 1 /s/$/ # TODO several rules still depend on the order of arrival/'
