#!/bin/sh
# SPDX-License-Identifier: MIT
# What must hold after every step of random lives; see tests/sim/README.md.
exec "$JML_BUILD/tests/sim/lives"
