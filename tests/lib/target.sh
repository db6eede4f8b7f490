# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# For tests of target kinds against real servers; source it after tap.sh:
#
#   drive KIND SETTINGS.json [OPTION...]   the driver; operations come on standard input
#   one KIND 'SETTINGS' 'OPERATION'        the answer to one operation
#   field NAME                             of the JSON object on standard input
#   certificates DIRECTORY                 ca.pem, and server, name (of another host), expired, foreign (of
#                                          another authority) and client: NAME.pem, NAME.key
#   server NAME COMMAND...                 in the background until the test ends; its words are in $work/NAME.log
#   until_file SECONDS FILE                waits for a file that is not empty
work=$(mktemp -d "${TMPDIR:-/tmp}/jmld-target.XXXXXX")
servers=()

servers_end() {
    local pid
    for pid in "${servers[@]}"; do
        kill -9 "$pid" 2> /dev/null
        wait "$pid" 2> /dev/null
    done
    rm -rf "$work"
}
trap servers_end EXIT
trap 'exit 143' TERM INT HUP

server() {
    local name=$1
    shift
    "$@" > "$work/$name.log" 2>&1 < /dev/null &
    servers+=($!)
}

until_file() {
    local end=$((SECONDS + $1))
    until [ -s "$2" ]; do
        [ "$SECONDS" -lt "$end" ] || return 1
        sleep 0.05
    done
}

drive() { "$JML_BUILD/tests/target/drive" "$@"; }

one() {
    printf '%s\n' "$2" > "$work/settings.json"
    printf '%s\n' "$3" | drive "$1" "$work/settings.json" 2>&1
}

field() { jq -r ".$1"; }

# authority NAME
authority() {
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 \
        -keyout "$1.key" -out "$1.pem" -subj "/CN=$1" 2> /dev/null
}

# certificate NAME AUTHORITY SUBJECT-ALTERNATIVE-NAME DAYS
certificate() {
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout "$1.key" -out "$1.csr" \
        -subj "/CN=$1" 2> /dev/null &&
        printf 'subjectAltName=%s\n' "$3" > "$1.ext" &&
        openssl x509 -req -in "$1.csr" -CA "$2.pem" -CAkey "$2.key" -CAcreateserial -days "$4" \
            -extfile "$1.ext" -out "$1.pem" 2> /dev/null
}

certificates() (
    mkdir -p "$1" && cd "$1" || exit 1
    umask 027
    authority ca && authority stranger &&
        certificate server ca IP:127.0.0.1 2 && certificate name ca DNS:other.example 2 &&
        certificate expired ca IP:127.0.0.1 -1 && certificate foreign stranger IP:127.0.0.1 2 &&
        certificate client ca DNS:jmld 2
)
