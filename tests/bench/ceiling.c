/* SPDX-License-Identifier: MIT
 *
 * Ceiling: what the server can do at best. Claims, loads and writes the same rows as jmld does for
 * the events of tests/bench/run, by the same statements, over bare libpq, and decides nothing: what
 * is written is copied from what was read, or constant. One process a connection.
 *
 *   ceiling joiner|leaver [PEOPLE [CONNECTIONS]]
 *
 * The database is libpq's own default. Ends when the queue is empty; exit 1 on any error.
 */
#include <arpa/inet.h>
#include <endian.h>
#include <libpq-fe.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "sql/queries.h"

enum {
    TEXT = 25,
    UUID = 2950,
    TIME = 1184,
    INT2 = 21,
    INT4 = 23,
    INT8 = 20,
    JSON = 3802,
    BOOL = 16
};

enum { COLUMNS_MAX = 32 }; /* of a statement */

/* An array parameter in binary format. */
struct column {
    char *bytes;
    size_t n, cap;
    int rows;
    bool has_null;
};

struct row {
    struct column *at;
};

struct id {
    unsigned char b[16];
};

/* What the constants of the rows are made of. */
static struct id workflow, package, policy;
static char today[32];     /* of the hire, as documents write it */
static char today_wire[8]; /* the same, as timestamptz */
static const char *workflow_name, *actor, *task_name, *task_definition;

struct person {
    struct id id, run, request, assignment;
    char employee_id[64];
    char attributes[1024];
    int64_t event;
    char received[8], hired[8];
    char received_text[40];
};

/* The last event that any connection has locked: shared, so that none looks where another works. */
static _Atomic int64_t *locked_to;

static PGconn *c;
static struct person *people;
static int n_people;
static char at_wire[8]; /* the instant of the batch */
static char at_text[40];

static _Noreturn void fail(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static void work(bool joiners, int limit);
static bool claim(int limit, int64_t low);
static void give_back(void);
static void load(bool joiners);
static void write_joiners(void);
static void write_leavers(void);

int main(int argc, char **argv)
{
    int limit = argc > 2 ? atoi(argv[2]) : 500, connections = argc > 3 ? atoi(argv[3]) : 2;
    int status, bad = 0;

    if (argc < 2 || (strcmp(argv[1], "joiner") != 0 && strcmp(argv[1], "leaver") != 0))
        fail("usage: ceiling joiner|leaver [PEOPLE [CONNECTIONS]]");
    locked_to =
        mmap(NULL, sizeof *locked_to, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (locked_to == MAP_FAILED)
        fail("no memory to share");
    for (int i = 0; i < connections; i++)
        if (fork() == 0) {
            work(strcmp(argv[1], "joiner") == 0, limit);
            _exit(0);
        }
    signal(SIGTERM, SIG_IGN); /* the others end by themselves */
    while (wait(&status) > 0)
        bad |= status;
    return bad != 0;
}

static void fail(const char *fmt, ...)
{
    va_list args;

    fputs("ceiling: ", stderr);
    va_start(args, fmt);
    vfprintf(stderr, fmt, args);
    va_end(args);
    fputc('\n', stderr);
    exit(1);
}

/* ---- libpq ---- */

static PGresult *must(PGresult *r)
{
    ExecStatusType status = PQresultStatus(r);

    if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK && status != PGRES_PIPELINE_SYNC)
        fail("%s", r ? PQresultErrorMessage(r) : PQerrorMessage(c));
    return r;
}

static const char *text_of(const char *name)
{
    for (size_t i = 0; i < jml_queries_count; i++)
        if (strcmp(jml_queries[i].name, name) == 0)
            return jml_queries[i].text;
    fail("there is no sql/queries/%s.sql", name);
}

static void prepare(const char *name, const char *text)
{
    PQclear(must(PQprepare(c, name, text ? text : text_of(name), 0, NULL)));
}

static void send_statement(const char *name, const char *const *values, const int *lengths, int n)
{
    static int binary[COLUMNS_MAX];

    for (int i = 0; i < n; i++)
        binary[i] = 1;
    if (!PQsendQueryPrepared(c, name, n, values, lengths, binary, 1))
        fail("%s: %s", name, PQerrorMessage(c));
}

static void sync_pipeline(void)
{
    if (!PQpipelineSync(c))
        fail("%s", PQerrorMessage(c));
}

/* The result of the next statement. */
static PGresult *next(void)
{
    PGresult *r = must(PQgetResult(c));

    if (PQresultStatus(r) != PGRES_PIPELINE_SYNC)
        PQclear(PQgetResult(c)); /* the NULL behind it */
    return r;
}

static void skip(int n)
{
    while (n-- > 0)
        PQclear(next());
}

static int64_t int8_at(const PGresult *r, int row, int column)
{
    int64_t wire;

    memcpy(&wire, PQgetvalue(r, row, column), sizeof wire);
    return (int64_t)be64toh((uint64_t)wire);
}

static int int4_at(const PGresult *r, int row, int column)
{
    uint32_t wire;

    memcpy(&wire, PQgetvalue(r, row, column), sizeof wire);
    return (int)ntohl(wire);
}

static void text_at(const PGresult *r, int row, int column, char *ret, size_t size)
{
    snprintf(ret, size, "%.*s", PQgetlength(r, row, column), PQgetvalue(r, row, column));
}

/* ---- arrays ---- */

static char *room(struct column *k, size_t n)
{
    if (k->n + n > k->cap) {
        k->cap = (k->n + n) * 2;
        k->bytes = realloc(k->bytes, k->cap);
        if (!k->bytes)
            fail("out of memory");
    }
    k->n += n;
    return k->bytes + k->n - n;
}

static void put4(char *to, int32_t v)
{
    uint32_t wire = htonl((uint32_t)v);

    memcpy(to, &wire, 4);
}

static void put(struct row *r, const void *bytes, size_t n)
{
    struct column *k = r->at++;
    char *to = room(k, bytes ? 4 + n : 4);

    k->rows++;
    k->has_null |= !bytes;
    put4(to, bytes ? (int32_t)n : -1);
    if (bytes)
        memcpy(to + 4, bytes, n);
}

static void null(struct row *r)
{
    put(r, NULL, 0);
}

static void text(struct row *r, const char *s)
{
    put(r, s, s ? strlen(s) : 0);
}

static void json(struct row *r, const char *s)
{
    char version_and_text[2048];

    if (!s) {
        null(r);
        return;
    }
    version_and_text[0] = 1;
    put(r, version_and_text,
        1 + (size_t)snprintf(version_and_text + 1, sizeof version_and_text - 1, "%s", s));
}

static void id(struct row *r, const struct id *v)
{
    put(r, v->b, sizeof v->b);
}

static void when(struct row *r, const char *wire)
{
    put(r, wire, 8);
}

static void number(struct row *r, int64_t v, size_t size)
{
    uint64_t wire = htobe64((uint64_t)v);

    put(r, (char *)&wire + 8 - size, size);
}

#define COLUMNS(...) (const int[]){__VA_ARGS__}, (int)(sizeof((int[]){__VA_ARGS__}) / sizeof(int))

/* Sends one statement made of the columns, and empties them. */
static void send_columns(const char *name, struct column *k, const int *types, int n)
{
    const char *values[COLUMNS_MAX];
    int lengths[COLUMNS_MAX];

    for (int i = 0; i < n; i++) {
        put4(k[i].bytes, 1);
        put4(k[i].bytes + 4, k[i].has_null);
        put4(k[i].bytes + 8, types[i]);
        put4(k[i].bytes + 12, k[i].rows);
        put4(k[i].bytes + 16, 1);
        values[i] = k[i].bytes;
        lengths[i] = (int)k[i].n;
    }
    send_statement(name, values, lengths, n);
}

static struct column *fresh_columns(void)
{
    static struct column k[COLUMNS_MAX];

    for (int i = 0; i < COLUMNS_MAX; i++) {
        k[i].n = 0;
        k[i].rows = 0;
        k[i].has_null = false;
        room(&k[i], 20); /* dimensions, nulls, type, length, first index */
    }
    return k;
}

/* ---- ids: version 7, so that rows of a batch lie beside each other, as jmld's do ---- */

static struct id new_id(void)
{
    static unsigned char seed[8];
    static uint64_t counter;
    struct timespec t;
    struct id new;
    uint64_t ms;

    if (!counter && getrandom(seed, sizeof seed, 0) < 0)
        fail("no random numbers");
    counter++;
    clock_gettime(CLOCK_REALTIME, &t);
    ms = (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
    for (int i = 0; i < 6; i++)
        new.b[i] = (unsigned char)(ms >> (40 - 8 * i));
    new.b[6] = (unsigned char)(0x70 | ((counter >> 16) & 0x0f));
    new.b[7] = (unsigned char)(counter >> 8);
    memcpy(new.b + 8, seed, 7);
    new.b[8] = (unsigned char)(0x80 | (seed[0] & 0x3f));
    new.b[15] = (unsigned char)counter;
    return new;
}

static void id_text(const struct id *v, char ret[37])
{
    static const char digits[] = "0123456789abcdef";
    int n = 0;

    for (int i = 0; i < 16; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            ret[n++] = '-';
        ret[n++] = digits[v->b[i] >> 4];
        ret[n++] = digits[v->b[i] & 15];
    }
    ret[n] = 0;
}

static void time_text(const char *wire, char *ret, size_t size)
{
    uint64_t v;
    int64_t microseconds;
    time_t seconds;
    struct tm tm;
    size_t n;

    memcpy(&v, wire, 8);
    microseconds = (int64_t)be64toh(v);
    seconds = (time_t)(microseconds / 1000000 + 946684800);
    gmtime_r(&seconds, &tm);
    n = strftime(ret, size, "%Y-%m-%dT%H:%M:%S", &tm);
    snprintf(ret + n, size - n, ".%06dZ", (int)(microseconds % 1000000));
}

/* ---- a connection ---- */

static void find_constant(const char *sql, const char *name, void *ret, size_t size)
{
    PGresult *r = must(PQexecParams(c, sql, 1, NULL, &name, NULL, NULL, 1));

    if (PQntuples(r) != 1 || PQgetlength(r, 0, 0) > (int)size)
        fail("the documents of the bench are not applied: %s", sql);
    memcpy(ret, PQgetvalue(r, 0, 0), (size_t)PQgetlength(r, 0, 0));
    PQclear(r);
}

static void work(bool joiners, int limit)
{
    static const char *const statements[] = {
        "people_names",    "people_shells",   "people_lock",        "people_begin",      "people_claim",
        "people_events",   "people_queue",       "people_runs",       "people_tasks",
        "people_requests", "people_decided",     "people_assignments", "people_commands",
        "people_managers", "person_write",    "event_write",        "run_insert",        "task_insert",
        "request_insert",  "assignment_insert",  "assignment_update", "audit_insert",
        "queue_delete",
    };
    const char *role = "jml_daemon", *offset = NULL;
    int in_vain = 0;

    c = PQconnectdb("application_name=ceiling");
    if (PQstatus(c) != CONNECTION_OK)
        fail("%s", PQerrorMessage(c));
    PQclear(must(PQexecParams(c, jml_sql_session_setup, 1, NULL, &offset, NULL, NULL, 0)));
    PQclear(must(PQexecParams(c, jml_sql_session_role, 1, NULL, &role, NULL, NULL, 0)));
    for (size_t i = 0; i < sizeof statements / sizeof statements[0]; i++)
        prepare(statements[i], NULL);
    prepare("begin", "begin");
    prepare("commit", "commit");
    prepare("rollback", "rollback");

    workflow_name = joiners ? "Welcome" : "Farewell";
    actor = joiners ? "workflow:Welcome" : "workflow:Farewell";
    task_name = joiners ? "Give what everyone has" : "Take everything back";
    task_definition = joiners ? "\xc1\xec\x1e\x76\xf3\x74\x43\x75\xaa\xa6\x0b\xb6\xbd\x4c\x60\xbe"
                              : "\x42\xae\x29\x56\x19\x3d\x4f\x39\xbe\x06\x69\x1b\x8a\xc4\xfa\x1d";
    find_constant("SELECT id FROM jml.workflow WHERE display_name = $1", workflow_name, &workflow,
                  sizeof workflow);
    find_constant("SELECT id FROM jml.access_package WHERE display_name = $1", "Everyone", &package,
                  sizeof package);
    find_constant("SELECT id FROM jml.assignment_policy WHERE display_name = $1", "While employed",
                  &policy, sizeof policy);
    find_constant("SELECT $1::text::date::timestamptz", "today", today_wire, sizeof today_wire);
    find_constant("SELECT to_char($1::text::date, 'YYYY-MM-DD\"T00:00:00Z\"')", "today", today,
                  sizeof today - 1);
    people = calloc((size_t)limit, sizeof *people);
    if (!people || !PQenterPipelineMode(c))
        fail("%s", PQerrorMessage(c));

    while (claim(limit, *locked_to)) {
        int locked = n_people;

        load(joiners);
        in_vain += locked - n_people;
        if (n_people == 0)
            give_back();
        else if (joiners)
            write_joiners();
        else
            write_leavers();
    }
    if (in_vain && getenv("BENCH_VERBOSE"))
        fprintf(stderr, "ceiling: %d people were claimed in vain\n", in_vain);
    PQfinish(c);
}

/* Locks people whose events lie behind low; false: there are none, nor before. */
static bool claim(int limit, int64_t low)
{
    uint32_t window = htonl((uint32_t)(2 * limit)), most = htonl((uint32_t)limit);
    uint64_t wire = htobe64((uint64_t)low);
    const char *const bounds[] = {(char *)&most, (char *)&wire, (char *)&wire, (char *)&wire};
    const char *const shells[] = {(char *)&window, (char *)&wire, (char *)&wire};
    static const int lengths[] = {4, 8, 8, 8};
    PGresult *r;

    send_statement("people_names", NULL, NULL, 0);
    send_statement("people_shells", shells, lengths, 3);
    sync_pipeline();
    send_statement("begin", NULL, NULL, 0);
    send_statement("people_lock", NULL, NULL, 0);
    send_statement("people_begin", NULL, NULL, 0);
    send_statement("people_claim", bounds, lengths, 4);
    sync_pipeline();

    skip(5); /* names, shells, sync, begin, lock */
    r = next();
    memcpy(at_wire, PQgetvalue(r, 0, 0), 8);
    time_text(at_wire, at_text, sizeof at_text);
    PQclear(r);
    r = next();
    n_people = PQntuples(r);
    for (int i = 0; i < n_people; i++) {
        people[i].event = 0;
        memcpy(people[i].id.b, PQgetvalue(r, i, 0), 16);
        text_at(r, i, 1, people[i].employee_id, sizeof people[i].employee_id);
        snprintf(people[i].attributes, sizeof people[i].attributes, "%.*s",
                 PQgetlength(r, i, 4) - 1, PQgetvalue(r, i, 4) + 1);
        memcpy(people[i].hired, PQgetisnull(r, i, 7) ? today_wire : PQgetvalue(r, i, 7), 8);
    }
    PQclear(r);
    skip(1);
    if (n_people)
        return true;
    give_back();
    return low ? claim(limit, 0) : false;
}

static void give_back(void)
{
    send_statement("rollback", NULL, NULL, 0);
    sync_pipeline();
    skip(2);
}

static void load(bool joiners)
{
    struct column *k = fresh_columns();
    int n = 0;
    static const char *const by_name[] = {
        "people_events",   "people_queue",   NULL, NULL, NULL, NULL, NULL,
        "people_commands", "people_managers"};
    static const char *const by_id[] = {
        NULL, NULL, "people_runs", "people_tasks", NULL, "people_decided", "people_assignments",
        NULL, NULL};
    PGresult *r;

    for (int i = 0; i < n_people; i++) {
        struct row row = {k};

        id(&row, &people[i].id);
        text(&row, people[i].employee_id);
        row.at = k + 2;
        text(&row, people[i].employee_id);
    }
    for (int s = 0; s < 9; s++)
        if (by_name[s])
            send_columns(by_name[s], k + 2, COLUMNS(TEXT));
        else if (by_id[s])
            send_columns(by_id[s], k, COLUMNS(UUID));
        else
            send_columns("people_requests", k, COLUMNS(UUID, TEXT));
    sync_pipeline();

    r = next();
    for (int i = 0, rows = PQntuples(r); i < rows; i++) {
        struct person *p = &people[int4_at(r, i, 0) - 1];

        if (PQgetlength(r, i, 12) != 7) /* pending */
            continue;
        p->event = int8_at(r, i, 1);
        memcpy(p->received, PQgetvalue(r, i, 14), 8);
        time_text(p->received, p->received_text, sizeof p->received_text);
        if (joiners)
            snprintf(p->attributes, sizeof p->attributes, "%.*s", PQgetlength(r, i, 10) - 1,
                     PQgetvalue(r, i, 10) + 1);
    }
    PQclear(r);
    skip(5);
    r = next();
    for (int i = 0, rows = PQntuples(r); i < rows; i++)
        memcpy(people[int4_at(r, i, 0) - 1].assignment.b, PQgetvalue(r, i, 1), 16);
    PQclear(r);
    skip(3);

    /* The other connection may have been done with somebody between the claim's snapshot and its
     * lock. */
    for (int i = 0; i < n_people; i++)
        if (people[i].event)
            people[n++] = people[i];
    n_people = n;
    for (int i = 0; i < n; i++)
        for (int64_t last = *locked_to; people[i].event > last;)
            if (atomic_compare_exchange_weak(locked_to, &last, people[i].event))
                break;
}

/* ---- rows ---- */

static void write_people(const char *state, bool left)
{
    struct column *k = fresh_columns();

    for (int i = 0; i < n_people; i++) {
        struct row row = {k};
        struct person *p = &people[i];
        char employments[1536];

        snprintf(employments, sizeof employments,
                 "[{\"employment\":\"main\",\"start\":\"%s\",\"end\":%s%s%s,\"attributes\":%s}]",
                 today, left ? "\"" : "", left ? p->received_text : "null", left ? "\"" : "",
                 p->attributes);
        id(&row, &p->id);
        text(&row, state);
        json(&row, p->attributes);
        json(&row, employments);
        text(&row, "UTC");
        when(&row, p->hired);
        when(&row, left ? p->received : NULL);
        for (int n = 0; n < 4; n++)
            null(&row); /* due_at, removal_at, held_at, held_reason */
        when(&row, at_wire);
        text(&row, "employee");
    }
    send_columns("person_write", k,
                 COLUMNS(UUID, TEXT, JSON, JSON, TEXT, TIME, TIME, TIME, TIME, TIME, TEXT, TIME,
                         TEXT));
    k = fresh_columns();
    for (int i = 0; i < n_people; i++) {
        struct row row = {k};

        number(&row, people[i].event, 8);
        text(&row, "done");
        null(&row);
        when(&row, at_wire);
    }
    send_columns("event_write", k, COLUMNS(INT8, TEXT, TEXT, TIME));
}

/* What jmld keeps on a run. */
static void effects_text(char *ret, size_t size, bool left, const char *at, const char *from)
{
    char package_text[37], policy_text[37];

    id_text(&package, package_text);
    id_text(&policy, policy_text);
    if (left) /* all packages */
        snprintf(ret, size, "[{\"op\":\"-\",\"package\":\"*\",\"at\":\"%s\"}]", at);
    else
        snprintf(ret, size,
                 "[{\"op\":\"+\",\"package\":\"%s\",\"at\":\"%s\",\"policy\":\"%s\",\"from\":\"%s\"}]",
                 package_text, at, policy_text, from);
}

static void write_runs(const char *attribute, bool left)
{
    struct column *k = fresh_columns();
    for (int i = 0; i < n_people; i++) {
        struct row row = {k};
        struct person *p = &people[i];
        const char *anchor = left ? p->received_text : today;
        const char *anchor_wire = left ? p->received : today_wire;
        char key[128], effects[320];

        p->run = new_id();
        p->request = new_id();
        if (!left)
            p->assignment = new_id();
        snprintf(key, sizeof key, "%s@%s/main", attribute, anchor);
        effects_text(effects, sizeof effects, left, anchor, p->received_text);
        id(&row, &p->run);
        id(&row, &workflow);
        number(&row, 1, 4);
        id(&row, &p->id);
        number(&row, p->event, 8);
        text(&row, key);
        text(&row, "completed");
        when(&row, anchor_wire);
        when(&row, anchor_wire);
        when(&row, p->received);
        text(&row, "main");
        json(&row, effects);
        null(&row);
        null(&row);
        for (int n = 0; n < 3; n++)
            when(&row, at_wire);
        null(&row);
        snprintf(key, sizeof key, "p%lld", (long long)p->event);
        text(&row, key);
        null(&row);
    }
    send_columns("run_insert", k,
                 COLUMNS(UUID, UUID, INT4, UUID, INT8, TEXT, TEXT, TIME, TIME, TIME, TEXT, JSON,
                         TEXT, TEXT, TIME, TIME, TIME, TEXT, TEXT, TIME));
    k = fresh_columns();
    for (int i = 0; i < n_people; i++) {
        struct row row = {k};

        id(&row, &people[i].run);
        number(&row, 1, 4);
        put(&row, task_definition, 16);
        text(&row, task_name);
        text(&row, "completed");
        null(&row);
        null(&row);
        when(&row, at_wire);
        when(&row, at_wire);
    }
    send_columns("task_insert", k, COLUMNS(UUID, INT4, UUID, TEXT, TEXT, TEXT, TEXT, TIME, TIME));
}

static void write_requests(const char *type, const char *why)
{
    struct column *k = fresh_columns();

    for (int i = 0; i < n_people; i++) {
        struct row row = {k};
        struct person *p = &people[i];

        id(&row, &p->request);
        text(&row, type);
        text(&row, "delivered");
        text(&row, "Fulfilled");
        id(&row, &package);
        id(&row, &policy);
        id(&row, &p->assignment);
        id(&row, &p->id);
        text(&row, p->employee_id);
        text(&row, actor);
        text(&row, why);
        null(&row);
        null(&row);
        id(&row, &p->run);
        text(&row, "main");
        when(&row, at_wire);
        when(&row, at_wire);
        for (int n = 0; n < 4; n++)
            null(&row); /* due_at, error, effective_at, effective_until */
        number(&row, 0, 4);
        for (int n = 0; n < 4; n++)
            null(&row); /* stage_at, remind_at, escalate_at, deny_at */
        number(&row, 0, 1); /* told */
    }
    send_columns("request_insert", k,
                 COLUMNS(UUID, TEXT, TEXT, TEXT, UUID, UUID, UUID, UUID, TEXT, TEXT, TEXT, TIME,
                         TIME, UUID, TEXT, TIME, TIME, TIME, TEXT, TIME, TIME, INT4, TIME, TIME, TIME,
                         TIME, BOOL));
}

static void write_new_assignments(void)
{
    struct column *k = fresh_columns();

    for (int i = 0; i < n_people; i++) {
        struct row row = {k};
        struct person *p = &people[i];

        id(&row, &p->assignment);
        id(&row, &package);
        id(&row, &policy);
        id(&row, &p->id);
        text(&row, "delivered");
        text(&row, "Delivered");
        when(&row, at_wire);
        for (int n = 0; n < 4; n++)
            null(&row); /* ends_at, expired_at, end_reason, revoked_at */
        text(&row, "main");
        null(&row);
        when(&row, at_wire);
        null(&row);
        null(&row);
        when(&row, at_wire);
        when(&row, at_wire);
        id(&row, &p->request);
        id(&row, &p->run);
        null(&row); /* roles, answers */
        null(&row);
    }
    send_columns("assignment_insert", k,
                 COLUMNS(UUID, UUID, UUID, UUID, TEXT, TEXT, TIME, TIME, TIME, TEXT, TIME, TEXT,
                         TEXT, TIME, TIME, TIME, TIME, TIME, UUID, UUID, JSON, JSON));
}

static void write_ended_assignments(void)
{
    struct column *k = fresh_columns();

    for (int i = 0; i < n_people; i++) {
        struct row row = {k};

        id(&row, &people[i].assignment);
        text(&row, "expired");
        text(&row, "Delivered");
        when(&row, at_wire);
        null(&row);
        when(&row, at_wire);
        text(&row, "removed");
        when(&row, at_wire);
        null(&row);
        when(&row, at_wire);
        null(&row);
        null(&row);
        when(&row, at_wire);
        null(&row); /* roles, answers */
        null(&row);
    }
    send_columns("assignment_update", k,
                 COLUMNS(UUID, TEXT, TEXT, TIME, TIME, TIME, TEXT, TIME, TEXT, TIME, TIME, TIME,
                         TIME, JSON, JSON));
}

/* ---- the record ---- */

enum object { EVENT, PERSON, RUN, TASK, REQUEST, ASSIGNMENT };

struct entry {
    enum object object;
    int rule;
    const char *from, *to;
    bool by_workflow; /* and then by a request, with no event */
    const char *why, *detail;
};

static void write_audit(const struct entry *entries, int n)
{
    static const char *const types[] = {"event", "person", "run", "task", "request", "assignment"};
    struct column *k = fresh_columns();

    for (int i = 0; i < n_people; i++) {
        struct person *p = &people[i];
        const struct id *ids[] = {NULL, &p->id, &p->run, &p->run, &p->request, &p->assignment};

        for (int x = 0; x < n; x++) {
            const struct entry *e = &entries[x];
            struct row row = {k};
            char object[64];

            if (e->object == EVENT)
                snprintf(object, sizeof object, "%lld", (long long)p->event);
            else
                id_text(ids[e->object], object);
            if (e->object == TASK)
                memcpy(object + 36, "/1", 3);
            when(&row, at_wire);
            text(&row, e->by_workflow ? actor : "jmld");
            text(&row, types[e->object]);
            text(&row, object);
            id(&row, &p->id);
            text(&row, p->employee_id);
            number(&row, e->rule, 4);
            text(&row, e->from);
            text(&row, e->to);
            text(&row, e->why);
            json(&row, e->detail);
            if (e->object == REQUEST || e->object == ASSIGNMENT)
                null(&row);
            else
                number(&row, p->event, 8);
            if (e->object == EVENT || e->object == PERSON)
                null(&row);
            else
                id(&row, &p->run);
            if (e->object == REQUEST || e->object == ASSIGNMENT)
                id(&row, &p->request);
            else
                null(&row);
        }
    }
    send_columns("audit_insert", k,
                 COLUMNS(TIME, TEXT, TEXT, TEXT, UUID, TEXT, INT4, TEXT, TEXT, TEXT, JSON, INT8,
                         UUID, UUID));
}

static void finish(int statements)
{
    struct column *k = fresh_columns();
    PGresult *r;

    for (int i = 0; i < n_people; i++) {
        struct row row = {k};

        number(&row, strcmp(workflow_name, "Welcome") == 0, 2);
        number(&row, people[i].event, 8);
    }
    send_columns("queue_delete", k, COLUMNS(INT2, INT8));
    send_statement("commit", NULL, NULL, 0);
    sync_pipeline();
    skip(statements + 1);
    r = next();
    if (strcmp(PQcmdStatus(r), "COMMIT") != 0)
        fail("not committed");
    PQclear(r);
    skip(1);
}

static void write_joiners(void)
{
    char hired[80], due[96], submitted[128], given[160], package_text[37];
    const struct entry entries[] = {
        {EVENT, 101, NULL, "done", false, NULL, NULL},
        {PERSON, 202, NULL, "active", false, NULL, hired},
        {RUN, 302, NULL, "inProgress", false, NULL, due},
        {REQUEST, 401, NULL, "submitted", true, NULL, submitted},
        {ASSIGNMENT, 502, NULL, "delivered", true, NULL, given},
        {REQUEST, 405, "submitted", "delivered", false, NULL, NULL},
        {TASK, 351, NULL, "completed", false, NULL, NULL},
        {RUN, 310, "inProgress", "completed", false, NULL, NULL},
    };

    id_text(&package, package_text);
    snprintf(hired, sizeof hired, "{\"hired_at\":\"%s\"}", today);
    snprintf(due, sizeof due, "{\"due_at\":\"%s\",\"version\":1}", today);
    snprintf(submitted, sizeof submitted, "{\"type\":\"systemAdd\",\"package\":\"%s\"}",
             package_text);
    snprintf(given, sizeof given, "{\"package\":\"%s\",\"starts_at\":\"%s\"}", package_text,
             at_text);
    write_people("active", false);
    write_runs("employeeHireDate", false);
    write_requests("systemAdd", NULL);
    write_new_assignments();
    write_audit(entries, (int)(sizeof entries / sizeof entries[0]));
    finish(7);
}

static void write_leavers(void)
{
    char left[80], due[96], submitted[128], taken[160], package_text[37];
    const char *why = "removed by a workflow task";
    const struct entry entries[] = {
        {EVENT, 101, NULL, "done", false, NULL, NULL},
        {PERSON, 233, "active", "left", false, NULL, left},
        {RUN, 302, NULL, "inProgress", false, NULL, due},
        {REQUEST, 401, NULL, "submitted", true, NULL, submitted},
        {ASSIGNMENT, 532, "delivered", "expired", true, why, taken},
        {REQUEST, 405, "submitted", "delivered", false, NULL, NULL},
        {TASK, 351, NULL, "completed", false, NULL, NULL},
        {RUN, 310, "inProgress", "completed", false, NULL, NULL},
    };

    id_text(&package, package_text);
    snprintf(left, sizeof left, "{\"leaves_at\":\"%s\"}", at_text);
    snprintf(due, sizeof due, "{\"due_at\":\"%s\",\"version\":1}", at_text);
    snprintf(submitted, sizeof submitted, "{\"type\":\"systemRemove\",\"package\":\"%s\"}",
             package_text);
    snprintf(taken, sizeof taken,
             "{\"end_reason\":\"removed\",\"expired_at\":\"%s\",\"revoked_at\":\"%s\"}", at_text,
             at_text);
    write_people("left", true);
    write_runs("employeeLeaveDateTime", true);
    write_requests("systemRemove", why);
    write_ended_assignments();
    write_audit(entries, (int)(sizeof entries / sizeof entries[0]));
    finish(7);
}
