# SPDX-License-Identifier: MIT
#
# NAME.service.in becomes NAME.service (see SUBST in the Makefile.am); *.sysusers and *.catalog are
# installed as they are, jmld.sysusers as jmld.conf.

unit_sources = $(wildcard $(srcdir)/%D%/*.service.in)
systemdsystemunit_DATA = $(patsubst $(srcdir)/%.in,%,$(unit_sources))
dist_catalog_DATA = $(wildcard $(srcdir)/%D%/*.catalog)
sysusers_sources = $(wildcard $(srcdir)/%D%/*.sysusers)
sysusers_DATA = $(patsubst $(srcdir)/%.sysusers,%.conf,$(sysusers_sources))

%D%/%.service: $(srcdir)/%D%/%.service.in Makefile
	$(AM_V_GEN)$(MKDIR_P) %D% && $(SUBST) $< > $@.tmp && mv -f $@.tmp $@
%D%/%.conf: $(srcdir)/%D%/%.sysusers Makefile
	$(AM_V_GEN)$(MKDIR_P) %D% && $(SUBST) $< > $@.tmp && mv -f $@.tmp $@

CLEANFILES += $(systemdsystemunit_DATA) $(sysusers_DATA)
EXTRA_DIST += $(unit_sources) $(sysusers_sources)
