/* SPDX-License-Identifier: MIT
 *
 * SQL answer: outcomes by SQLSTATE, and by what the function returns.
 */
#include "target/sql_answer.h"

#include <string.h>

#include "base/str.h"
#include "target/answer.h"

static bool has_failed(const struct jml_sql_answer *answer);
static void give(struct jml_sql_answer *answer, enum jml_outcome outcome, const char *error);
static void error_take(struct jml_sql_answer *answer, const PGresult *r);
static void rows_take(struct jml_sql_answer *answer, const PGresult *r);
static void text_take(struct jml_sql_answer *answer, const char *text);

/* The first statement sets the limit, the second is the call: its answer replaces that of the
 * first. */
void jml_sql_answer_take(struct jml_sql_answer *answer, const PGresult *r)
{
    switch (PQresultStatus(r)) {
    case PGRES_TUPLES_OK:
        if (jml_streq(PQfname(r, 0), "set_config"))
            return;
        if (answer->listing)
            rows_take(answer, r);
        else if (PQntuples(r) == 0 || PQgetisnull(r, 0, 0))
            give(answer, JML_OUTCOME_DONE, NULL);
        else
            text_take(answer, PQgetvalue(r, 0, 0));
        return;
    case PGRES_PIPELINE_ABORTED: /* the one before has failed */
        return;
    default:
        error_take(answer, r);
        return;
    }
}

void jml_sql_answer_lose(struct jml_sql_answer *answer, const char *words)
{
    if (!has_failed(answer))
        give(answer, JML_OUTCOME_UNREACHABLE, jml_answer_words(answer->arena, answer->op, words));
}

void jml_sql_answer_finish(struct jml_sql_answer *answer)
{
    struct jml_operation *op = answer->op;

    /* the answer is gone with the operation, or the listing */
    if (op && answer->error)
        jml_operation_finish(op, answer->outcome, "%s", answer->error);
    else if (op)
        jml_operation_finish(op, answer->outcome, NULL);
    if (op)
        return;
    if (answer->outcome != JML_OUTCOME_DONE)
        answer->listing->accounts.n = 0;
    if (answer->error)
        jml_listing_finish(answer->listing, answer->outcome, "%s", answer->error);
    else
        jml_listing_finish(answer->listing, answer->outcome, NULL);
}

static bool has_failed(const struct jml_sql_answer *answer)
{
    return answer->is_given && answer->outcome != JML_OUTCOME_DONE &&
           answer->outcome != JML_OUTCOME_CONFIRMED;
}

static void give(struct jml_sql_answer *answer, enum jml_outcome outcome, const char *error)
{
    answer->is_given = true;
    answer->outcome = outcome;
    answer->error = error;
}

static enum jml_outcome outcome_of_state(const char *state)
{
    static const struct {
        const char *prefix;
        enum jml_outcome outcome;
    } states[] = {
        {"08", JML_OUTCOME_UNREACHABLE},    /* connection */
        {"25006", JML_OUTCOME_UNREACHABLE}, /* read-only: a server that is being replaced */
        {"28", JML_OUTCOME_UNREACHABLE},    /* authorization while connecting */
        {"3D", JML_OUTCOME_UNREACHABLE},    /* the database is not there */
        {"40", JML_OUTCOME_LATER},          /* serialization, deadlock */
        {"53", JML_OUTCOME_UNREACHABLE},    /* memory, disk, connections */
        {"55006", JML_OUTCOME_LATER},       /* object in use */
        {"55P03", JML_OUTCOME_LATER},       /* lock not available */
        {"57014", JML_OUTCOME_LATER},       /* statement_timeout, or canceled by somebody */
        {"57P", JML_OUTCOME_UNREACHABLE},   /* shut down, starting up */
        {"58", JML_OUTCOME_UNREACHABLE},    /* the server's own input and output */
    };

    for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++)
        if (strncmp(state, states[i].prefix, strlen(states[i].prefix)) == 0)
            return states[i].outcome;
    return JML_OUTCOME_FAILED;
}

static void error_take(struct jml_sql_answer *answer, const PGresult *r)
{
    const char *state = PQresultErrorField(r, PG_DIAG_SQLSTATE);
    const char *message = PQresultErrorField(r, PG_DIAG_MESSAGE_PRIMARY);
    const char *words =
        jml_answer_words(answer->arena, answer->op, message ? message : PQresultErrorMessage(r));

    if (has_failed(answer))
        return;   /* what follows is that the connection is gone */
    if (!state) { /* libpq says so: the connection is gone */
        give(answer, JML_OUTCOME_UNREACHABLE, words);
        return;
    }
    give(answer, outcome_of_state(state),
         jml_printf(answer->arena, "%s (SQLSTATE %s)", words, state));
}

static bool outcome_of_word(const char *word, enum jml_outcome *ret)
{
    static const struct {
        const char *word;
        enum jml_outcome outcome;
    } words[] = {
        {"", JML_OUTCOME_DONE},
        {"done", JML_OUTCOME_DONE},
        {"confirmed", JML_OUTCOME_CONFIRMED},
        {"later", JML_OUTCOME_LATER},
        {"unreachable", JML_OUTCOME_UNREACHABLE},
        {"failed", JML_OUTCOME_FAILED},
    };

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (jml_streq(words[i].word, word)) {
            *ret = words[i].outcome;
            return true;
        }
    return false;
}

/* A word, in JSON or not, or an object with one. */
static void text_take(struct jml_sql_answer *answer, const char *text)
{
    struct jml_arena *a = answer->arena;
    const struct jml_value *v = NULL;
    const char *word = text, *error = NULL;
    enum jml_outcome outcome;
    struct jml_err ignored;

    if ((text[0] == '{' || text[0] == '"') &&
        jml_value_parse(a, text, strlen(text), 8, &v, &ignored) == 0) {
        word = v->type == JML_STRING ? v->text : jml_value_find_string(v, "outcome");
        if (!word)
            word = jml_value_find(v, "outcome") ? "?" : "done";
        jml_answer_read(answer->op, v);
        error = jml_value_find_string(v, "error");
    }
    if (!outcome_of_word(word, &outcome)) {
        give(answer, JML_OUTCOME_FAILED,
             jml_printf(a, "the function answers '%s', which is no outcome",
                        jml_answer_words(a, answer->op, word)));
        return;
    }
    if (outcome == JML_OUTCOME_DONE && jml_value_find_bool(v, "confirmed", false))
        outcome = JML_OUTCOME_CONFIRMED;
    if (outcome == JML_OUTCOME_DONE || outcome == JML_OUTCOME_CONFIRMED)
        error = NULL;
    else
        error = error ? jml_answer_words(a, answer->op, error)
                      : jml_printf(a, "the function answers '%s'", word);
    give(answer, outcome, error);
}

static void rows_take(struct jml_sql_answer *answer, const PGresult *r)
{
    struct jml_listing *l = answer->listing;

    for (int i = 0; i < PQntuples(r); i++)
        if (PQgetisnull(r, i, 0) || !jml_answer_account(l, PQgetvalue(r, i, 0))) {
            give(answer, JML_OUTCOME_FAILED,
                 jml_printf(l->arena, "row %d of listFunction is no name of an account", i + 1));
            return;
        }
    give(answer, JML_OUTCOME_DONE, NULL);
}
