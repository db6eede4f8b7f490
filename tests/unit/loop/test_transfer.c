/* SPDX-License-Identifier: MIT
 *
 * Transfers against a server in the same loop: it answers each connection with the next of its
 * lines, and keeps what it was asked. TLS is tried by tests/target/test_webhook.sh.
 */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/civil.h"
#include "lib/leak.h"
#include "loop/loop.h"
#include "loop/transfer.h"

static struct jml_loop *loop;
static struct jml_transfers *transfers;
static struct jml_watch *listening;
static int listener, port;
static struct client {
    int fd;
    struct jml_watch *watch;
} clients[8];
static int n_clients, n_requests;
static const char *answers[8]; /* NULL: says nothing; "": hangs up */
static char asked[8][8192];

static int done_count;
static CURLcode result;
static char error[CURL_ERROR_SIZE], body[8192], location[256];
static long http_status;

static void client_ready(void *userdata, unsigned events)
{
    struct client *c = userdata;
    char *text = asked[n_requests];
    size_t have = strlen(text);
    ssize_t n = read(c->fd, text + have, sizeof asked[0] - 1 - have);
    const char *length;

    (void)events;
    if (n <= 0) {
        c->watch = jml_watch_free(c->watch);
        close(c->fd);
        return;
    }
    if (!strstr(text, "\r\n\r\n"))
        return;
    length = strstr(text, "Content-Length: ");
    if (length && strlen(strstr(text, "\r\n\r\n") + 4) < (size_t)atoi(length + 16))
        return;
    if (answers[n_requests]) {
        n = write(c->fd, answers[n_requests], strlen(answers[n_requests]));
        if (!strstr(answers[n_requests], "keep-alive")) {
            c->watch = jml_watch_free(c->watch);
            close(c->fd);
        }
    }
    n_requests++;
}

static void client_comes(void *userdata, unsigned events)
{
    struct client *c = &clients[n_clients++];

    (void)userdata;
    (void)events;
    c->fd = accept(listener, NULL, NULL);
    c->watch = jml_watch_new(loop, c->fd, JML_WATCH_READ, client_ready, c);
}

static void init(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;

    signal(SIGPIPE, SIG_IGN);
    loop = jml_loop_new();
    transfers = jml_transfers_new(loop);
    listener = socket(AF_INET, SOCK_STREAM, 0);
    cr_assert_eq(bind(listener, (struct sockaddr *)&address, sizeof address), 0);
    cr_assert_eq(listen(listener, 8), 0);
    getsockname(listener, (struct sockaddr *)&address, &size);
    port = ntohs(address.sin_port);
    listening = jml_watch_new(loop, listener, JML_WATCH_READ, client_comes, NULL);
}

static void fini(void)
{
    jml_transfers_free(transfers);
    jml_watch_free(listening);
    for (int i = 0; i < n_clients; i++)
        jml_watch_free(clients[i].watch);
    jml_loop_free(loop);
    jml_test_leak_check();
}

TestSuite(transfer, .init = init, .fini = fini, .timeout = 20);

static void done(void *userdata, struct jml_transfer *t)
{
    size_t n;
    const char *text = jml_transfer_answer(t, &n);
    const char *header = jml_transfer_header(t, "location");

    (void)userdata;
    done_count++;
    result = jml_transfer_result(t);
    http_status = jml_transfer_status(t);
    snprintf(error, sizeof error, "%s", jml_transfer_error(t));
    snprintf(body, sizeof body, "%s", text);
    snprintf(location, sizeof location, "%s", header ? header : "none");
    jml_transfer_free(t);
    jml_loop_stop(loop);
}

static struct jml_transfer *made(const char *path)
{
    struct jml_transfer *t = jml_transfer_new(transfers, "http", 1000, 2 * JML_SECOND, done, NULL);
    char url[100];

    snprintf(url, sizeof url, "http://127.0.0.1:%d%s", port, path);
    curl_easy_setopt(jml_transfer_easy(t), CURLOPT_URL, url);
    return t;
}

#define OK(text)   "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" text
#define KEPT(text) "HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\n" text

Test(transfer, a_body_is_sent_and_the_answer_comes_back)
{
    struct jml_transfer *t = made("/a");

    answers[0] = OK("fine");
    jml_transfer_set_body(t, "{\"a\":1}", 7);
    jml_transfer_set_method(t, "PATCH");
    jml_transfer_add_header(t, "Content-Type", "application/json");
    jml_transfer_add_header(t, "X-Empty", "");
    cr_expect_not(jml_transfer_add_header(t, "X-Split", "a\r\nX-Forged: b"));
    jml_transfer_start(t);
    cr_expect_eq(done_count, 0);
    jml_loop_run(loop);
    cr_expect_eq(result, CURLE_OK);
    cr_expect_eq(http_status, 200);
    cr_expect_str_eq(body, "fine");
    cr_expect_str_eq(error, "");
    cr_expect(strncmp(asked[0], "PATCH /a HTTP/1.1\r\n", 19) == 0, "%s", asked[0]);
    cr_expect(strstr(asked[0], "\r\nContent-Type: application/json\r\n"));
    cr_expect(strstr(asked[0], "\r\nX-Empty:"));
    cr_expect_null(strstr(asked[0], "Forged"));
    cr_expect(strstr(asked[0], "\r\n\r\n{\"a\":1}"));
}

Test(transfer, a_redirect_is_an_answer_and_not_followed)
{
    answers[0] = "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nConnection: close\r\n\r\n";
    jml_transfer_start(made("/"));
    jml_loop_run(loop);
    cr_expect_eq(result, CURLE_OK);
    cr_expect_eq(http_status, 302);
    cr_expect_str_eq(location, "http://127.0.0.1:1/");
    cr_expect_eq(n_requests, 1);
}

Test(transfer, an_answer_above_the_limit_is_an_error_with_and_without_its_length)
{
    static char large[3000] = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n";

    memset(large + strlen(large), 'x', 2000);
    answers[0] = large;
    jml_transfer_start(made("/"));
    jml_loop_run(loop);
    cr_expect_eq(result, CURLE_FILESIZE_EXCEEDED);
    cr_expect_str_eq(error, "the answer is larger than 1000 bytes");
    answers[1] = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 100000000\r\n\r\nx";
    jml_transfer_start(made("/"));
    jml_loop_run(loop);
    cr_expect_eq(result, CURLE_FILESIZE_EXCEEDED);
    cr_expect_str_eq(error, "the answer is larger than 1000 bytes");
}

Test(transfer, a_server_that_says_nothing_is_given_up_at_the_deadline)
{
    struct jml_transfer *t = jml_transfer_new(transfers, "http", 1000, JML_SECOND / 5, done, NULL);
    int64_t begin = jml_loop_now();
    char url[100];

    snprintf(url, sizeof url, "http://127.0.0.1:%d/", port);
    curl_easy_setopt(jml_transfer_easy(t), CURLOPT_URL, url);
    jml_transfer_start(t);
    jml_loop_run(loop);
    cr_expect_eq(result, CURLE_OPERATION_TIMEDOUT);
    cr_expect_lt(jml_loop_now() - begin, JML_SECOND);
    cr_expect_gt(jml_loop_now() - begin, JML_SECOND / 10);
}

Test(transfer, a_connection_that_is_cut_is_an_error)
{
    answers[0] = "";
    jml_transfer_start(made("/"));
    jml_loop_run(loop);
    cr_expect_eq(result, CURLE_GOT_NOTHING);
    answers[1] = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\nConnection: close\r\n\r\nhalf";
    jml_transfer_start(made("/"));
    jml_loop_run(loop);
    cr_expect_eq(result, CURLE_PARTIAL_FILE);
}

Test(transfer, other_protocols_and_passwords_in_addresses_are_refused)
{
    static const char *const urls[] = {"file:///etc/hostname", "https://127.0.0.1:1/",
                                       "http://user:secret@127.0.0.1:1/"};

    for (int i = 0; i < 3; i++) {
        struct jml_transfer *t = made("/");

        curl_easy_setopt(jml_transfer_easy(t), CURLOPT_URL, urls[i]);
        jml_transfer_start(t);
        jml_loop_run(loop);
        cr_expect_neq(result, CURLE_OK);
        cr_expect_neq(result, CURLE_COULDNT_CONNECT);
        cr_expect_null(strstr(error, "secret"), "%s", error);
    }
    cr_expect_eq(done_count, 3);
}

Test(transfer, the_environment_names_no_proxy)
{
    setenv("http_proxy", "http://127.0.0.1:1", 1);
    setenv("ALL_PROXY", "http://127.0.0.1:1", 1);
    answers[0] = OK("direct");
    jml_transfer_start(made("/"));
    jml_loop_run(loop);
    cr_expect_str_eq(body, "direct", "%s", error);
}

Test(transfer, a_connection_is_used_again_and_a_closed_one_is_noticed)
{
    struct jml_transfer *t;

    answers[0] = KEPT("1.");
    answers[1] = KEPT("2.");
    answers[2] = KEPT("3.");
    jml_transfer_start(made("/"));
    jml_loop_run(loop);
    jml_transfer_start(made("/"));
    jml_loop_run(loop);
    cr_expect_str_eq(body, "2.");
    cr_expect_eq(n_clients, 1);
    clients[0].watch = jml_watch_free(clients[0].watch);
    close(clients[0].fd);
    t = made("/");
    jml_transfer_set_body(t, "again", 5);
    jml_transfer_set_method(t, "POST");
    jml_transfer_start(t);
    jml_loop_run(loop);
    cr_expect_str_eq(body, "3.", "%s", error);
    cr_expect_eq(n_clients, 2);
    cr_expect(strstr(asked[2], "\r\n\r\nagain"));
}

static void enough(void *userdata)
{
    (void)userdata;
    jml_loop_stop(loop);
}

Test(transfer, what_is_freed_under_way_is_not_told)
{
    struct jml_transfer *t = made("/");
    struct jml_timer *timer;

    answers[0] = OK("late");
    jml_transfer_start(t);
    jml_transfer_free(t);
    timer = jml_timer_new(loop, enough, NULL);
    jml_timer_set(timer, JML_SECOND / 10);
    jml_loop_run(loop);
    cr_expect_eq(done_count, 0);
    jml_timer_free(timer);
}

static struct jml_transfer *others[3];

static void done_frees_others(void *userdata, struct jml_transfer *t)
{
    (void)userdata;
    done_count++;
    for (int i = 0; i < 3; i++)
        if (others[i] != t)
            others[i] = jml_transfer_free(others[i]);
    jml_transfer_free(t);
    jml_loop_stop(loop);
}

Test(transfer, done_may_free_the_others_of_the_same_turn)
{
    char url[100];

    snprintf(url, sizeof url, "http://127.0.0.1:%d/", port);
    for (int i = 0; i < 3; i++) {
        answers[i] = OK("x");
        others[i] = jml_transfer_new(transfers, "http", 10, JML_SECOND, done_frees_others, NULL);
        curl_easy_setopt(jml_transfer_easy(others[i]), CURLOPT_URL, url);
        jml_transfer_start(others[i]);
    }
    jml_loop_run(loop);
    cr_expect_eq(done_count, 1);
}

Test(transfer, all_may_end_while_one_is_under_way)
{
    struct jml_transfer *t = made("/");

    jml_transfer_start(t);
    transfers = jml_transfers_free(transfers);
    jml_transfer_free(t);
    cr_expect_eq(done_count, 0);
}
