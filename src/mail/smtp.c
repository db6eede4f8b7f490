/* SPDX-License-Identifier: MIT
 *
 * SMTP: see smtp.h.
 */
#include "mail/smtp.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/str.h"
#include "loop/transfer.h"
#include "mail/message.h"

#define REPLY_BYTES 400

struct jml_smtp_sending {
    struct jml_arena arena;
    struct jml_transfer *transfer;
    struct curl_slist *to;
    jml_smtp_done done;
    void *userdata;
    char reply[REPLY_BYTES]; /* the last line of the server */
};

static int make_url(struct jml_arena *a, const struct jml_smtp_options *o, const char **ret_url,
                    struct jml_err *e);
static int read_password(struct jml_arena *a, const struct jml_smtp_options *o,
                         const char **ret_password, struct jml_err *e);
static void transferred(void *userdata, struct jml_transfer *t);
static size_t keep_reply(char *bytes, size_t size, size_t n, void *userdata);

int jml_smtp_check_server(const struct jml_smtp_options *o, struct jml_err *e)
{
    struct jml_arena a;
    const char *url;
    int bad;

    jml_arena_init(&a);
    bad = make_url(&a, o, &url, e);
    jml_arena_fini(&a);
    return bad;
}

int jml_smtp_check(const struct jml_smtp_options *o, struct jml_err *e)
{
    struct jml_arena a;
    const char *url, *password;
    int bad;

    jml_arena_init(&a);
    bad = make_url(&a, o, &url, e);
    if (bad == 0 && o->username && *o->username)
        bad = read_password(&a, o, &password, e);
    if (bad == 0 && o->ca_file && *o->ca_file && access(o->ca_file, R_OK) < 0)
        bad = jml_err_set(e, JML_ERR_BAD_INPUT, "ca_file: %s: %s", o->ca_file, strerror(errno));
    jml_arena_fini(&a);
    return bad;
}

struct jml_smtp_sending *jml_smtp_send(struct jml_transfers *transfers,
                                       const struct jml_smtp_options *o, const char *from,
                                       const char *to, const char *message, size_t length,
                                       jml_smtp_done done, void *userdata, struct jml_err *e)
{
    struct jml_smtp_sending *s = calloc(1, sizeof *s);
    const char *url, *password = NULL;
    CURL *easy;

    if (!s)
        jml_bug("out of memory");
    jml_arena_init(&s->arena);
    s->done = done;
    s->userdata = userdata;
    if (make_url(&s->arena, o, &url, e) < 0 ||
        (o->username && *o->username && read_password(&s->arena, o, &password, e) < 0))
        return jml_smtp_free(s);
    s->transfer = jml_transfer_new(transfers, "smtp,smtps", REPLY_BYTES, o->timeout, transferred, s);
    easy = jml_transfer_easy(s->transfer);
    s->to = curl_slist_append(NULL, jml_printf(&s->arena, "<%s>", to));
    if (!s->to)
        jml_bug("out of memory");
    curl_easy_setopt(easy, CURLOPT_URL, url);
    curl_easy_setopt(easy, CURLOPT_USE_SSL,
                     o->security == JML_SMTP_NONE ? (long)CURLUSESSL_NONE : (long)CURLUSESSL_ALL);
    if (o->ca_file && *o->ca_file)
        curl_easy_setopt(easy, CURLOPT_CAINFO, o->ca_file);
    if (password) {
        curl_easy_setopt(easy, CURLOPT_USERNAME, o->username);
        curl_easy_setopt(easy, CURLOPT_PASSWORD, password);
    }
    curl_easy_setopt(easy, CURLOPT_MAIL_FROM, jml_printf(&s->arena, "<%s>", from));
    curl_easy_setopt(easy, CURLOPT_MAIL_RCPT, s->to);
    curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, keep_reply);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, s);
    jml_transfer_set_body(s->transfer, message, length);
    jml_transfer_start(s->transfer);
    return s;
}

struct jml_smtp_sending *jml_smtp_free(struct jml_smtp_sending *s)
{
    if (!s)
        return NULL;
    jml_transfer_free(s->transfer);
    curl_slist_free_all(s->to);
    jml_arena_fini(&s->arena);
    free(s);
    return NULL;
}

/* ---- the answer ---- */

enum jml_smtp_outcome jml_smtp_judge(CURLcode result, long code, const char *words)
{
    bool of_recipient = jml_str_starts(words, "RCPT failed");
    /* after the message libcurl gives the code and no words of its own */
    bool of_message = jml_str_starts(words, "DATA failed") ||
                      (result == CURLE_WEIRD_SERVER_REPLY &&
                       !jml_str_starts(words, "Got unexpected"));

    if (result == CURLE_OK)
        return JML_SMTP_TAKEN;
    /* 421 among them: it closes the connection, but said so when it heard of this one */
    if ((of_recipient || of_message) && code >= 400 && code < 600)
        return code < 500 ? JML_SMTP_LATER : JML_SMTP_REFUSED;
    /* too large for it, said when it heard of the size */
    if (jml_str_starts(words, "MAIL failed") && code == 552)
        return JML_SMTP_REFUSED;
    /* cut while the message was on its way: perhaps because of it */
    if (code == 354)
        return JML_SMTP_LATER;
    return JML_SMTP_UNREACHABLE;
}

static void transferred(void *userdata, struct jml_transfer *t)
{
    struct jml_smtp_sending *s = userdata;
    CURLcode result = jml_transfer_result(t);
    long code = jml_transfer_status(t);
    enum jml_smtp_outcome outcome = jml_smtp_judge(result, code, jml_transfer_error(t));
    const char *words;

    if (outcome == JML_SMTP_TAKEN)
        words = s->reply;
    else if (code >= 400 && s->reply[0])
        words = jml_printf(&s->arena, "smtp_%ld: %s", code, s->reply);
    else
        words = jml_printf(&s->arena, "%s: %s",
                           result == CURLE_PEER_FAILED_VERIFICATION ? "bad_certificate"
                           : result == CURLE_USE_SSL_FAILED         ? "no_starttls"
                           : result == CURLE_LOGIN_DENIED           ? "login_denied"
                           : result == CURLE_OPERATION_TIMEDOUT     ? "timed_out"
                                                                    : "no_connection",
                           jml_transfer_error(t));
    s->done(s->userdata, outcome, jml_message_line(&s->arena, words));
}

static size_t keep_reply(char *bytes, size_t size, size_t n, void *userdata)
{
    struct jml_smtp_sending *s = userdata;
    size_t length = size * n;

    if (length >= 3 && memcmp(bytes, "221", 3) == 0)
        return length; /* the good-bye answers nothing */
    length = length < REPLY_BYTES - 1 ? length : REPLY_BYTES - 1;
    memcpy(s->reply, bytes, length);
    s->reply[length] = '\0';
    return size * n;
}

/* ---- where to, and with what ---- */

static bool is_here(const char *host, size_t n)
{
    return (n == 9 && strncmp(host, "localhost", n) == 0) ||
           (n > 4 && strncmp(host, "127.", 4) == 0 && strspn(host, "0123456789.") >= n) ||
           (n == 5 && strncmp(host, "[::1]", n) == 0);
}

/* smtp://host:port/ehlo */
static int make_url(struct jml_arena *a, const struct jml_smtp_options *o, const char **ret_url,
                    struct jml_err *e)
{
    const char *server = o->server ? o->server : "", *host = strstr(server, "://");
    bool implicit = jml_str_starts(server, "smtps://");
    const char *domain = o->domain && *o->domain ? o->domain : "localhost";
    size_t n;

    if (!host || (!implicit && !jml_str_starts(server, "smtp://")))
        return jml_err_set(e, JML_ERR_BAD_INPUT,
                           "server = %s: write smtp://host:port or smtps://host:port", server);
    host += strlen("://");
    n = *host == '[' ? strcspn(host, "]") + 1 : strcspn(host, ":/");
    if (n == 0 || host[strcspn(host, "/?#@ ")] || strspn(host, "[") > 1)
        return jml_err_set(e, JML_ERR_BAD_INPUT,
                           "server = %s: write smtp://host:port, and nothing behind it", server);
    if (o->security == JML_SMTP_NONE && implicit)
        return jml_err_set(e, JML_ERR_BAD_INPUT,
                           "security = none does not go with smtps://");
    if (o->security == JML_SMTP_NONE && !is_here(host, n))
        return jml_err_set(e, JML_ERR_BAD_INPUT,
                           "security = none is for a server on this machine only, and %.*s is not",
                           (int)n, host);
    *ret_url = jml_printf(a, "%s://%s/%s",
                          implicit || o->security == JML_SMTP_TLS ? "smtps" : "smtp", host, domain);
    return 0;
}

static int read_password(struct jml_arena *a, const struct jml_smtp_options *o,
                         const char **ret_password, struct jml_err *e)
{
    const char *path = o->password_file;
    char text[1025];
    struct stat st;
    ssize_t n;
    int fd;

    if (!path || !*path)
        return jml_err_set(e, JML_ERR_BAD_INPUT, "username needs a password_file");
    if (path[0] != '/') {
        if (!o->credentials_directory || strstr(path, ".."))
            return jml_err_set(e, JML_ERR_BAD_INPUT,
                               "password_file = %s: give an absolute path, or a name within the "
                               "credentials directory (LoadCredential= in the unit)", path);
        path = jml_printf(a, "%s/%s", o->credentials_directory, path);
    }
    fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0)
        return jml_err_set(e, JML_ERR_BAD_INPUT, "password_file: %s: %s", path, strerror(errno));
    if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || (st.st_mode & S_IRWXO)) {
        close(fd);
        return jml_err_set(e, JML_ERR_BAD_INPUT,
                           "password_file: %s: is no file, or can be read by everybody: chmod o= it",
                           path);
    }
    n = read(fd, text, sizeof text - 1);
    close(fd);
    while (n > 0 && (text[n - 1] == '\n' || text[n - 1] == '\r'))
        n--;
    if (n <= 0)
        return jml_err_set(e, JML_ERR_BAD_INPUT, "password_file: %s is empty", path);
    *ret_password = jml_strndup(a, text, (size_t)n);
    return 0;
}
