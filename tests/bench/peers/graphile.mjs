// SPDX-License-Identifier: MIT
//
// graphile-worker at the work of a joiner: one call of peer.joiner() a job.
//   graphile.mjs enqueue         makes a job of every pending event (addJobs, 1000 at a time)
//   graphile.mjs drain           works until no job is left; one line key=value
// NODE_PATH does not count for modules: the package is found beside a copy of this file.
import { readdirSync, readFileSync } from 'node:fs';
import { Logger, makeWorkerUtils, run, runMigrations } from 'graphile-worker';
import pg from 'pg';

const pool = new pg.Pool({ max: 25 });
pool.on('error', () => {});
const logger = new Logger(() => (level, message) => {
    if (level === 'error') console.error(message);
});
// what was fastest of: 4 to 100 jobs at a time, pools of 10 to 50, with and without local queue
const preset = {
    worker: {
        pgPool: pool,
        logger,
        concurrentJobs: 24,
        maxPoolSize: 25,
        completeJobBatchDelay: 0,
        failJobBatchDelay: 0,
        localQueue: { size: 500, refetchDelay: { durationMs: 10 } },
    },
};

async function one(text, values) {
    const result = await pool.query(text, values);
    return Object.values(result.rows[0])[0];
}

// The postmaster, its children, and those of them that have ended: in seconds.
function serverCpu() {
    const postmaster = Number(process.env.BENCH_POSTMASTER);
    let ticks = 0;
    for (const name of readdirSync('/proc')) {
        if (!/^\d+$/.test(name)) continue;
        let stat;
        try {
            stat = readFileSync(`/proc/${name}/stat`, 'utf8');
        } catch {
            continue;
        }
        const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ').map(Number);
        const own = fields[11] + fields[12];
        if (Number(name) === postmaster) ticks += own + fields[13] + fields[14];
        else if (fields[1] === postmaster) ticks += own;
    }
    return ticks / 100;
}

async function enqueue() {
    await runMigrations({ preset });
    const utils = await makeWorkerUtils({ preset });
    const { rows } = await pool.query(
        "SELECT id, employee_id FROM jml.event WHERE state = 'pending' ORDER BY id");
    for (let i = 0; i < rows.length; i += 1000)
        await utils.addJobs(rows.slice(i, i + 1000).map((row) => ({
            identifier: 'joiner',
            payload: { event: row.id, employee: row.employee_id },
        })));
    await utils.release();
}

async function drain() {
    const total = Number(await one('SELECT count(*) FROM graphile_worker._private_jobs'));
    const ids = [
        await one("SELECT id FROM jml.workflow WHERE display_name = 'Welcome'"),
        await one("SELECT id FROM jml.access_package WHERE display_name = 'Everyone'"),
        await one("SELECT id FROM jml.assignment_policy WHERE display_name = 'While employed'"),
    ];
    await pool.query('CHECKPOINT');
    const wal = await one('SELECT pg_current_wal_lsn()::text');
    let done = 0;
    let finish;
    const all = new Promise((resolve) => (finish = resolve));
    const query = {
        name: 'joiner',
        text: 'SELECT peer.joiner($1, $2, $3, $4, $5)',
    };
    const taskList = {
        joiner: async ({ event, employee }, helpers) => {
            await helpers.withPgClient((c) =>
                c.query({ ...query, values: [event, employee, ...ids] }));
            if (++done === total) finish();
        },
    };
    const server = serverCpu();
    const cpu = process.cpuUsage();
    const begin = process.hrtime.bigint();
    const runner = await run({ preset, taskList });
    await all;
    // until the jobs themselves are gone, as jmld's queue has to be
    while (Number(await one('SELECT count(*) FROM graphile_worker._private_jobs')) > 0)
        await new Promise((resolve) => setTimeout(resolve, 5));
    const seconds = Number(process.hrtime.bigint() - begin) / 1e9;
    const used = process.cpuUsage(cpu);
    const serverUsed = serverCpu() - server;
    const bytes = await one('SELECT pg_current_wal_lsn() - $1::pg_lsn', [wal]);
    const peak = readFileSync('/proc/self/status', 'utf8').match(/VmHWM:\s+(\d+)/)[1];
    console.log(`seconds=${seconds.toFixed(4)} server_cpu=${serverUsed.toFixed(2)} ` +
        `client_cpu=${((used.user + used.system) / 1e6).toFixed(3)} peak_kb=${peak} wal=${bytes}`);
    await runner.stop();
}

await { enqueue, drain }[process.argv[2]]();
await pool.end();
process.exit(0);
