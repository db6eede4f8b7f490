/* SPDX-License-Identifier: MIT
 *
 * The place where call-backs come in, asked by transfers in the same loop.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/civil.h"
#include "base/log.h"
#include "base/str.h"
#include "daemon/callback.h"
#include "lib/leak.h"
#include "loop/loop.h"
#include "loop/server.h"
#include "loop/transfer.h"

#define ID        "018f0000-0000-7000-8000-000000000001"
#define TOKEN     "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define PATH      "/identityGovernance/lifecycleWorkflows/x/" ID "/resume/" TOKEN
#define COMPLETED "{\"source\":\"s\",\"type\":\"t\",\"data\":{\"operationStatus\":\"Completed\"}}"

static struct jml_loop *loop;
static struct jml_transfers *transfers;
static struct jml_callback *callback;

/* what take was told, and says */
static int n_taken, later;
static enum jml_called_back says;
static char id[37], digest[80], words[300];
static bool completed, keeps_quiet;

static void take(void *userdata, struct jml_id delivery, const char *said_digest,
                 bool said_completed, const char *said_words, jml_called_back_done answered,
                 void *answered_userdata)
{
    (void)userdata;
    n_taken++;
    jml_id_format(delivery, id);
    snprintf(digest, sizeof digest, "%s", said_digest);
    snprintf(words, sizeof words, "%s", said_words ? said_words : "-");
    completed = said_completed;
    if (!keeps_quiet)
        answered(answered_userdata, n_taken <= later ? JML_CALLED_BACK_LATER : says);
}

static void init(void)
{
    struct jml_err e;

    signal(SIGPIPE, SIG_IGN);
    loop = jml_loop_new();
    transfers = jml_transfers_new(loop);
    cr_assert_eq(jml_callback_new(loop, "127.0.0.1:0", take, NULL, &callback, &e), 0, "%s",
                 e.message);
}

static void fini(void)
{
    jml_transfers_free(transfers);
    jml_callback_free(callback);
    jml_loop_free(loop);
    jml_test_leak_check();
}

TestSuite(callback, .init = init, .fini = fini, .timeout = 20);

static long http_status;
static char error[CURL_ERROR_SIZE], retry_after[20];

static void done(void *userdata, struct jml_transfer *t)
{
    const char *header = jml_transfer_header(t, "Retry-After");

    (void)userdata;
    http_status = jml_transfer_status(t);
    snprintf(error, sizeof error, "%s", jml_transfer_error(t));
    snprintf(retry_after, sizeof retry_after, "%s", header ? header : "-");
    jml_transfer_free(t);
    jml_loop_stop(loop);
}

static struct jml_transfer *calling(const char *method, const char *path, const char *body)
{
    struct jml_transfer *t = jml_transfer_new(transfers, "http", 1000, 8 * JML_SECOND, done, NULL);
    char url[4096];

    snprintf(url, sizeof url, "http://127.0.0.1:%d%s", jml_callback_port(callback), path);
    curl_easy_setopt(jml_transfer_easy(t), CURLOPT_URL, url);
    if (body)
        jml_transfer_set_body(t, body, strlen(body));
    jml_transfer_set_method(t, method);
    return t;
}

static long post(const char *path, const char *body)
{
    jml_transfer_start(calling("POST", path, body));
    jml_loop_run(loop);
    return http_status;
}

Test(callback, one_that_is_taken_is_204)
{
    cr_expect_eq(post(PATH, COMPLETED), 204, "%s", error);
    cr_expect_eq(n_taken, 1);
    cr_expect(completed);
    cr_expect_str_eq(id, ID);
    /* sha256sum says so */
    cr_expect_str_eq(digest, "a8ae6e6ee929abea3afcfc5258c8ccd6f85273e0d4626d26c7279f3250f77c8e");
    cr_expect_str_eq(words, "-");
}

Test(callback, a_failure_brings_its_reason_on_one_line)
{
    cr_expect_eq(post(PATH "?api-version=1",
                      "{\"data\":{\"operationStatus\":\"failed\",\"reason\":\"no\\nlicence\"}}"),
                 204);
    cr_expect_not(completed);
    cr_expect_str_eq(words, "no licence");
}

Test(callback, what_is_refused_has_its_status)
{
    says = JML_CALLED_BACK_FORGED;
    cr_expect_eq(post(PATH, COMPLETED), 403);
    says = JML_CALLED_BACK_NOT_WAITING;
    cr_expect_eq(post(PATH, COMPLETED), 409);
    says = JML_CALLED_BACK_UNKNOWN;
    cr_expect_eq(post(PATH, COMPLETED), 404);
    cr_expect_eq(n_taken, 3);
}

Test(callback, other_paths_and_bodies_reach_nobody)
{
    static const char *const paths[] = {"/",
                                        "",
                                        "/resume/" TOKEN,
                                        "/" ID "/resume/" TOKEN "0",
                                        "/" ID "/resume/"
                                        "X" TOKEN,
                                        "/" ID "/restart/" TOKEN,
                                        "/018f0000-0000-7000-8000-00000000000x/resume/" TOKEN,
                                        "/" ID "0/resume/" TOKEN,
                                        "/0" ID "/resume/" TOKEN,
                                        "/%2e%2e/" ID "/resume/%30" TOKEN};
    static const char *const bodies[] = {"",
                                         "{}",
                                         "[]",
                                         "{\"data\":{}}",
                                         "{\"data\":{\"operationStatus\":\"Perhaps\"}}",
                                         "{\"data\":{\"operationStatus\":true}}",
                                         "{\"data\":{\"operationStatus\":\"Completed\"}} x",
                                         "{\"operationStatus\":\"Completed\"}",
                                         "\xff\xfe"};

    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
        cr_expect_eq(post(paths[i], COMPLETED), 404, "%s: %ld", paths[i], http_status);
    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++)
        cr_expect_eq(post(PATH, bodies[i]), 400, "%s: %ld", bodies[i], http_status);
    cr_expect_eq(n_taken, 0);
}

Test(callback, other_methods_and_large_bodies_reach_nobody)
{
    static char large[70000];

    jml_transfer_start(calling("GET", PATH, NULL));
    jml_loop_run(loop);
    cr_expect_geq(http_status, 400);
    jml_transfer_start(calling("DELETE", PATH, NULL));
    jml_loop_run(loop);
    cr_expect_geq(http_status, 400);
    memset(large, ' ', sizeof large - 1);
    memcpy(large, COMPLETED, strlen(COMPLETED));
    cr_expect_eq(post(PATH, large), 413);
    cr_expect_eq(n_taken, 0);
}

Test(callback, one_that_comes_too_early_waits)
{
    later = 3;
    cr_expect_eq(post(PATH, COMPLETED), 204);
    cr_expect_eq(n_taken, 4);
}

Test(callback, but_not_for_ever)
{
    later = 1000;
    cr_expect_eq(post(PATH, COMPLETED), 503);
    cr_expect_str_eq(retry_after, "5");
    cr_expect_gt(n_taken, 10);
}

static void enough(void *userdata)
{
    (void)userdata;
    jml_loop_stop(loop);
}

static void run_for(int64_t delay)
{
    struct jml_timer *timer = jml_timer_new(loop, enough, NULL);

    jml_timer_set(timer, delay);
    jml_loop_run(loop);
    jml_timer_free(timer);
}

Test(callback, who_hangs_up_meanwhile_harms_nobody)
{
    struct jml_transfer *t = calling("POST", PATH, COMPLETED);

    later = 2;
    jml_transfer_start(t);
    run_for(JML_SECOND / 10);
    cr_expect_eq(n_taken, 1);
    jml_transfer_free(t);
    transfers = jml_transfers_free(transfers);
    run_for(JML_SECOND);
    cr_expect_eq(n_taken, 3);
    transfers = jml_transfers_new(loop);
    cr_expect_eq(post(PATH, COMPLETED), 204);
}

/* ---- connections that are no help ---- */

static int client(void)
{
    struct sockaddr_in there = {.sin_family = AF_INET,
                                .sin_port = htons((uint16_t)jml_callback_port(callback)),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    /* The kernel takes it: nobody has to accept. */
    cr_assert_eq(connect(fd, (struct sockaddr *)&there, sizeof there), 0);
    return fd;
}

static bool is_open(int fd)
{
    char byte;

    return recv(fd, &byte, 1, MSG_DONTWAIT) < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

Test(callback, a_connection_too_many_is_closed_at_once_and_the_others_stay)
{
    int fds[64], surplus[100];

    for (size_t i = 0; i < 64; i++)
        fds[i] = client();
    run_for(JML_SECOND / 10);
    for (size_t i = 0; i < 100; i++)
        surplus[i] = client();
    run_for(JML_SECOND);
    for (size_t i = 0; i < 64; i++)
        cr_expect(is_open(fds[i]), "%zu", i);
    for (size_t i = 0; i < 100; i++) {
        cr_expect_not(is_open(surplus[i]), "%zu", i);
        close(surplus[i]);
    }
    close(fds[0]);
    run_for(JML_SECOND / 10);
    cr_expect_eq(post(PATH, COMPLETED), 204, "%s", error);
    cr_expect_eq(post(PATH, COMPLETED), 204, "%s: its place is free again", error);
    for (size_t i = 1; i < 64; i++)
        close(fds[i]);
}

static int dripping;

static void drip(void *userdata)
{
    struct jml_timer **timer = userdata;

    send(dripping, "X: y\r\n", 6, MSG_NOSIGNAL);
    jml_timer_set(*timer, JML_SECOND / 2);
}

Test(callback, who_sends_a_line_now_and_then_is_hung_up_on)
{
    static const char begin[] = "POST / HTTP/1.1\r\nContent-Length: 9\r\n";
    struct jml_timer *timer = jml_timer_new(loop, drip, &timer);

    dripping = client();
    cr_assert_gt(send(dripping, begin, sizeof begin - 1, MSG_NOSIGNAL), 0);
    jml_timer_set(timer, 0);
    run_for(9 * JML_SECOND);
    cr_expect(is_open(dripping));
    run_for(2 * JML_SECOND);
    cr_expect_not(is_open(dripping));
    jml_timer_free(timer);
    close(dripping);
}

static size_t turns, said;

static void turned(void *userdata)
{
    (void)userdata;
    turns++;
}

static void grab(enum jml_message m, const struct jml_log_field *fields, size_t n_fields,
                 const char *sentence, void *userdata)
{
    (void)fields, (void)n_fields, (void)sentence, (void)userdata;
    said += m == JML_MSG_CALLBACK_TROUBLE;
}

Test(callback, without_descriptors_nobody_is_accepted_for_a_while)
{
    struct rlimit few = {.rlim_cur = 200, .rlim_max = 200};
    struct jml_timer *timer = jml_timer_new(loop, enough, NULL);
    int fd, filling[200], n = 0;

    jml_log_grab(grab, NULL);
    jml_loop_set_turn(loop, turned, NULL);
    cr_assert_eq(setrlimit(RLIMIT_NOFILE, &few), 0);
    fd = client();
    while ((filling[n] = dup(0)) >= 0)
        n++;
    jml_timer_set(timer, 5 * JML_SECOND / 2);
    jml_loop_run(loop);
    cr_expect_eq(said, 1, "%zu", said);
    cr_expect_lt(turns, 50, "%zu", turns);
    cr_expect(is_open(fd));
    while (n > 0)
        close(filling[--n]);
    run_for(3 * JML_SECOND / 2);
    cr_expect_eq(post(PATH, COMPLETED), 204, "%s", error);
    cr_expect_eq(said, 1);
    jml_log_grab(NULL, NULL);
    jml_timer_free(timer);
    close(fd);
}

Test(callback, it_may_end_while_one_waits)
{
    struct jml_transfer *t = calling("POST", PATH, COMPLETED);

    keeps_quiet = true;
    jml_transfer_start(t);
    run_for(JML_SECOND / 10);
    cr_expect_eq(n_taken, 1);
    callback = jml_callback_free(callback);
    run_for(JML_SECOND / 10);
    cr_expect_eq(http_status, 0);
}

Test(callback, a_unix_socket_is_made_anew_and_taken_away)
{
    char path[] = "/tmp/jmld-callback-XXXXXX", address[100];
    struct jml_callback *other, *third;
    struct jml_transfer *t;
    struct stat st;
    struct jml_err e;

    cr_assert(mkdtemp(path));
    snprintf(address, sizeof address, "%s/socket", path);
    cr_assert_eq(jml_callback_new(loop, address, take, NULL, &other, &e), 0, "%s", e.message);
    cr_expect_eq(stat(address, &st), 0);
    cr_expect_eq(st.st_mode & 0777, 0660);
    t = calling("POST", PATH, COMPLETED);
    curl_easy_setopt(jml_transfer_easy(t), CURLOPT_UNIX_SOCKET_PATH, address);
    jml_transfer_start(t);
    jml_loop_run(loop);
    cr_expect_eq(http_status, 204, "%s", error);
    cr_expect_lt(jml_callback_new(loop, address, take, NULL, &third, &e), 0, "it is in use");
    jml_callback_free(other);
    cr_expect_eq(stat(address, &st), -1);
    rmdir(path);
}

Test(callback, only_loopback_addresses_are_listened_at)
{
    static const char *const bad[] = {
        "0.0.0.0:80",   "192.0.2.1:80", "[::]:80",     "example.com:80",  "127.0.0.1",
        ":80",          "127.0.0.1:",   "127.0.0.1:x", "127.0.0.1:70000", "",
        "relative/path"};
    static const char *const good[] = {"127.0.0.1:80", "127.8.8.8:80", "[::1]:80", "localhost:80",
                                       "/run/x"};

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        cr_expect_not(jml_server_address_valid(bad[i]), "%s", bad[i]);
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
        cr_expect(jml_server_address_valid(good[i]), "%s", good[i]);
}
