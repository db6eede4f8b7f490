# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# For black-box tests: . "$JML_SRC/tests/lib/tap.sh"
#
#   is "sentence" "$got" "$wanted"      like "sentence" "$got" 'regex'
#   ok "sentence" COMMAND...            status "sentence" 78 COMMAND...
#   skip "sentence" "why"               todo "why" (before a test: it is known to fail)
#   finish (prints the plan; the script fails if a test did)
#   q "SQL" [psql options]              rows, columns parted by |
#   until_true SECONDS "SQL"            waits for a query to say t
tap_n=0
tap_failed=0
tap_todo=

tap_line() { # ok? sentence
    tap_n=$((tap_n + 1))
    if [ "$1" = 0 ]; then
        echo "ok $tap_n - $2"
    elif [ -n "$tap_todo" ]; then
        echo "not ok $tap_n - $2 # TODO $tap_todo"
    else
        tap_failed=1
        echo "not ok $tap_n - $2"
    fi
    tap_todo=
}

todo() { tap_todo=$1; }

ok() {
    local sentence=$1 said status=0
    shift
    said=$("$@" 2>&1) || status=$?
    tap_line "$status" "$sentence"
    [ "$status" = 0 ] || printf '%s\n' "$* ended with $status: $said" | sed 's/^/# /'
}

# refuses REGEX COMMAND...: for ok; it does not end with 0, and says so
refuses() {
    local what=$1 said
    shift
    ! said=$("$@" 2>&1) && grep -Eq -- "$what" <<< "$said" || { printf '%s\n' "$said"; return 1; }
}

status() {
    local sentence=$1 wanted=$2 said got=0
    shift 2
    said=$("$@" 2>&1) || got=$?
    is "$sentence" "$got" "$wanted"
    [ "$got" = "$wanted" ] || printf '%s\n' "$said" | sed 's/^/# /'
}

is() {
    if [ "$2" = "$3" ]; then
        tap_line 0 "$1"
    else
        tap_line 1 "$1"
        printf '%s\n' "got:    $2" "wanted: $3" | sed 's/^/# /'
    fi
}

like() {
    if printf '%s\n' "$2" | grep -qE -- "$3"; then
        tap_line 0 "$1"
    else
        tap_line 1 "$1"
        printf '%s\n' "got:    $2" "wanted: /$3/" | sed 's/^/# /'
    fi
}

skip() {
    tap_n=$((tap_n + 1))
    echo "ok $tap_n - $1 # SKIP $2"
}

q() {
    local sql=$1
    shift
    psql -X -q -A -t -v ON_ERROR_STOP=1 "$@" -c "$sql"
}

until_true() {
    local end=$((SECONDS + $1))
    until [ "$(q "$2")" = t ]; do
        [ "$SECONDS" -lt "$end" ] || return 1
        sleep 0.05
    done
}

finish() {
    echo "1..$tap_n"
    exit "$tap_failed"
}
