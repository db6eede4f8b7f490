# SPDX-License-Identifier: MIT
#
# Manual pages are found by their section: put jmld.8, jmlctl.1, ... here.

dist_man1_MANS = $(wildcard $(srcdir)/%D%/*.1)
dist_man5_MANS = $(wildcard $(srcdir)/%D%/*.5)
dist_man7_MANS = $(wildcard $(srcdir)/%D%/*.7)
dist_man8_MANS = $(wildcard $(srcdir)/%D%/*.8)
