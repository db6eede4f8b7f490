# SPDX-License-Identifier: MIT
#
# The sample configuration goes to the examples, never over an administrator's own file.

examplesdir = $(docdir)/examples
dist_examples_DATA = $(wildcard $(srcdir)/%D%/*.conf)
governanceexamplesdir = $(examplesdir)/governance
dist_governanceexamples_DATA = $(wildcard $(srcdir)/%D%/governance/*.json)
templatesdir = $(pkgdatadir)/templates
dist_templates_DATA = $(wildcard $(srcdir)/%D%/templates/*.txt) \
    $(wildcard $(srcdir)/%D%/templates/*.html)
