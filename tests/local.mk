# SPDX-License-Identifier: MIT
#
# make check: unit tests (Criterion, one program a folder of tests/unit), the corpora of the
# fuzzers, and checks of the source itself. Everything speaks TAP. Tests that need PostgreSQL are
# tests/db/test_*.sh and tests/daemon/test_*.sh, and those that need servers of others are
# tests/target/test_*.sh: found by scripts/check.

TEST_EXTENSIONS = .sh
tap_driver = env AM_TAP_AWK='$(AWK)' $(SHELL) $(top_srcdir)/build-aux/tap-driver.sh
LOG_DRIVER = $(tap_driver)
LOG_COMPILER = $(SHELL) $(top_srcdir)/%D%/lib/run-unit
SH_LOG_DRIVER = $(tap_driver)
SH_LOG_COMPILER = $(SHELL)
AM_TESTS_ENVIRONMENT = \
    JML_SRC='$(abs_top_srcdir)'; JML_BUILD='$(abs_top_builddir)'; AWK='$(AWK)'; \
    export JML_SRC JML_BUILD AWK;
if SANITIZERS
AM_TESTS_ENVIRONMENT += JML_SANITIZERS=yes; export JML_SANITIZERS;
endif

check_LIBRARIES += libjmltest.a
libjmltest_a_SOURCES = \
    %D%/lib/case.c \
    %D%/lib/case.h \
    %D%/lib/case_check.c \
    %D%/lib/leak.c \
    %D%/lib/leak.h
libjmltest_a_CPPFLAGS = $(test_cppflags)

test_cppflags = $(AM_CPPFLAGS) -I$(top_srcdir)/tests -DJML_SRCDIR='"$(abs_top_srcdir)"' \
    $(CRITERION_CFLAGS)
test_libs = libjmltest.a $(JML_LIBS)

# ---- unit tests: add files here, one a line; a new folder copies the stanza of base ----

if HAVE_CRITERION
unit_programs = %D%/unit/base/test

tests_unit_base_test_SOURCES = \
    %D%/unit/base/test_arena.c \
    %D%/unit/base/test_civil.c \
    %D%/unit/base/test_duration.c \
    %D%/unit/base/test_id.c \
    %D%/unit/base/test_log.c \
    %D%/unit/base/test_password.c \
    %D%/unit/base/test_pattern.c \
    %D%/unit/base/test_sql.c \
    %D%/unit/base/test_str.c \
    %D%/unit/base/test_value.c \
    %D%/unit/base/test_zone.c
tests_unit_base_test_CPPFLAGS = $(test_cppflags)
tests_unit_base_test_LDADD = $(test_libs) $(CRITERION_LIBS)

unit_programs += %D%/unit/core/test
tests_unit_core_test_SOURCES = \
    %D%/unit/core/documents.c \
    %D%/unit/core/documents.h \
    %D%/unit/core/sentences.h \
    %D%/unit/core/asking.h \
    %D%/unit/core/test_approval.c \
    %D%/unit/core/test_assignment.c \
    %D%/unit/core/test_command.c \
    %D%/unit/core/test_automatic.c \
    %D%/unit/core/test_conflict.c \
    %D%/unit/core/test_delivery.c \
    %D%/unit/core/test_document.c \
    %D%/unit/core/test_drift.c \
    %D%/unit/core/test_eligibility.c \
    %D%/unit/core/test_extension.c \
    %D%/unit/core/test_fold.c \
    %D%/unit/core/test_governance.c \
    %D%/unit/core/test_identity.c \
    %D%/unit/core/test_law.c \
    %D%/unit/core/test_membership.c \
    %D%/unit/core/test_pass.c \
    %D%/unit/core/test_plan.c \
    %D%/unit/core/test_policy.c \
    %D%/unit/core/test_request.c \
    %D%/unit/core/test_role.c \
    %D%/unit/core/test_rule.c \
    %D%/unit/core/test_story.c \
    %D%/unit/core/test_target.c \
    %D%/unit/core/test_run.c \
    %D%/unit/core/test_task.c \
    %D%/unit/core/test_transitions.c
tests_unit_core_test_CPPFLAGS = $(test_cppflags)
tests_unit_core_test_LDADD = $(test_libs) $(CRITERION_LIBS)

unit_programs += %D%/unit/ctl/test
tests_unit_ctl_test_SOURCES = \
    %D%/unit/ctl/test_answers.c \
    %D%/unit/ctl/test_config_file.c \
    %D%/unit/ctl/test_output.c \
    %D%/unit/ctl/test_parse.c \
    %D%/unit/ctl/test_people.c
tests_unit_ctl_test_CPPFLAGS = $(test_cppflags)
tests_unit_ctl_test_LDADD = $(test_libs) $(CRITERION_LIBS)

unit_programs += %D%/unit/daemon/test
tests_unit_daemon_test_SOURCES = %D%/unit/daemon/test_callback.c %D%/unit/daemon/test_config.c
tests_unit_daemon_test_CPPFLAGS = $(test_cppflags)
tests_unit_daemon_test_LDADD = $(test_libs) $(CRITERION_LIBS)

unit_programs += %D%/unit/db/test
tests_unit_db_test_SOURCES = \
    %D%/unit/db/test_conn.c \
    %D%/unit/db/test_session.c \
    %D%/unit/db/test_sqlstate.c \
    %D%/unit/db/test_values.c
tests_unit_db_test_CPPFLAGS = $(test_cppflags) $(LIBPQ_CFLAGS)
tests_unit_db_test_LDADD = $(test_libs) $(CRITERION_LIBS)

unit_programs += %D%/unit/flow/test
tests_unit_flow_test_SOURCES = %D%/unit/flow/test_breaker.c %D%/unit/flow/test_inflight.c %D%/unit/flow/test_reason.c %D%/unit/flow/test_search.c
tests_unit_flow_test_CPPFLAGS = $(test_cppflags)
tests_unit_flow_test_LDADD = $(test_libs) $(CRITERION_LIBS)

unit_programs += %D%/unit/loop/test
tests_unit_loop_test_SOURCES = \
    %D%/unit/loop/test_child.c \
    %D%/unit/loop/test_lookup.c \
    %D%/unit/loop/test_loop.c \
    %D%/unit/loop/test_transfer.c
tests_unit_loop_test_CPPFLAGS = $(test_cppflags)
tests_unit_loop_test_LDADD = $(test_libs) $(CRITERION_LIBS)

unit_programs += %D%/unit/target/test
tests_unit_target_test_SOURCES = \
    %D%/unit/target/test_ldap.c
tests_unit_target_test_CPPFLAGS = $(test_cppflags)
tests_unit_target_test_LDADD = $(test_libs) $(CRITERION_LIBS)
unit_programs += %D%/unit/mail/test
tests_unit_mail_test_SOURCES = \
    %D%/unit/mail/test_message.c \
    %D%/unit/mail/test_smtp.c \
    %D%/unit/mail/test_template.c
tests_unit_mail_test_CPPFLAGS = $(test_cppflags)
tests_unit_mail_test_LDADD = $(test_libs) $(CRITERION_LIBS)

# Loses memory on purpose; unit/test_leak.sh sees to it that this is noticed.
tests_unit_leak_leaky_SOURCES = %D%/unit/leak/test_leaky.c
tests_unit_leak_leaky_CPPFLAGS = $(test_cppflags)
tests_unit_leak_leaky_LDADD = $(test_libs) $(CRITERION_LIBS)

check_PROGRAMS += $(unit_programs) %D%/unit/leak/leaky
TESTS += $(unit_programs) %D%/unit/test_leak.sh
endif

# ---- kinds of targets by themselves, for tests/target/test_*.sh ----

check_PROGRAMS += %D%/target/drive
tests_target_drive_SOURCES = %D%/target/drive.c
tests_target_drive_LDADD = $(JML_LIBS)

# ---- fuzzers: tests/fuzz/fuzz_NAME.c, its inputs in tests/fuzz/corpus/NAME ----

fuzz_programs =
if FUZZING
fuzz_main =
else
fuzz_main = %D%/lib/fuzz_main.c
endif

fuzz_programs += %D%/fuzz/fuzz_civil
tests_fuzz_fuzz_civil_SOURCES = %D%/fuzz/fuzz_civil.c $(fuzz_main)
tests_fuzz_fuzz_civil_LDADD = $(JML_LIBS)
tests_fuzz_fuzz_civil_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)

fuzz_programs += %D%/fuzz/fuzz_rule
tests_fuzz_fuzz_rule_SOURCES = %D%/fuzz/fuzz_rule.c $(fuzz_main)
tests_fuzz_fuzz_rule_LDADD = $(JML_LIBS)
tests_fuzz_fuzz_rule_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)

fuzz_programs += %D%/fuzz/fuzz_document
tests_fuzz_fuzz_document_SOURCES = %D%/fuzz/fuzz_document.c $(fuzz_main)
tests_fuzz_fuzz_document_LDADD = $(JML_LIBS)
tests_fuzz_fuzz_document_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)

fuzz_programs += %D%/fuzz/fuzz_event
tests_fuzz_fuzz_event_SOURCES = %D%/fuzz/fuzz_event.c $(fuzz_main)
tests_fuzz_fuzz_event_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests
tests_fuzz_fuzz_event_LDADD = libjmltest.a $(JML_LIBS)
tests_fuzz_fuzz_event_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)

fuzz_programs += %D%/fuzz/fuzz_value
tests_fuzz_fuzz_value_SOURCES = %D%/fuzz/fuzz_value.c $(fuzz_main)
tests_fuzz_fuzz_value_LDADD = $(JML_LIBS)
tests_fuzz_fuzz_value_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)

fuzz_programs += %D%/fuzz/fuzz_zone
tests_fuzz_fuzz_zone_SOURCES = %D%/fuzz/fuzz_zone.c $(fuzz_main)
tests_fuzz_fuzz_zone_LDADD = $(JML_LIBS)
tests_fuzz_fuzz_zone_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)

check_PROGRAMS += $(fuzz_programs)
TESTS += %D%/fuzz/test_corpus.sh
EXTRA_DIST += $(wildcard $(srcdir)/%D%/fuzz/corpus/*/*)
EXTRA_DIST += %D%/golden/transitions.txt

# ---- the simulator: make check, make sim SEEDS=10000; see tests/sim/README.md ----

check_LIBRARIES += libjmlsim.a
libjmlsim_a_SOURCES = \
    %D%/sim/company.c \
    %D%/sim/company.h \
    %D%/sim/history.c \
    %D%/sim/history.h \
    %D%/sim/live.c \
    %D%/sim/live.h \
    %D%/sim/shrink.c \
    %D%/sim/shrink.h
libjmlsim_a_CPPFLAGS = $(test_cppflags)

check_PROGRAMS += %D%/sim/law
tests_sim_law_SOURCES = %D%/sim/law.c %D%/sim/oracle.c %D%/sim/oracle.h
tests_sim_law_CPPFLAGS = $(test_cppflags)
tests_sim_law_LDADD = libjmlsim.a $(test_libs)
check_PROGRAMS += %D%/sim/lives
tests_sim_lives_SOURCES = %D%/sim/lives.c
tests_sim_lives_CPPFLAGS = $(test_cppflags)
tests_sim_lives_LDADD = libjmlsim.a $(test_libs)
check_PROGRAMS += %D%/sim/feed
tests_sim_feed_SOURCES = %D%/sim/feed.c
tests_sim_feed_CPPFLAGS = $(test_cppflags)
tests_sim_feed_LDADD = libjmlsim.a $(test_libs)
TESTS += %D%/sim/test_law.sh %D%/sim/test_lives.sh
EXTRA_DIST += %D%/sim/README.md

.PHONY: sim sim-daemon
sim: $(check_LIBRARIES) %D%/sim/law %D%/sim/lives
	SEEDS=$(SEEDS) SEED=$(SEED) %D%/sim/law
	SEEDS=$(SEEDS) SEED=$(SEED) %D%/sim/lives
sim-daemon: jmld jmlctl $(check_LIBRARIES) %D%/sim/feed
	SIM_PEOPLE=$${SIM_PEOPLE:-1000} JML_SRC='$(abs_top_srcdir)' JML_BUILD='$(abs_top_builddir)' \
	    $(srcdir)/%D%/lib/run-scripts $(abs_top_srcdir)/%D%/daemon/test_sim.sh

# ---- checks of the source ----

TESTS += %D%/lint/test_catalog.sh
TESTS += %D%/lint/test_options.sh
TESTS += %D%/lint/test_layers.sh
TESTS += %D%/lint/test_man.sh
TESTS += %D%/lint/test_ctl_made.sh
TESTS += %D%/lint/test_entra.sh
TESTS += %D%/lint/test_templates.sh

EXTRA_DIST += \
    $(wildcard $(srcdir)/%D%/*/test_*.sh) \
    $(wildcard $(srcdir)/%D%/db/*.sql) \
    $(wildcard $(srcdir)/%D%/target/*.mjs) \
    $(wildcard $(srcdir)/%D%/target/*.py) \
    %D%/lib/run-scripts \
    %D%/lib/run-unit \
    $(wildcard $(srcdir)/%D%/lib/*.sh)

# ---- make bench, make bench-peers: no part of make check, which makes their programs only, for
# tests/daemon/test_bench.sh; see tests/bench/README.md ----

bench_programs = %D%/bench/ceiling %D%/bench/meter
check_PROGRAMS += $(bench_programs)
tests_bench_ceiling_SOURCES = %D%/bench/ceiling.c
tests_bench_ceiling_LDADD = libjmld.a $(LIBPQ_LIBS)
tests_bench_meter_SOURCES = %D%/bench/meter.c
tests_bench_meter_LDADD = $(LIBPQ_LIBS)

bench_run = JML_SRC='$(abs_top_srcdir)' JML_BUILD='$(abs_top_builddir)' $(srcdir)/%D%/bench/run
.PHONY: bench bench-peers
bench: jmld jmlctl $(bench_programs)
	$(bench_run)
bench-peers: jmld jmlctl $(bench_programs)
	$(bench_run) --peers

EXTRA_DIST += \
    %D%/bench/README.md \
    %D%/bench/deliveries \
    %D%/bench/governance.json \
    %D%/bench/peers/graphile.mjs \
    %D%/bench/peers/graphile.sh \
    %D%/bench/peers/joiner.sql \
    %D%/bench/run
