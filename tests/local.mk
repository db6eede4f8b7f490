# SPDX-License-Identifier: MIT
#
# Unit tests: one binary a folder of tests/unit, one file a line. Needs Criterion.

LOG_DRIVER = env AM_TAP_AWK='$(AWK)' $(SHELL) $(top_srcdir)/build-aux/tap-driver.sh
