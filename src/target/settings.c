/* SPDX-License-Identifier: MIT
 *
 * Settings: what the kinds read theirs with: secrets in files, and texts with a person's values.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/str.h"
#include "target/target.h"

enum { FILE_MAX = 1 << 20 };

/* Where path really is, if that is below directory; NULL: elsewhere, or nowhere (errno). */
static const char *path_below(struct jml_arena *a, const char *directory, const char *path)
{
    char base[PATH_MAX], found[PATH_MAX];
    size_t n;

    if (!realpath(directory, base)) {
        errno = 0;
        return NULL;
    }
    if (!realpath(path, found)) {
        /* Whether something is there is told of what is to be there only. */
        if (!jml_str_starts(path, directory) || strstr(path, "/../"))
            errno = 0;
        return NULL;
    }
    n = strlen(base);
    errno = 0;
    return strncmp(found, base, n) == 0 && found[n] == '/' ? jml_strdup(a, found) : NULL;
}

static void path_refused(const struct jml_target_setup *setup, const char *setting, const char *path,
                         const char *directory, struct jml_err *e)
{
    if (errno)
        jml_err_set(e, JML_ERR_BAD_INPUT, "target '%s': %s: %s: %s", setup->name, setting, path,
                    strerror(errno));
    else
        jml_err_set(e, JML_ERR_BAD_INPUT,
                    "target '%s': %s: %s is not within %s: put it there, or change secrets_directory in "
                    "[targets] of jmld.conf",
                    setup->name, setting, path, directory);
}

const char *jml_setting_path_of(struct jml_arena *a, const struct jml_target_setup *setup,
                                const char *setting, const char *path, struct jml_err *e)
{
    const char *found;

    if (!setup->secrets_directory)
        return path;
    if (setup->credentials_directory &&
        (found = path_below(a, setup->credentials_directory, path)) != NULL)
        return found;
    found = path_below(a, setup->secrets_directory, path);
    if (!found)
        path_refused(setup, setting, path, setup->secrets_directory, e);
    return found;
}

const char *jml_setting_path(struct jml_arena *a, const struct jml_target_setup *setup,
                             const char *setting, struct jml_err *e)
{
    const char *name = jml_value_find_string(setup->settings, setting), *path, *found;

    if (!name) {
        jml_err_set(e, JML_ERR_BAD_INPUT, "target '%s': the setting %s is missing", setup->name, setting);
        return NULL;
    }
    if (name[0] == '/')
        return jml_setting_path_of(a, setup, setting, name, e);
    if (!setup->credentials_directory || !name[0] || strchr(name, '/') || jml_streq(name, "..")) {
        jml_err_set(e, JML_ERR_BAD_INPUT,
                    "target '%s': %s is '%s': give an absolute path, or a name within the credentials "
                    "directory (LoadCredential= in the unit)",
                    setup->name, setting, name);
        return NULL;
    }
    path = jml_printf(a, "%s/%s", setup->credentials_directory, name);
    found = path_below(a, setup->credentials_directory, path);
    if (!found)
        path_refused(setup, setting, path, setup->credentials_directory, e);
    return found;
}

static const char *file_read(struct jml_arena *a, const struct jml_target_setup *setup, const char *setting,
                             bool is_secret, struct jml_err *e)
{
    const char *path = jml_setting_path(a, setup, setting, e);
    struct stat st;
    char *text;
    ssize_t n;
    int fd;

    if (!path)
        return NULL;
    fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0 || fstat(fd, &st) < 0) {
        jml_err_set(e, JML_ERR_BAD_INPUT, "target '%s': %s: %s: %s", setup->name, setting, path,
                    strerror(errno));
        if (fd >= 0)
            close(fd);
        return NULL;
    }
    if (!S_ISREG(st.st_mode) || (is_secret && (st.st_mode & S_IRWXO))) {
        jml_err_set(e, JML_ERR_BAD_INPUT, "target '%s': %s: %s %s", setup->name, setting, path,
                    S_ISREG(st.st_mode) ? "can be read by everybody: chmod o= it" : "is not a file");
        close(fd);
        return NULL;
    }
    if (st.st_size > FILE_MAX) {
        jml_err_set(e, JML_ERR_BAD_INPUT, "target '%s': %s: %s is larger than %d bytes", setup->name, setting,
                    path, FILE_MAX);
        close(fd);
        return NULL;
    }
    text = jml_arena_alloc(a, (size_t)st.st_size + 1);
    n = read(fd, text, (size_t)st.st_size);
    close(fd);
    while (n > 0 && (text[n - 1] == '\n' || text[n - 1] == '\r'))
        n--;
    if (n <= 0) {
        jml_err_set(e, JML_ERR_BAD_INPUT, "target '%s': %s: %s is empty", setup->name, setting, path);
        return NULL;
    }
    text[n] = 0;
    if (strlen(text) != (size_t)n) {
        jml_err_set(e, JML_ERR_BAD_INPUT, "target '%s': %s: %s is not text", setup->name, setting, path);
        return NULL;
    }
    return text;
}

const char *jml_secret_read(struct jml_arena *a, const struct jml_target_setup *setup, const char *setting,
                            struct jml_err *e)
{
    return file_read(a, setup, setting, true, e);
}

const char *jml_file_read(struct jml_arena *a, const struct jml_target_setup *setup, const char *setting,
                          struct jml_err *e)
{
    return file_read(a, setup, setting, false, e);
}

static const char *value_of(const struct jml_operation *op, const char *name)
{
    char id[37];
    const struct jml_value *v;

    if (jml_streq(name, "employeeId"))
        return op->employee_id;
    if (jml_streq(name, "id")) {
        jml_id_format(op->person_id, id);
        return jml_strdup(op->arena, id);
    }
    if (jml_str_starts(name, "user."))
        name += 5;
    v = jml_value_find_path(op->attributes, name);
    if (!v || v->type == JML_NULL)
        return NULL;
    return v->type == JML_STRING ? v->text : jml_value_text(op->arena, v);
}

const char *jml_operation_expand(const struct jml_operation *op, const char *text,
                                 const char *(*escape)(struct jml_arena *a, const char *value),
                                 const char **ret_missing)
{
    struct jml_str out = JML_STR_INIT(op->arena);

    for (const char *p = text; *p;) {
        const char *open = strstr(p, "{{");
        const char *close = open ? strstr(open, "}}") : NULL;
        const char *name, *value;

        if (!close) {
            jml_str_add(&out, p);
            break;
        }
        jml_str_add_n(&out, p, (size_t)(open - p));
        name = jml_strndup(op->arena, open + 2, (size_t)(close - open - 2));
        value = value_of(op, name);
        if (!value || !value[0]) {
            *ret_missing = name;
            return NULL;
        }
        jml_str_add(&out, escape ? escape(op->arena, value) : value);
        p = close + 2;
    }
    return jml_str_text(&out);
}
