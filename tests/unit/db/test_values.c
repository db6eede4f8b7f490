/* SPDX-License-Identifier: MIT
 *
 * Parameters and results against a server: what goes out in binary format is what SQL sees, and
 * what SQL makes comes back. Skipped where there is no server (JML_DATABASE); tests/db runs it.
 */
#include <criterion/criterion.h>
#include <libpq-fe.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "db/param.h"
#include "db/result.h"
#include "lib/leak.h"

static PGconn *pg;
static struct jml_arena arena;
static PGresult *answer;

static void init(void)
{
    const char *conninfo = getenv("JML_DATABASE");

    jml_arena_init(&arena);
    if (!conninfo)
        return;
    pg = PQconnectdb(conninfo);
    cr_assert_eq(PQstatus(pg), CONNECTION_OK, "%s", PQerrorMessage(pg));
    PQclear(PQexec(pg, "set timezone = 'UTC'"));
}

static void fini(void)
{
    PQclear(answer);
    PQfinish(pg);
    jml_arena_fini(&arena);
    jml_test_leak_check();
}

TestSuite(values, .init = init, .fini = fini);

static void need_server(void)
{
    if (!pg)
        cr_skip_test("no server: JML_DATABASE is not set");
}

/* The result of a query with one parameter. */
static struct jml_result ask(const char *sql, struct jml_param p)
{
    PQclear(answer);
    answer = PQexecParams(pg, sql, 1, NULL, &p.value, &p.length, &p.format, 1);
    cr_assert_eq(PQresultStatus(answer), PGRES_TUPLES_OK, "%s", PQerrorMessage(pg));
    return (struct jml_result){answer};
}

static const char *text_of(const char *sql, struct jml_param p)
{
    struct jml_result r = ask(sql, p);

    return jml_result_text(&r, 0, 0, &arena);
}

#define TIME INT64_C(1796112000123456) /* 2026-12-01T08:00:00.123456Z */

Test(values, single_parameters_are_what_sql_sees)
{
    struct jml_id id;

    need_server();
    jml_id_parse("0190a7b2-1111-7222-8333-444455556666", &id);
    cr_expect_str_eq(text_of("select $1::bigint::text", jml_param_int8(&arena, -5)), "-5");
    cr_expect_str_eq(text_of("select $1::integer::text", jml_param_int4(&arena, 7)), "7");
    cr_expect_str_eq(text_of("select $1::boolean::text", jml_param_bool(&arena, true)), "true");
    cr_expect_str_eq(text_of("select $1::text", jml_param_text("\xC3\xA9")), "\xC3\xA9");
    cr_expect_null(text_of("select $1::text", jml_param_text(NULL)));
    cr_expect_str_eq(text_of("select $1::timestamptz::text", jml_param_time(&arena, TIME)),
                     "2026-12-01 08:00:00.123456+00");
    cr_expect_str_eq(text_of("select $1::timestamptz::text", jml_param_time(&arena, JML_TIME_MAX)),
                     "infinity");
    cr_expect_null(text_of("select $1::timestamptz::text", jml_param_time(&arena, JML_TIME_NONE)));
    cr_expect_str_eq(text_of("select $1::uuid::text", jml_param_uuid(&arena, id)),
                     "0190a7b2-1111-7222-8333-444455556666");
    cr_expect_null(text_of("select $1::uuid::text", jml_param_uuid(&arena, jml_id_none)));
    cr_expect_str_eq(text_of("select $1::jsonb::text", jml_param_jsonb(&arena, "{\"a\":1}")),
                     "{\"a\": 1}");
}

Test(values, arrays_are_what_sql_sees)
{
    struct jml_array_param p;
    struct jml_id id;

    need_server();
    jml_array_init(&p, &arena, JML_ARRAY_TEXT);
    cr_expect_str_eq(text_of("select $1::text[]::text", jml_array_param(&p)), "{}");
    jml_array_init(&p, &arena, JML_ARRAY_TEXT);
    jml_array_add_text(&p, "a b");
    jml_array_add_text(&p, NULL);
    jml_array_add_text(&p, "");
    cr_expect_str_eq(text_of("select $1::text[]::text", jml_array_param(&p)), "{\"a b\",NULL,\"\"}");
    jml_array_init(&p, &arena, JML_ARRAY_INT2);
    jml_array_add_int(&p, -3);
    jml_array_add_null(&p);
    cr_expect_str_eq(text_of("select $1::smallint[]::text", jml_array_param(&p)), "{-3,NULL}");
    jml_array_init(&p, &arena, JML_ARRAY_INT4);
    jml_array_add_int(&p, 70000);
    cr_expect_str_eq(text_of("select $1::integer[]::text", jml_array_param(&p)), "{70000}");
    jml_array_init(&p, &arena, JML_ARRAY_INT8);
    jml_array_add_int(&p, INT64_MIN);
    cr_expect_str_eq(text_of("select $1::bigint[]::text", jml_array_param(&p)),
                     "{-9223372036854775808}");
    jml_array_init(&p, &arena, JML_ARRAY_BOOL);
    jml_array_add_bool(&p, true);
    jml_array_add_bool(&p, false);
    cr_expect_str_eq(text_of("select $1::boolean[]::text", jml_array_param(&p)), "{t,f}");
    jml_array_init(&p, &arena, JML_ARRAY_TIME);
    jml_array_add_time(&p, TIME);
    jml_array_add_time(&p, JML_TIME_NONE);
    cr_expect_str_eq(text_of("select $1::timestamptz[]::text", jml_array_param(&p)),
                     "{\"2026-12-01 08:00:00.123456+00\",NULL}");
    jml_array_init(&p, &arena, JML_ARRAY_DATE);
    jml_array_add_date(&p, (struct jml_date){1999, 2, 3});
    jml_array_add_date(&p, (struct jml_date){0});
    cr_expect_str_eq(text_of("select $1::date[]::text", jml_array_param(&p)), "{1999-02-03,NULL}");
    jml_array_init(&p, &arena, JML_ARRAY_JSONB);
    jml_array_add_text(&p, "[1]");
    jml_array_add_text(&p, NULL);
    cr_expect_str_eq(text_of("select $1::jsonb[]::text", jml_array_param(&p)), "{[1],NULL}");
    jml_id_parse("0190a7b2-1111-7222-8333-444455556666", &id);
    jml_array_init(&p, &arena, JML_ARRAY_UUID);
    jml_array_add_uuid(&p, id);
    jml_array_add_uuid(&p, jml_id_none);
    cr_expect_str_eq(text_of("select $1::uuid[]::text", jml_array_param(&p)),
                     "{0190a7b2-1111-7222-8333-444455556666,NULL}");
}

Test(values, an_array_of_many_elements_grows)
{
    struct jml_array_param p;
    struct jml_result r;

    need_server();
    jml_array_init(&p, &arena, JML_ARRAY_INT8);
    for (int64_t i = 1; i <= 5000; i++)
        jml_array_add_int(&p, i);
    r = ask("select sum(x)::bigint, count(*) from unnest($1::bigint[]) x", jml_array_param(&p));
    cr_expect_eq(jml_result_int(&r, 0, 0), 12502500);
    cr_expect_eq(jml_result_int(&r, 0, 1), 5000);
}

Test(values, results_come_back_as_they_are)
{
    struct jml_result r;
    struct jml_date d;
    char id[37];

    need_server();
    r = ask("select 5::smallint, -6, 7::bigint, true, '2026-12-01 08:00:00.123456Z'::timestamptz,"
            " 'infinity'::timestamptz, '1999-02-03'::date,"
            " '0190a7b2-1111-7222-8333-444455556666'::uuid, '{\"a\": 1}'::jsonb, 'text'::varchar,"
            " null::bigint, null::timestamptz, null::uuid, null::date, array['x', null, 'y'],"
            " 1.5::float8, $1::text",
            jml_param_text(NULL));
    cr_expect_eq(jml_result_rows(&r), 1);
    cr_expect_eq(jml_result_columns(&r), 17);
    cr_expect_eq(jml_result_int(&r, 0, 0), 5);
    cr_expect_eq(jml_result_int(&r, 0, 1), -6);
    cr_expect_eq(jml_result_int(&r, 0, 2), 7);
    cr_expect(jml_result_bool(&r, 0, 3));
    cr_expect_eq(jml_result_time(&r, 0, 4), TIME);
    cr_expect_eq(jml_result_time(&r, 0, 5), JML_TIME_MAX);
    d = jml_result_date(&r, 0, 6);
    cr_expect_eq(jml_date_compare(d, (struct jml_date){1999, 2, 3}), 0);
    jml_id_format(jml_result_uuid(&r, 0, 7), id);
    cr_expect_str_eq(id, "0190a7b2-1111-7222-8333-444455556666");
    cr_expect_str_eq(jml_result_text(&r, 0, 8, &arena), "{\"a\": 1}");
    cr_expect_str_eq(jml_result_text(&r, 0, 9, &arena), "text");
    cr_expect_eq(jml_result_int(&r, 0, 10), 0);
    cr_expect_eq(jml_result_time(&r, 0, 11), JML_TIME_NONE);
    cr_expect_not(jml_id_is_set(jml_result_uuid(&r, 0, 12)));
    cr_expect_not(jml_date_is_set(jml_result_date(&r, 0, 13)));
    cr_expect(jml_result_is_null(&r, 0, 16));
    cr_expect_str_eq(jml_result_display(&r, 0, 3, &arena), "true");
    cr_expect_str_eq(jml_result_display(&r, 0, 4, &arena), "2026-12-01T08:00:00Z");
    cr_expect_str_eq(jml_result_display(&r, 0, 6, &arena), "1999-02-03");
    cr_expect_str_eq(jml_result_display(&r, 0, 14, &arena), "x, null, y");
    cr_expect_str_eq(jml_result_display(&r, 0, 15, &arena), "1.5");
    cr_expect_null(jml_result_display(&r, 0, 16, &arena));
}
