#!/bin/sh
# SPDX-License-Identifier: MIT
# Every fuzzer reads every file of its corpus; a crash or a finding of a sanitizer fails.
n=0
for fuzzer in "$JML_BUILD"/tests/fuzz/fuzz_*; do
    [ -x "$fuzzer" ] && [ -f "$fuzzer" ] || continue
    case $fuzzer in *.*) continue ;; esac
    name=${fuzzer##*/fuzz_}
    n=$((n + 1))
    set -- "$JML_SRC/tests/fuzz/corpus/$name"/*
    if [ ! -e "$1" ]; then
        echo "not ok $n - $name has a corpus in tests/fuzz/corpus/$name"
    elif said=$(timeout 120 "$fuzzer" "$@" 2>&1); then
        echo "ok $n - $name reads $# inputs"
    else
        echo "not ok $n - $name reads $# inputs"
        echo "$said" | sed 's/^/# /'
    fi
done
echo "1..$n"
