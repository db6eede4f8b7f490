#!/bin/sh
# SPDX-License-Identifier: MIT
# What must hold after every step of random lives; see tests/sim/README.md. A tenth of them with
# JML_QUICK set.
[ -z "${JML_QUICK:-}" ] || export SEEDS=300
exec "$JML_BUILD/tests/sim/lives"
