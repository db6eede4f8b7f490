/* SPDX-License-Identifier: MIT
 *
 * Config file: the one setting of jmld.conf that jmlctl shares with the daemon.
 */
#ifndef JML_CTL_CONFIG_FILE_H
#define JML_CTL_CONFIG_FILE_H

#include "base/arena.h"
#include "base/err.h"

/* [database] conninfo of the file; NULL when there is no such file, it may not be read by us, or it
 * does not say. < 0: SCHEMA, the file is broken. */
int jml_config_file_conninfo(struct jml_arena *a, const char *path, const char **ret_conninfo,
                             struct jml_err *e);

#endif
