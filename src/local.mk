# SPDX-License-Identifier: MIT
#
# Everything but the two mains goes into libjmld.a, so that tests, fuzzers and benches link what the
# programs link. One file a line, sorted, per folder; headers and .def files too.

noinst_LIBRARIES += libjmld.a
libjmld_a_SOURCES =
nodist_libjmld_a_SOURCES = $(sql_made)
# So that one can ask for a single program in a fresh build.
$(libjmld_a_OBJECTS): | $(BUILT_SOURCES)

# base
libjmld_a_SOURCES += \
    %D%/base/address.c \
    %D%/base/address.h \
    %D%/base/arena.c \
    %D%/base/arena.h \
    %D%/base/civil.c \
    %D%/base/civil.h \
    %D%/base/err.c \
    %D%/base/err.h \
    %D%/base/id.c \
    %D%/base/id.h \
    %D%/base/json.c \
    %D%/base/log.c \
    %D%/base/log.h \
    %D%/base/messages.def \
    %D%/base/password.c \
    %D%/base/password.h \
    %D%/base/pattern.c \
    %D%/base/pattern.h \
    %D%/base/str.c \
    %D%/base/str.h \
    %D%/base/tzif.c \
    %D%/base/tzif.h \
    %D%/base/value.c \
    %D%/base/value.h \
    %D%/base/vec.c \
    %D%/base/vec.h \
    %D%/base/zone.c

# core
libjmld_a_SOURCES += \
    %D%/core/action.c \
    %D%/core/action.h \
    %D%/core/answers.c \
    %D%/core/answers.h \
    %D%/core/approval.c \
    %D%/core/approval.h \
    %D%/core/approval_mail.c \
    %D%/core/approvers.c \
    %D%/core/assignment.c \
    %D%/core/automatic.c \
    %D%/core/cause.c \
    %D%/core/cause.h \
    %D%/core/chain.c \
    %D%/core/chain.h \
    %D%/core/command.c \
    %D%/core/decision.c \
    %D%/core/delivery.c \
    %D%/core/drift.c \
    %D%/core/drift.h \
    %D%/core/eligibility.c \
    %D%/core/eligibility.h \
    %D%/core/event.c \
    %D%/core/fold.c \
    %D%/core/fold.h \
    %D%/core/fold_at.c \
    %D%/core/holding.c \
    %D%/core/identity.c \
    %D%/core/identity.h \
    %D%/core/ledger.c \
    %D%/core/ledger.h \
    %D%/core/machine.c \
    %D%/core/machine.h \
    %D%/core/notice.c \
    %D%/core/plan.c \
    %D%/core/request.c \
    %D%/core/run.c \
    %D%/core/setting.c \
    %D%/core/setting.h \
    %D%/core/settle.c \
    %D%/core/snapshot.h \
    %D%/core/states.h \
    %D%/core/step.c \
    %D%/core/step.h \
    %D%/core/subject.c \
    %D%/core/subject.h \
    %D%/core/story.c \
    %D%/core/story.h \
    %D%/core/story_access.c \
    %D%/core/story_policy.c \
    %D%/core/story_telling.h \
    %D%/core/transitions.def \
    %D%/core/target_plan.c \
    %D%/core/work.c \
    %D%/core/work.h

# core: documents and governance
libjmld_a_SOURCES += \
    %D%/core/conflict.c \
    %D%/core/builder.h \
    %D%/core/document.c \
    %D%/core/document.h \
    %D%/core/document_approval.c \
    %D%/core/document_keys.c \
    %D%/core/document_package.c \
    %D%/core/document_policy.c \
    %D%/core/document_question.c \
    %D%/core/document_read.c \
    %D%/core/document_read.h \
    %D%/core/document_subject.c \
    %D%/core/document_target.c \
    %D%/core/document_target_settings.c \
    %D%/core/document_trigger.c \
    %D%/core/document_workflow.c \
    %D%/core/governance.c \
    %D%/core/governance.h \
    %D%/core/governance_build.c \
    %D%/core/governance_check.c \
    %D%/core/governance_check.h \
    %D%/core/governance_export.c \
    %D%/core/governance_index.c \
    %D%/core/governance_index.h \
    %D%/core/governance_plan.c \
    %D%/core/governance_plan.h \
    %D%/core/governance_rows.h \
    %D%/core/package_plan.c \
    %D%/core/planner.h \
    %D%/core/policy_build.c \
    %D%/core/policy_plan.c \
    %D%/core/problem.c \
    %D%/core/problem.h \
    %D%/core/role.c \
    %D%/core/rule.h \
    %D%/core/rule_format.c \
    %D%/core/rule_match.c \
    %D%/core/rule_membership.c \
    %D%/core/rule_node.h \
    %D%/core/rule_parse.c \
    %D%/core/task.c \
    %D%/core/task_mail.c \
    %D%/core/tasks.c \
    %D%/core/tasks.def \
    %D%/core/workflow_plan.c

# loop
libjmld_a_SOURCES += \
    %D%/loop/child.c \
    %D%/loop/child.h \
    %D%/loop/lookup.c \
    %D%/loop/lookup.h \
    %D%/loop/loop.c \
    %D%/loop/loop.h \
    %D%/loop/loop_base.h \
    %D%/loop/server.c \
    %D%/loop/server.h \
    %D%/loop/transfer.c \
    %D%/loop/transfer.h

# db
libjmld_a_SOURCES += \
    %D%/db/claim.c \
    %D%/db/claim.h \
    %D%/db/conn.c \
    %D%/db/conn.h \
    %D%/db/deliver.c \
    %D%/db/deliver.h \
    %D%/db/drift.c \
    %D%/db/drift.h \
    %D%/db/load.c \
    %D%/db/load.h \
    %D%/db/migrate.c \
    %D%/db/migrate.h \
    %D%/db/oid.h \
    %D%/db/param.c \
    %D%/db/param.h \
    %D%/db/result.c \
    %D%/db/result.h \
    %D%/db/row.c \
    %D%/db/row.h \
    %D%/db/session.c \
    %D%/db/session.h \
    %D%/db/setup.c \
    %D%/db/setup.h \
    %D%/db/sqlstate.c \
    %D%/db/unite.c \
    %D%/db/unite.h \
    %D%/db/unit.c \
    %D%/db/unit.h \
    %D%/db/write.c \
    %D%/db/write.h

# target
libjmld_a_SOURCES +=

# mail
libjmld_a_SOURCES += \
    %D%/mail/letter.c \
    %D%/mail/letter.h \
    %D%/mail/markup.c \
    %D%/mail/message.c \
    %D%/mail/message.h \
    %D%/mail/smtp.c \
    %D%/mail/smtp.h \
    %D%/mail/template.c \
    %D%/mail/template.h

# target
libjmld_a_SOURCES += \
    %D%/target/callout.c \
    %D%/target/callout.h \
    %D%/target/extension.c \
    %D%/target/http.c \
    %D%/target/http.h \
    %D%/target/answer.c \
    %D%/target/answer.h \
    %D%/target/exec.c \
    %D%/target/kinds.h \
    %D%/target/manual.c \
    %D%/target/ldap.c \
    %D%/target/ldap.h \
    %D%/target/ldap_account.c \
    %D%/target/ldap_change.c \
    %D%/target/ldap_connect.c \
    %D%/target/ldap_dn.c \
    %D%/target/ldap_group.c \
    %D%/target/ldap_line.c \
    %D%/target/ldap_list.c \
    %D%/target/ldap_settings.c \
    %D%/target/null.c \
    %D%/target/scim.c \
    %D%/target/scim.h \
    %D%/target/scim_call.c \
    %D%/target/scim_group.c \
    %D%/target/scim_group.h \
    %D%/target/scim_member.c \
    %D%/target/scim_text.c \
    %D%/target/scim_user.c \
    %D%/target/settings.c \
    %D%/target/sql.c \
    %D%/target/sql_answer.c \
    %D%/target/sql_answer.h \
    %D%/target/sql_settings.c \
    %D%/target/sql_settings.h \
    %D%/target/target.c \
    %D%/target/target.h \
    %D%/target/webhook.c

# flow
libjmld_a_SOURCES += \
    %D%/flow/breaker.c \
    %D%/flow/breaker.h \
    %D%/flow/deliveries.c \
    %D%/flow/deliveries.h \
    %D%/flow/delivery_call.c \
    %D%/flow/delivery_claim.c \
    %D%/flow/delivery_drift.c \
    %D%/flow/delivery_write.c \
    %D%/flow/inflight.c \
    %D%/flow/inflight.h \
    %D%/flow/journal.c \
    %D%/flow/journal.h \
    %D%/flow/outlet.c \
    %D%/flow/outlet.h \
    %D%/flow/batch.c \
    %D%/flow/batch.h \
    %D%/flow/letters.c \
    %D%/flow/letters.h \
    %D%/flow/mail.c \
    %D%/flow/mail.h \
    %D%/flow/mail_send.c \
    %D%/flow/outbox.h \
    %D%/flow/people.c \
    %D%/flow/people.h \
    %D%/flow/poison.c \
    %D%/flow/poison.h \
    %D%/flow/search.c \
    %D%/flow/search.h \
    %D%/flow/statements.c \
    %D%/flow/ticket.c \
    %D%/flow/trouble.c

# daemon (all but main.c)
libjmld_a_SOURCES += \
    %D%/daemon/callback.c \
    %D%/daemon/callback.h \
    %D%/daemon/config.c \
    %D%/daemon/config.h \
    %D%/daemon/control.c \
    %D%/daemon/control.h \
    %D%/daemon/daemon.c \
    %D%/daemon/daemon.h \
    %D%/daemon/delivering.c \
    %D%/daemon/delivering.h \
    %D%/daemon/inside.h \
    %D%/daemon/mailing.c \
    %D%/daemon/mailing.h \
    %D%/daemon/notify.c \
    %D%/daemon/notify.h \
    %D%/daemon/reload.c \
    %D%/daemon/options.def

# ctl (all but main.c)
libjmld_a_SOURCES += \
    %D%/ctl/asking.c \
    %D%/ctl/asking.h \
    %D%/ctl/assignment.c \
    %D%/ctl/assignment.h \
    %D%/ctl/assignment_add.c \
    %D%/ctl/audit.c \
    %D%/ctl/check.c \
    %D%/ctl/check.h \
    %D%/ctl/command.c \
    %D%/ctl/command.h \
    %D%/ctl/config_file.c \
    %D%/ctl/config_file.h \
    %D%/ctl/delivery.c \
    %D%/ctl/event.c \
    %D%/ctl/event.h \
    %D%/ctl/event_submit.c \
    %D%/ctl/health.c \
    %D%/ctl/help.c \
    %D%/ctl/help.h \
    %D%/ctl/migrate.c \
    %D%/ctl/notification.c \
    %D%/ctl/outcome.c \
    %D%/ctl/outcome.h \
    %D%/ctl/output.c \
    %D%/ctl/output.h \
    %D%/ctl/package.c \
    %D%/ctl/package.h \
    %D%/ctl/package_delete.c \
    %D%/ctl/package_review.c \
    %D%/ctl/parse.c \
    %D%/ctl/parse.h \
    %D%/ctl/people.c \
    %D%/ctl/people.h \
    %D%/ctl/person.c \
    %D%/ctl/policy.c \
    %D%/ctl/query.c \
    %D%/ctl/query.h \
    %D%/ctl/request.c \
    %D%/ctl/rollout.c \
    %D%/ctl/run.c \
    %D%/ctl/status.c \
    %D%/ctl/table.c \
    %D%/ctl/table.h \
    %D%/ctl/target.c \
    %D%/ctl/timeline.c \
    %D%/ctl/timeline.h \
    %D%/ctl/why.c \
    %D%/ctl/workflow.c

# ctl: documents
libjmld_a_SOURCES += \
    %D%/db/governance.c \
    %D%/db/governance.h \
    %D%/ctl/apply.c \
    %D%/ctl/delegation.c \
    %D%/ctl/diff.c \
    %D%/ctl/drift.c \
    %D%/ctl/export.c \
    %D%/ctl/governance.c \
    %D%/ctl/governance.h

# ---- the programs ----

if HAVE_DAEMON_MAIN
sbin_PROGRAMS += jmld
jmld_SOURCES = %D%/daemon/main.c
jmld_LDADD = $(JML_LIBS)
endif

# Makes etc/jmld.conf and a part of jmld.conf(5) out of options.def; see scripts/update-options.
noinst_PROGRAMS += dump-options
dump_options_SOURCES = %D%/daemon/dump_options.c
dump_options_LDADD = $(JML_LIBS)

if HAVE_CTL_MAIN
bin_PROGRAMS += jmlctl
jmlctl_SOURCES = %D%/ctl/main.c
jmlctl_LDADD = $(JML_LIBS)
endif

# Made from the tables of verbs by scripts/refresh-ctl; tests/lint/test_ctl_made.sh compares.
bashcompletiondir = $(datadir)/bash-completion/completions
dist_bashcompletion_DATA = %D%/ctl/completion/jmlctl
