#!/bin/sh
# SPDX-License-Identifier: MIT
#
# What is made from the tables of src/ctl is up to date, and of use. Prints TAP.
set -u
: "${JML_SRC:?}" "${JML_BUILD:?}"
jmlctl=$JML_BUILD/jmlctl
[ -x "$jmlctl" ] || { echo '1..0 # SKIP jmlctl is not built'; exit 0; }
echo 1..4
n=0
ok() {
    n=$((n + 1))
    if [ "$1" = 0 ]; then
        echo "ok $n - $2"
    else
        echo "not ok $n - $2"
        printf '%s\n' "$3" | sed 's/^/# /'
    fi
}

said=$("$JML_SRC/scripts/refresh-ctl" --check "$jmlctl" 2>&1)
ok $? 'completion and jmlctl(1) are up to date' "$said"

said=$(bash -n "$JML_SRC/src/ctl/completion/jmlctl" 2>&1)
ok $? 'the completion is bash' "$said"

# words: what bash offers behind them
offers() {
    bash -c '
        . "$0/src/ctl/completion/jmlctl"
        COMP_WORDS=(jmlctl "$@")
        COMP_CWORD=$#
        _jmlctl
        echo "${COMPREPLY[*]}"' "$JML_SRC" "$@"
}
said="$(offers ass); $(offers assignment up); $(offers -d x run list --wor); \
$(offers person list --state act)"
[ "$said" = 'assignment; update; --workflow; active' ]
ok $? 'it completes nouns, verbs, options and states' "$said"

if command -v mandoc >/dev/null 2>&1; then
    said=$(mandoc -T lint -W warning "$JML_SRC/man/jmlctl.1" 2>&1)
    ok $? 'jmlctl(1) is sound mdoc' "$said"
else
    n=$((n + 1))
    echo "ok $n - jmlctl(1) is sound mdoc # SKIP no mandoc"
fi
