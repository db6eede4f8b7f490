/* SPDX-License-Identifier: MIT
 *
 * Config file: see config_file.h. Other sections and keys are the daemon's to check.
 */
#include "ctl/config_file.h"

#include <errno.h>
#include <ini.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"

struct reading {
    struct jml_arena *arena;
    const char *conninfo;
};

static int take(void *userdata, const char *section, const char *name, const char *value);

int jml_config_file_conninfo(struct jml_arena *a, const char *path, const char **ret_conninfo,
                             struct jml_err *e)
{
    struct reading reading = {.arena = a};
    FILE *file = fopen(path, "re");
    int line;

    if (!file) {
        if (errno != ENOENT && errno != EACCES && errno != ENOTDIR)
            return jml_err_set(e, JML_ERR_SCHEMA, "%s: %s", path, strerror(errno));
        *ret_conninfo = NULL;
        return 0;
    }
    line = ini_parse_file(file, take, &reading);
    fclose(file);
    if (line != 0)
        return jml_err_set(e, JML_ERR_SCHEMA, "%s:%d: neither a section nor a key with a value",
                           path, line);
    *ret_conninfo = reading.conninfo;
    return 0;
}

static int take(void *userdata, const char *section, const char *name, const char *value)
{
    struct reading *r = userdata;

    if (jml_streq(section, "database") && jml_streq(name, "conninfo"))
        r->conninfo = jml_strdup(r->arena, value);
    return 1;
}
