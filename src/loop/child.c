/* SPDX-License-Identifier: MIT
 *
 * Child over posix_spawn(3), which costs the same however large this process is, and tells what
 * exec(2) said. A descriptor of the process (pidfd_open(2)) wakes the loop: no handler of SIGCHLD,
 * nobody else's children touched.
 *
 * The leader is reaped last of all: as long as it is a zombie, its number is that of the group, and
 * a signal to the group can hit nobody else.
 */
#include "loop/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/civil.h"
#include "loop/loop.h"

#define GRACE (2 * JML_SECOND) /* between SIGTERM and SIGKILL */

enum {
    CHUNK = 65536,
    LEFT_MAX = 1 << 20, /* read after the end: what a pipe can hold, and what others still say */
};

/* What the program says on one descriptor. */
struct said {
    struct jml_child *child;
    int fd; /* -1: closed */
    struct jml_watch *watch;
    char *text;
    size_t length, cap;
    bool was_cut;
};

struct jml_child {
    struct jml_loop *loop;
    jml_child_done done;
    void *userdata;
    pid_t pid; /* 0: reaped */
    int pidfd, input_fd;
    struct jml_watch *ended, *writing;
    struct jml_timer *timer;
    char *input;
    size_t input_length, written;
    size_t output_max;
    struct said output, errors;
    bool timed_out;
    int status, signal;
};

/* One that was freed while it ran: killed, and to be reaped. */
struct orphan {
    struct orphan *next;
    pid_t pid;
    int pidfd; /* -1: there was no descriptor left; looked at when there is an occasion */
    struct jml_watch *ended;
};
static struct orphan *orphans;

/* The six ends, and a descriptor that is kept for the pidfd. */
struct ends {
    int input[2], output[2], errors[2], spare;
};

static int ends_open(struct ends *p, struct jml_err *e);
static void ends_close(struct ends *p);
static int spawn(const struct jml_child_options *options, const struct ends *p, pid_t *ret_pid,
                 struct jml_err *e);
static void want_children(void);
static void write_more(void *userdata, unsigned events);
static void read_more(void *userdata, unsigned events);
static bool read_some(struct said *s);
static void said_close(struct said *s);
static void input_close(struct jml_child *c);
static void expired(void *userdata);
static void ended(void *userdata, unsigned events);
static void kill_all(pid_t pid);
static void orphan_add(struct jml_loop *loop, pid_t pid, int pidfd);
static void orphans_look(void);
static void close_one(int *fd);
static void *allocate(size_t n);

int jml_child_start(struct jml_loop *loop, const struct jml_child_options *options,
                    jml_child_done done, void *userdata, struct jml_child **ret_child,
                    struct jml_err *e)
{
    struct jml_child *c;
    struct ends p;
    pid_t pid;
    int pidfd, r;

    orphans_look();
    want_children();
    r = ends_open(&p, e);
    if (r == 0)
        r = spawn(options, &p, &pid, e);
    if (r < 0) {
        ends_close(&p);
        return r;
    }
    close_one(&p.input[0]);
    close_one(&p.output[1]);
    close_one(&p.errors[1]);
    close_one(&p.spare);
    pidfd = pidfd_open(pid, 0);
    if (pidfd < 0) {
        r = jml_err_set(e, JML_ERR_TRANSIENT, "%s: pidfd_open: %s", options->path, strerror(errno));
        kill_all(pid);
        orphan_add(loop, pid, -1);
        ends_close(&p);
        return r;
    }

    c = allocate(sizeof *c);
    *c = (struct jml_child){.loop = loop,
                            .done = done,
                            .userdata = userdata,
                            .pid = pid,
                            .pidfd = pidfd,
                            .input_fd = p.input[1],
                            .input_length = options->input_length,
                            .output_max = options->output_max,
                            .output = {.child = c, .fd = p.output[0]},
                            .errors = {.child = c, .fd = p.errors[0]}};
    c->ended = jml_watch_new(loop, pidfd, JML_WATCH_READ, ended, c);
    c->output.watch = jml_watch_new(loop, p.output[0], JML_WATCH_READ, read_more, &c->output);
    c->errors.watch = jml_watch_new(loop, p.errors[0], JML_WATCH_READ, read_more, &c->errors);
    if (c->input_length == 0) {
        input_close(c);
    } else {
        c->input = allocate(c->input_length);
        memcpy(c->input, options->input, c->input_length);
        c->writing = jml_watch_new(loop, c->input_fd, JML_WATCH_WRITE, write_more, c);
    }
    c->timer = jml_timer_new(loop, expired, c);
    if (options->deadline > 0)
        jml_timer_set(c->timer, options->deadline);
    *ret_child = c;
    return 0;
}

struct jml_child *jml_child_free(struct jml_child *c)
{
    if (!c)
        return NULL;
    jml_timer_free(c->timer);
    input_close(c);
    said_close(&c->output);
    said_close(&c->errors);
    jml_watch_free(c->ended);
    if (c->pid > 0) {
        kill_all(c->pid);
        orphan_add(c->loop, c->pid, c->pidfd);
    } else {
        close_one(&c->pidfd);
    }
    free(c->output.text);
    free(c->errors.text);
    free(c);
    return NULL;
}

int jml_child_status(const struct jml_child *c, int *ret_signal)
{
    if (c->status < 0)
        *ret_signal = c->signal;
    return c->status;
}

bool jml_child_timed_out(const struct jml_child *c)
{
    return c->timed_out;
}

const char *jml_child_output(const struct jml_child *c, size_t *ret_length)
{
    *ret_length = c->output.length;
    return c->output.text ? c->output.text : "";
}

const char *jml_child_errors(const struct jml_child *c)
{
    return c->errors.text ? c->errors.text : "";
}

bool jml_child_output_was_cut(const struct jml_child *c)
{
    return c->output.was_cut;
}

/* ---- starting ---- */

/* A pipe whose ends are none of 0, 1 and 2, and of which the given end, ours, does not block. */
static int pipe_open(int ends[2], int ours)
{
    int fresh[2];

    if (pipe2(fresh, O_CLOEXEC) < 0)
        return -1;
    for (int i = 0; i < 2; i++) {
        if (fresh[i] > STDERR_FILENO) {
            ends[i] = fresh[i];
            continue;
        }
        ends[i] = fcntl(fresh[i], F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
        close(fresh[i]);
    }
    if (ends[0] < 0 || ends[1] < 0)
        return -1;
    return fcntl(ends[ours], F_SETFL, O_NONBLOCK);
}

static int ends_open(struct ends *p, struct jml_err *e)
{
    *p = (struct ends){{-1, -1}, {-1, -1}, {-1, -1}, -1};
    if (pipe_open(p->input, 1) < 0 || pipe_open(p->output, 0) < 0 || pipe_open(p->errors, 0) < 0)
        return jml_err_set(e, JML_ERR_TRANSIENT, "no pipe for a program: %s", strerror(errno));
    p->spare = fcntl(p->input[0], F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    if (p->spare < 0)
        return jml_err_set(e, JML_ERR_TRANSIENT, "no descriptor for a program: %s",
                           strerror(errno));
    return 0;
}

static void ends_close(struct ends *p)
{
    for (int i = 0; i < 2; i++) {
        close_one(&p->input[i]);
        close_one(&p->output[i]);
        close_one(&p->errors[i]);
    }
    close_one(&p->spare);
}

static enum jml_err_class class_of(int error)
{
    switch (error) {
    case E2BIG:
        return JML_ERR_REFUSED;
    case EAGAIN:
    case ENOMEM:
    case EMFILE:
    case ENFILE:
    case ETXTBSY:
        return JML_ERR_TRANSIENT;
    default:
        return JML_ERR_BAD_INPUT;
    }
}

static int spawn(const struct jml_child_options *options, const struct ends *p, pid_t *ret_pid,
                 struct jml_err *e)
{
    static char *nothing[] = {NULL};
    /* posix_spawn changes neither. */
    union {
        const char *const *given;
        char *const *wanted;
    } argv = {.given = options->argv}, environment = {.wanted = nothing};
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t set;
    int error;

    if (options->environment)
        environment.given = options->environment;
    if (posix_spawn_file_actions_init(&actions) || posix_spawnattr_init(&attributes))
        jml_bug("out of memory");
    error = posix_spawn_file_actions_adddup2(&actions, p->input[0], STDIN_FILENO);
    error = error ? error : posix_spawn_file_actions_adddup2(&actions, p->output[1], STDOUT_FILENO);
    error = error ? error : posix_spawn_file_actions_adddup2(&actions, p->errors[1], STDERR_FILENO);
    error = error ? error : posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
    error = error ? error : posix_spawn_file_actions_addchdir_np(&actions, "/");
    if (error)
        jml_bug("posix_spawn_file_actions: %s", strerror(error));
    sigemptyset(&set);
    posix_spawnattr_setsigmask(&attributes, &set);
    sigfillset(&set);
    posix_spawnattr_setsigdefault(&attributes, &set);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK |
                                              POSIX_SPAWN_SETSIGDEF);
    error =
        posix_spawn(ret_pid, options->path, &actions, &attributes, argv.wanted, environment.wanted);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    if (error)
        return jml_err_set(e, class_of(error), "%s: %s", options->path, strerror(error));
    return 0;
}

/* Whoever started us may have left SIGCHLD ignored: then the kernel reaps, and nobody learns how a
 * program ended. */
static void want_children(void)
{
    struct sigaction now;

    if (sigaction(SIGCHLD, NULL, &now) == 0 &&
        (now.sa_handler == SIG_IGN || (now.sa_flags & SA_NOCLDWAIT))) {
        now = (struct sigaction){.sa_handler = SIG_DFL};
        sigaction(SIGCHLD, &now, NULL);
    }
}

/* ---- while it runs ---- */

static void write_more(void *userdata, unsigned events)
{
    struct jml_child *c = userdata;
    ssize_t n = write(c->input_fd, c->input + c->written, c->input_length - c->written);

    (void)events;
    if (n > 0)
        c->written += (size_t)n;
    else if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    /* EPIPE: it does not want to know. */
    if (n < 0 || c->written == c->input_length)
        input_close(c);
}

static void read_more(void *userdata, unsigned events)
{
    struct said *s = userdata;

    (void)events;
    if (!read_some(s))
        said_close(s);
}

/* One piece. false: there is no more, or none for now when it is asked after the end. */
static bool read_some(struct said *s)
{
    static char scrap[CHUNK]; /* one thread; nothing of it is kept between calls */
    size_t room = s->child->output_max - s->length, n_kept;
    ssize_t n = read(s->fd, scrap, sizeof scrap);

    if (n < 0 && errno == EINTR)
        return true;
    if (n < 0 && errno == EAGAIN)
        return s->watch != NULL;
    if (n <= 0)
        return false;
    n_kept = (size_t)n < room ? (size_t)n : room;
    if (n_kept < (size_t)n)
        s->was_cut = true;
    if (n_kept == 0)
        return true;
    if (s->length + n_kept + 1 > s->cap) {
        s->cap = (s->length + n_kept + 1) * 2;
        s->text = realloc(s->text, s->cap);
        if (!s->text)
            jml_bug("out of memory");
    }
    memcpy(s->text + s->length, scrap, n_kept);
    s->length += n_kept;
    s->text[s->length] = 0;
    return true;
}

static void said_close(struct said *s)
{
    s->watch = jml_watch_free(s->watch);
    close_one(&s->fd);
}

static void input_close(struct jml_child *c)
{
    c->writing = jml_watch_free(c->writing);
    close_one(&c->input_fd);
    if (c->input) /* it may hold a password */
        explicit_bzero(c->input, c->input_length);
    free(c->input);
    c->input = NULL;
}

static void expired(void *userdata)
{
    struct jml_child *c = userdata;

    if (!c->timed_out) {
        c->timed_out = true;
        if (kill(-c->pid, SIGTERM) < 0)
            kill(c->pid, SIGTERM);
        jml_timer_set(c->timer, GRACE);
        return;
    }
    kill_all(c->pid);
}

/* ---- the end ---- */

/* What is in the pipe by now. The watch is gone: EAGAIN means that there is no more. */
static void read_rest(struct said *s)
{
    if (s->fd < 0)
        return;
    s->watch = jml_watch_free(s->watch);
    for (size_t n = 0; n < LEFT_MAX && read_some(s); n += CHUNK)
        ;
    said_close(s);
}

static void ended(void *userdata, unsigned events)
{
    struct jml_child *c = userdata;
    siginfo_t info = {0};

    (void)events;
    kill_all(c->pid);
    input_close(c);
    read_rest(&c->output);
    read_rest(&c->errors);
    jml_timer_clear(c->timer);
    c->ended = jml_watch_free(c->ended);
    c->status = -1;
    if (waitid(P_PIDFD, (id_t)c->pidfd, &info, WEXITED | WNOHANG) == 0 && info.si_pid != 0) {
        if (info.si_code == CLD_EXITED)
            c->status = info.si_status;
        else
            c->signal = info.si_status;
    }
    c->pid = 0;
    c->done(c->userdata, c);
}

/* The group, and the leader by itself: it may have gone to another group. */
static void kill_all(pid_t pid)
{
    kill(-pid, SIGKILL);
    kill(pid, SIGKILL);
}

/* ---- orphans ---- */

static bool is_gone(const struct orphan *o)
{
    siginfo_t info = {0};
    int r = o->pidfd >= 0 ? waitid(P_PIDFD, (id_t)o->pidfd, &info, WEXITED | WNOHANG)
                          : waitid(P_PID, (id_t)o->pid, &info, WEXITED | WNOHANG);

    return r < 0 ? errno == ECHILD : info.si_pid != 0;
}

static void orphans_look(void)
{
    struct orphan **p = &orphans;

    while (*p) {
        struct orphan *o = *p;

        if (!is_gone(o)) {
            p = &o->next;
            continue;
        }
        *p = o->next;
        jml_watch_free(o->ended);
        close_one(&o->pidfd);
        free(o);
    }
}

static void orphan_ended(void *userdata, unsigned events)
{
    (void)userdata;
    (void)events;
    orphans_look();
}

static void orphan_add(struct jml_loop *loop, pid_t pid, int pidfd)
{
    struct orphan *o = allocate(sizeof *o);

    *o = (struct orphan){.next = orphans, .pid = pid, .pidfd = pidfd};
    orphans = o;
    if (pidfd >= 0)
        o->ended = jml_watch_new(loop, pidfd, JML_WATCH_READ, orphan_ended, NULL);
    orphans_look();
}

/* ---- helpers ---- */

static void close_one(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

static void *allocate(size_t n)
{
    void *p = calloc(1, n);

    if (!p)
        jml_bug("out of memory");
    return p;
}
