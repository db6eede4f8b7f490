# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# Requests by SQL and what became of them, for black-box tests; after story.sh.

# insert TABLE COLUMNS VALUES [COLUMN=VALUE]...: prints the id
insert() {
    local columns=$2 values=$3 pair
    for pair in "${@:4}"; do
        columns+=", ${pair%%=*}"
        values+=", ${pair#*=}"
    done
    q "INSERT INTO jml.$1 ($columns) VALUES ($values) RETURNING id"
}
package_id_of() { echo "(SELECT id FROM jml.access_package WHERE display_name = '$1')"; }
# asks TYPE WHO PACKAGE [COLUMN=VALUE]...
asks() {
    insert assignment_request 'request_type, target_employee_id, access_package_id' \
        "'$1', '$2', $(package_id_of "$3")" "${@:4}"
}
# by_mail TYPE ADDRESS PACKAGE [COLUMN=VALUE]...
by_mail() {
    insert assignment_request 'request_type, target_email, access_package_id' \
        "'$1', '$2', $(package_id_of "$3")" "${@:4}"
}
# decides approve|deny WHO REQUEST [COLUMN=VALUE]...
decides() { insert approval 'request_id, approver, decision' "'$3', '$2', '$1'" "${@:4}"; }
# state REQUEST, said_of DECISION: "denied not_eligible"
state() { q "SELECT state || coalesce(' ' || split_part(error, ':', 1), '') FROM jml.assignment_request WHERE id = '$1'"; }
said_of() { q "SELECT state || coalesce(' ' || split_part(error, ':', 1), '') FROM jml.approval WHERE id = '$1'"; }
