/* SPDX-License-Identifier: MIT
 *
 * Sqlstate: what has to happen next, by SQLSTATE (PostgreSQL, appendix A). The first row that fits
 * counts: whole codes stand before their class.
 */
#include <string.h>

#include "db/conn.h"

static const struct {
    const char *prefix;
    enum jml_err_class class;
} classes[] = {
    {"08", JML_ERR_TRANSIENT},    /* connection */
    {"25006", JML_ERR_TRANSIENT}, /* read-only: a server that is being replaced */
    {"0A000", JML_ERR_SCHEMA},    /* a plan that no longer fits its table */
    {"22", JML_ERR_BAD_INPUT},    /* data */
    {"23", JML_ERR_REFUSED},      /* constraints */
    {"26", JML_ERR_SCHEMA},       /* a prepared statement that is not there: a pooler in between */
    {"28", JML_ERR_TRANSIENT},    /* authorization while connecting */
    {"3D", JML_ERR_TRANSIENT},    /* the database is not there (yet) */
    {"3F", JML_ERR_SCHEMA},       /* no such schema */
    {"40", JML_ERR_TRANSIENT},    /* serialization, deadlock */
    {"42", JML_ERR_SCHEMA},       /* no such table, column, right */
    {"53", JML_ERR_TRANSIENT},    /* memory, disk, connections */
    {"54", JML_ERR_BAD_INPUT},    /* limits of the server */
    {"55P03", JML_ERR_TRANSIENT}, /* lock not available */
    {"55006", JML_ERR_TRANSIENT}, /* object in use */
    {"57", JML_ERR_TRANSIENT},    /* canceled, shut down, starting up */
    {"58", JML_ERR_TRANSIENT},    /* the server's own input and output */
    {"P0001", JML_ERR_REFUSED},   /* raised by a function of ours */
    {"", JML_ERR_BUG},
};

enum jml_err_class jml_sqlstate_class(const char sqlstate[5])
{
    size_t i = 0;

    while (strncmp(sqlstate, classes[i].prefix, strlen(classes[i].prefix)) != 0)
        i++;
    return classes[i].class;
}

bool jml_sqlstate_too_much(const char sqlstate[5])
{
    return strncmp(sqlstate, "57014", 5) == 0 /* statement_timeout */
           || strncmp(sqlstate, "53200", 5) == 0; /* out of memory */
}
