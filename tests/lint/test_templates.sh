#!/bin/sh
# SPDX-License-Identifier: MIT
# Every kind of mail has its words in English, and those that ask for something say how it is done.
cd "$JML_SRC" || exit 1
echo 1..3
tasks=$(sed -n 's/^T(.*, "\([a-z0-9_]*\)")$/\1/p' src/core/tasks.def)
others='near_expiry_14_days near_expiry_1_day access_ended access_granted approval_requested approval_reminder
    approval_escalated approval_expired request_approved request_denied request_expired digest'
missing=
for kind in $tasks $others; do
    head -n 1 "etc/templates/$kind.en.txt" 2> /dev/null | grep -q '^Subject: .' || missing="$missing $kind"
    grep -qw "$kind" man/jmld-templates.5 || missing="$missing $kind (man)"
done
[ -z "$missing" ] || printf 'not '
echo "ok 1 - every kind of mail has a template and is in jmld-templates(5)"
[ -z "$missing" ] || echo "# not:$missing"

silent=
for kind in near_expiry_14_days near_expiry_1_day approval_requested approval_reminder approval_escalated; do
    for file in "etc/templates/$kind".*.txt; do
        grep -q '{{whatToDo}}' "$file" || silent="$silent $file"
    done
done
[ -z "$silent" ] || printf 'not '
echo "ok 2 - what there is to do is said: a command, or a page of the portal"
[ -z "$silent" ] || echo "# not:$silent"

unknown=$(grep -hoE '"(near_expiry|access|approval|request)_[a-z0-9_]+"' src/core/assignment.c \
    src/core/approval_mail.c src/core/notice.c | tr -d '"' | sort -u | while read -r kind; do
    case " $(echo $tasks $others) approval_ access_ended: " in
        *" $kind "*) ;;
        *) echo "$kind" ;;
    esac
done)
[ -z "$unknown" ] || printf 'not '
echo "ok 3 - there are no others"
[ -z "$unknown" ] || echo "# $unknown" | tr '\n' ' '
