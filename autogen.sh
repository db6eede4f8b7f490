#!/bin/sh
# SPDX-License-Identifier: MIT
# Makes ./configure out of configure.ac. Needed once after a clone; see HACKING.md.
set -eu
cd "$(dirname "$0")"
exec autoreconf --install --force --warnings=all,no-portability,no-obsolete
