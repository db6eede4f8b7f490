/* SPDX-License-Identifier: MIT
 *
 * Inflight: the mapped file. Its layout belongs to one version of the program: a file of another
 * layout is begun anew, which only loses the memory of a crash.
 */
#include "flow/inflight.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <unistd.h>

#define LAYOUT UINT64_C(0x6a6d6c2d69663033) /* "jml-if03" */
#define SUSPECTS ((size_t)JML_INFLIGHT_SLOTS * JML_INFLIGHT_PERSONS)

struct slot {
    uint32_t n;
    int32_t stepping; /* an index, or JML_INFLIGHT_... */
    struct jml_id ids[JML_INFLIGHT_PERSONS];
};

struct file {
    uint64_t layout;
    uint64_t n_suspects;
    struct slot slots[JML_INFLIGHT_SLOTS];
    struct jml_inflight_suspect suspects[SUSPECTS];
};

struct jml_inflight {
    int fd;
    struct file *file;
};

static void take_over(struct file *file);
static struct jml_inflight_suspect *find_suspect(struct file *file, struct jml_id id);

/* The compiler may not move a store over it: what a crash leaves behind is in program order. */
#define IN_ORDER() atomic_signal_fence(memory_order_seq_cst)

int jml_inflight_open(const char *path, struct jml_inflight **ret_inflight, struct jml_err *e)
{
    struct jml_inflight *f;
    struct file *file;
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

    if (fd < 0)
        return jml_err_set(e, JML_ERR_TRANSIENT, "%s: cannot be opened: %s", path,
                           strerror(errno));
    if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
        int r = jml_err_set(e, JML_ERR_TRANSIENT, "%s: another jmld uses it", path);

        close(fd);
        return r;
    }
    if (ftruncate(fd, sizeof *file) < 0) {
        int r = jml_err_set(e, JML_ERR_TRANSIENT, "%s: cannot grow: %s", path, strerror(errno));

        close(fd);
        return r;
    }
    file = mmap(NULL, sizeof *file, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (file == MAP_FAILED) {
        int r = jml_err_set(e, JML_ERR_TRANSIENT, "%s: cannot be mapped: %s", path,
                            strerror(errno));

        close(fd);
        return r;
    }
    f = calloc(1, sizeof *f);
    if (!f)
        jml_bug("out of memory");
    f->fd = fd;
    f->file = file;
    take_over(file);
    *ret_inflight = f;
    return 0;
}

struct jml_inflight *jml_inflight_close(struct jml_inflight *f)
{
    if (!f)
        return NULL;
    munmap(f->file, sizeof *f->file);
    close(f->fd);
    free(f);
    return NULL;
}

size_t jml_inflight_read(const struct jml_inflight *f,
                         const struct jml_inflight_suspect **ret_suspects)
{
    if (!f)
        return 0;
    *ret_suspects = f->file->suspects;
    return f->file->n_suspects;
}

const struct jml_inflight_suspect *jml_inflight_find(const struct jml_inflight *f,
                                                     struct jml_id id)
{
    return f ? find_suspect(f->file, id) : NULL;
}

void jml_inflight_begin(struct jml_inflight *f, unsigned slot, const struct jml_id *ids, size_t n)
{
    struct slot *s;

    if (!f)
        return;
    if (slot >= JML_INFLIGHT_SLOTS || n > JML_INFLIGHT_PERSONS)
        jml_bug("no room for %zu persons in slot %u", n, slot);
    s = &f->file->slots[slot];
    s->n = 0;
    s->stepping = JML_INFLIGHT_WAITING;
    memcpy(s->ids, ids, n * sizeof *ids);
    IN_ORDER();
    s->n = (uint32_t)n;
    IN_ORDER();
}

void jml_inflight_stepping(struct jml_inflight *f, unsigned slot, int index)
{
    if (!f)
        return;
    IN_ORDER();
    f->file->slots[slot].stepping = index;
    IN_ORDER();
}

void jml_inflight_end(struct jml_inflight *f, unsigned slot)
{
    if (!f)
        return;
    f->file->slots[slot].stepping = JML_INFLIGHT_WAITING;
    f->file->slots[slot].n = 0;
    IN_ORDER();
}

void jml_inflight_clear(struct jml_inflight *f, struct jml_id id)
{
    struct jml_inflight_suspect *s;

    if (!f)
        return;
    s = find_suspect(f->file, id);
    if (!s)
        return;
    *s = f->file->suspects[f->file->n_suspects - 1];
    IN_ORDER();
    f->file->n_suspects--;
}

void jml_inflight_forgive(struct jml_inflight *f, struct jml_id id)
{
    struct jml_inflight_suspect *s = f ? find_suspect(f->file, id) : NULL;

    if (s && s->crashes > 0)
        s->crashes--;
}

/* Turns what a dead process left in its slots into suspects. */
static void take_over(struct file *file)
{
    if (file->layout != LAYOUT || file->n_suspects > SUSPECTS) {
        memset(file, 0, sizeof file->layout + sizeof file->n_suspects);
        for (unsigned i = 0; i < JML_INFLIGHT_SLOTS; i++) {
            file->slots[i].n = 0;
            file->slots[i].stepping = JML_INFLIGHT_WAITING;
        }
        file->layout = LAYOUT;
        return;
    }
    for (unsigned i = 0; i < JML_INFLIGHT_SLOTS; i++) {
        struct slot *slot = &file->slots[i];

        if (slot->stepping == JML_INFLIGHT_WAITING)
            slot->n = 0;
        for (uint32_t k = 0; k < slot->n && k < JML_INFLIGHT_PERSONS; k++) {
            struct jml_inflight_suspect *s = find_suspect(file, slot->ids[k]);

            if (!s && file->n_suspects < SUSPECTS) {
                s = &file->suspects[file->n_suspects];
                *s = (struct jml_inflight_suspect){.id = slot->ids[k]};
                file->n_suspects++;
            }
            if (s && (slot->stepping == (int32_t)k ||
                      (slot->stepping == JML_INFLIGHT_WHOLE && slot->n == 1)))
                s->crashes++;
        }
        slot->stepping = JML_INFLIGHT_WAITING;
        IN_ORDER();
        slot->n = 0;
    }
}

static struct jml_inflight_suspect *find_suspect(struct file *file, struct jml_id id)
{
    for (uint64_t i = 0; i < file->n_suspects; i++)
        if (jml_id_equal(file->suspects[i].id, id))
            return &file->suspects[i];
    return NULL;
}
