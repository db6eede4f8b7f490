/* SPDX-License-Identifier: MIT
 *
 * Meter: what tests/bench/run cannot measure with a shell.
 *
 *   meter drain EVENT -- COMMAND...   time and cost until EVENT is decided and the queue is empty
 *   meter latency COUNT PREFIX        single inserts on an idle system: until their outcome is seen
 *   meter idle SECONDS PID            processor time of a process and of the server meanwhile
 *   meter relay LISTEN SERVER         passes a socket on and counts round trips; ends by SIGTERM
 *
 * The database is libpq's own default (PGHOST, PGDATABASE, ...); BENCH_POSTMASTER is the process of
 * the server. One line "key=value ..." on stdout, exit 1 with a sentence on stderr.
 */
#include <dirent.h>
#include <errno.h>
#include <libpq-fe.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define DRAIN_SECONDS   240 /* then it counts as stuck */
#define LATENCY_SECONDS 5
#define RELAY_MAX       32

static pid_t started; /* the measured command, ended with us */

static _Noreturn void fail(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static void drain(const char *event, char **command);
static void latency(int count, const char *prefix);
static void idle(double seconds, pid_t pid);
static void relay(const char *path, const char *server);

int main(int argc, char **argv)
{
    if (argc >= 5 && strcmp(argv[1], "drain") == 0 && strcmp(argv[3], "--") == 0)
        drain(argv[2], argv + 4);
    else if (argc == 4 && strcmp(argv[1], "latency") == 0)
        latency(atoi(argv[2]), argv[3]);
    else if (argc == 4 && strcmp(argv[1], "idle") == 0)
        idle(atof(argv[2]), (pid_t)atol(argv[3]));
    else if (argc == 4 && strcmp(argv[1], "relay") == 0)
        relay(argv[2], argv[3]);
    else
        fail("usage: meter drain|latency|idle|relay ..., see tests/bench/meter.c");
    return 0;
}

/* ---- the system ---- */

static void fail(const char *fmt, ...)
{
    va_list args;

    fputs("meter: ", stderr);
    va_start(args, fmt);
    vfprintf(stderr, fmt, args);
    va_end(args);
    fputc('\n', stderr);
    if (started > 0)
        kill(started, SIGTERM);
    exit(1);
}

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void sleep_for(double seconds)
{
    struct timespec t = {(time_t)seconds, (long)((seconds - (double)(time_t)seconds) * 1e9)};

    while (nanosleep(&t, &t) < 0 && errno == EINTR)
        ;
}

/* Processor time in seconds from /proc/PID/stat; with that of its children that have ended. */
static double cpu_of(pid_t pid, pid_t *ret_parent, bool with_reaped)
{
    char path[64], line[1024], *rest;
    unsigned long user, system;
    long reaped_user, reaped_system;
    int parent;
    size_t n;
    FILE *f;

    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    f = fopen(path, "re");
    if (!f)
        return 0;
    n = fread(line, 1, sizeof line - 1, f);
    fclose(f);
    line[n] = 0;
    rest = strrchr(line, ')'); /* a command may hold blanks */
    if (!rest || sscanf(rest + 1, " %*c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu %ld %ld",
                        &parent, &user, &system, &reaped_user, &reaped_system) != 5)
        return 0;
    *ret_parent = (pid_t)parent;
    if (with_reaped) {
        user += (unsigned long)reaped_user;
        system += (unsigned long)reaped_system;
    }
    return (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
}

/* The postmaster, its children, and those of them that have ended. */
static double server_cpu(void)
{
    const char *text = getenv("BENCH_POSTMASTER");
    pid_t postmaster = text ? (pid_t)atol(text) : 0, parent;
    DIR *proc = opendir("/proc");
    double sum;

    if (postmaster <= 0 || !proc)
        fail("BENCH_POSTMASTER must be the server's process");
    sum = cpu_of(postmaster, &parent, true);
    for (struct dirent *d; (d = readdir(proc));) {
        pid_t pid = (pid_t)atol(d->d_name);
        double cpu = pid > 0 ? cpu_of(pid, &parent, false) : 0;

        if (pid > 0 && cpu > 0 && parent == postmaster)
            sum += cpu;
    }
    closedir(proc);
    return sum;
}

static long peak_kb(pid_t pid)
{
    char path[64], line[256];
    long kb = 0;
    FILE *f;

    snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    f = fopen(path, "re");
    if (!f)
        return 0;
    while (fgets(line, sizeof line, f))
        if (sscanf(line, "VmHWM: %ld", &kb) == 1)
            break;
    fclose(f);
    return kb;
}

/* ---- the database ---- */

static PGconn *connect_database(void)
{
    PGconn *c = PQconnectdb("application_name=meter");

    if (PQstatus(c) != CONNECTION_OK)
        fail("%s", PQerrorMessage(c));
    return c;
}

/* The first value of the result, "" if there is none. Valid until the next call. */
static const char *ask(PGconn *c, const char *sql, const char *const *values, int n)
{
    static char answer[256];
    PGresult *r = PQexecParams(c, sql, n, NULL, values, NULL, NULL, 0);
    ExecStatusType status = PQresultStatus(r);

    if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK)
        fail("%s", PQresultErrorMessage(r));
    snprintf(answer, sizeof answer, "%s", PQntuples(r) ? PQgetvalue(r, 0, 0) : "");
    PQclear(r);
    return answer;
}

/* ---- drain ---- */

static void drain(const char *event, char **command)
{
    PGconn *c = connect_database();
    const char *values[] = {event};
    char wal[64];
    struct rusage usage;
    double begin, seconds, server, client;
    int status, ended = 0;
    long peak = 0;

    ask(c, "CHECKPOINT", NULL, 0);
    ask(c, "SET enable_seqscan = off", NULL, 0);
    snprintf(wal, sizeof wal, "%s", ask(c, "SELECT pg_current_wal_lsn()", NULL, 0));
    server = server_cpu();
    begin = now();
    started = fork();
    if (started < 0)
        fail("fork: %s", strerror(errno));
    if (started == 0) {
        execvp(command[0], command);
        fprintf(stderr, "meter: %s: %s\n", command[0], strerror(errno));
        _exit(127);
    }
    /* First the cheap question, by primary key; only then the queue with all its dead rows. */
    for (;; sleep_for(0.005)) {
        if (!ended)
            peak = peak_kb(started) > peak ? peak_kb(started) : peak;
        if (*ask(c, "SELECT 1 FROM jml.event WHERE id = $1 AND state <> 'pending'", values, 1) &&
            !*ask(c, "SELECT 1 FROM jml.queue LIMIT 1", NULL, 0))
            break;
        if (ended)
            fail("%s ended before the queue was empty", command[0]);
        if (waitpid(started, &status, WNOHANG) > 0)
            ended = 1; /* one look more: it may have ended because it was done */
        if (now() - begin > DRAIN_SECONDS)
            fail("%s is not done after %d s", command[0], DRAIN_SECONDS);
    }
    seconds = now() - begin;
    if (!ended) {
        kill(started, SIGTERM);
        waitpid(started, &status, 0);
    }
    started = 0;
    getrusage(RUSAGE_CHILDREN, &usage);
    client = (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
             (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
    /* Backends end after their client: their processor time and their counts belong to it. */
    for (int i = 0; i < 400; i++, sleep_for(0.01))
        if (*ask(c,
                 "SELECT 1 WHERE NOT EXISTS (SELECT FROM pg_stat_activity WHERE backend_type = "
                 "'client backend' AND datname = current_database() AND pid <> pg_backend_pid())",
                 NULL, 0))
            break;
    values[0] = wal;
    printf("seconds=%.4f server_cpu=%.2f client_cpu=%.3f peak_kb=%ld wal=%s\n", seconds,
           server_cpu() - server, client, peak,
           ask(c, "SELECT pg_current_wal_lsn() - $1::pg_lsn", values, 1));
    PQfinish(c);
}

/* ---- latency ---- */

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static void latency(int count, const char *prefix)
{
    PGconn *feed = connect_database(), *look = connect_database();
    double *seen = calloc((size_t)count + 1, sizeof *seen);

    if (!seen || count < 1)
        fail("latency needs a count");
    srandom(1);
    for (int i = 0; i < count; i++) {
        char employee[64], id[32];
        const char *values[] = {employee};
        const char *ids[] = {id};
        double begin;

        sleep_for(0.020 + (double)(random() % 30) / 1000);
        snprintf(employee, sizeof employee, "%s%d", prefix, i);
        begin = now();
        snprintf(id, sizeof id, "%s",
                 ask(feed,
                     "INSERT INTO jml.event (source, source_ref, kind, employee_id, effective_on, "
                     "attributes) VALUES ('bench', $1::text, 'joiner', $1::text, current_date, "
                     "jsonb_build_object('displayName', $1::text, 'employeeType', 'employee')) "
                     "RETURNING id",
                     values, 1));
        /* Not in a tight loop: that would take the daemon one of two cores. */
        while (
            !*ask(look, "SELECT 1 FROM jml.event WHERE id = $1 AND state <> 'pending'", ids, 1)) {
            if (now() - begin > LATENCY_SECONDS)
                fail("event %s is not decided after %d s", id, LATENCY_SECONDS);
            sleep_for(0.0001);
        }
        seen[i] = (now() - begin) * 1000;
    }
    qsort(seen, (size_t)count, sizeof *seen, compare);
    printf("p50_ms=%.2f p99_ms=%.2f max_ms=%.2f\n", seen[count / 2], seen[count * 99 / 100],
           seen[count - 1]);
    free(seen);
    PQfinish(feed);
    PQfinish(look);
}

/* ---- idle ---- */

static void idle(double seconds, pid_t pid)
{
    pid_t parent;
    double server = server_cpu(), client = cpu_of(pid, &parent, false), begin = now();

    sleep_for(seconds);
    seconds = now() - begin;
    printf("client_percent=%.3f server_percent=%.3f peak_kb=%ld\n",
           (cpu_of(pid, &parent, false) - client) / seconds * 100,
           (server_cpu() - server) / seconds * 100, peak_kb(pid));
}

/* ---- relay ---- */

static volatile sig_atomic_t stopped;

static void stop(int number)
{
    (void)number;
    stopped = 1;
}

static int unix_socket(const char *path, bool listening)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    if (fd < 0 ||
        (listening ? bind(fd, (struct sockaddr *)&address, sizeof address)
                   : connect(fd, (struct sockaddr *)&address, sizeof address)) < 0 ||
        (listening && listen(fd, RELAY_MAX) < 0))
        fail("%s: %s", path, strerror(errno));
    return fd;
}

/* Takes what is there and passes it on whole; false at the end. */
static bool pass(int from, int to)
{
    static char bytes[65536];
    ssize_t n = read(from, bytes, sizeof bytes);

    for (ssize_t done = 0, k; n > 0 && done < n; done += k) {
        k = write(to, bytes + done, (size_t)(n - done));
        if (k < 0)
            return false;
    }
    return n > 0;
}

/* A round trip ends when the server has spoken and the client speaks again. */
static void relay(const char *path, const char *server)
{
    int listener = unix_socket(path, true);
    struct pollfd fds[1 + 2 * RELAY_MAX] = {{.fd = listener, .events = POLLIN}};
    bool answered[RELAY_MAX] = {false};
    unsigned long turns = 0;
    struct sigaction action = {.sa_handler = stop}; /* interrupts poll() */
    int n = 0;

    sigaction(SIGTERM, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
    while (!stopped) {
        if (poll(fds, (nfds_t)(1 + 2 * n), -1) < 0)
            continue;
        for (int i = 0; i < n; i++) {
            struct pollfd *client = &fds[1 + 2 * i], *database = client + 1;

            /* read the answer first: it is older than what the client says to it */
            if (database->fd >= 0 && database->revents) {
                answered[i] = true;
                if (!pass(database->fd, client->fd))
                    database->revents = POLLERR;
            }
            if (client->fd >= 0 && client->revents) {
                turns += answered[i];
                answered[i] = false;
                if (!pass(client->fd, database->fd))
                    client->revents = POLLERR;
            }
            if (client->fd >= 0 && (client->revents == POLLERR || database->revents == POLLERR)) {
                close(client->fd);
                close(database->fd);
                client->fd = database->fd = -1;
            }
        }
        if (fds[0].revents && n < RELAY_MAX) {
            fds[1 + 2 * n] = (struct pollfd){.fd = accept(listener, NULL, NULL), .events = POLLIN};
            fds[2 + 2 * n] = (struct pollfd){.fd = unix_socket(server, false), .events = POLLIN};
            n++;
        }
    }
    printf("turns=%lu connections=%d\n", turns, n);
}
