# SPDX-License-Identifier: MIT
#
# sql/queries/*.sql and sql/migrations/*.sql become C strings. The files are found, not listed:
# put a new one there and run make. The folders are prerequisites too, so that a file that goes
# away is noticed.

sql_queries = $(sort $(wildcard $(srcdir)/%D%/queries/*.sql))
sql_migrations = $(sort $(wildcard $(srcdir)/%D%/migrations/*.sql))
sql2c = $(srcdir)/build-aux/sql2c.awk
sql2c_run = $(AM_V_GEN)$(MKDIR_P) %D% && LC_ALL=C $(AWK) -f $(sql2c)

%D%/queries.c: $(sql_queries) $(wildcard $(srcdir)/%D%/queries) $(sql2c)
	$(sql2c_run) -v what=queries -v form=c $(sql_queries) > $@.tmp && mv -f $@.tmp $@
%D%/queries.h: $(sql_queries) $(wildcard $(srcdir)/%D%/queries) $(sql2c)
	$(sql2c_run) -v what=queries -v form=h $(sql_queries) > $@.tmp && mv -f $@.tmp $@
%D%/migrations.c: $(sql_migrations) $(wildcard $(srcdir)/%D%/migrations) $(sql2c)
	$(sql2c_run) -v what=migrations -v form=c $(sql_migrations) > $@.tmp && mv -f $@.tmp $@
%D%/migrations.h: $(sql_migrations) $(wildcard $(srcdir)/%D%/migrations) $(sql2c)
	$(sql2c_run) -v what=migrations -v form=h $(sql_migrations) > $@.tmp && mv -f $@.tmp $@

sql_made = %D%/queries.c %D%/queries.h %D%/migrations.c %D%/migrations.h
BUILT_SOURCES += %D%/queries.h %D%/migrations.h
CLEANFILES += $(sql_made)
EXTRA_DIST += $(sql_queries) $(sql_migrations) $(wildcard $(srcdir)/%D%/*.md) \
    $(wildcard $(srcdir)/%D%/*.sql)
