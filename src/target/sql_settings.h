/* SPDX-License-Identifier: MIT
 *
 * SQL settings: how sql.c connects, and what it calls.
 *
 * Nothing that matters comes from the environment of the process, which has the connection of
 * jmld's own database in mind: host, database and user are asked for, the password is in the file
 * that passwordFile names or there is none, and the server is verified by its certificate unless it
 * is this machine, or the conninfo says otherwise.
 */
#ifndef JML_TARGET_SQL_SETTINGS_H
#define JML_TARGET_SQL_SETTINGS_H

#include "target/target.h"

enum { JML_SQL_KEYWORDS_MAX = 80 };

struct jml_sql_settings {
    const char *lookup; /* the host whose addresses are to be found; NULL: none is */
    size_t n;
    const char *keywords[JML_SQL_KEYWORDS_MAX], *values[JML_SQL_KEYWORDS_MAX];
    const char *call; /* statements with one parameter, JSON as text; call is of one row at most */
    const char *list; /* NULL: there is no listFunction */
};

/* < 0: BAD_INPUT. */
int jml_sql_settings_read(struct jml_arena *a, const struct jml_target_setup *setup,
                          struct jml_sql_settings *ret, struct jml_err *e);
/* Another keyword. */
void jml_sql_settings_add(struct jml_sql_settings *s, const char *keyword, const char *value);

#endif
