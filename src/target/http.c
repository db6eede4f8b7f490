/* SPDX-License-Identifier: MIT
 *
 * Http: see http.h.
 */
#include "target/http.h"

#include <string.h>

#include "base/str.h"
#include "core/setting.h"

enum {
    EXCERPT_MAX = 200,
    RETRY_AFTER_MAX = 86400, /* seconds: a target that is closed for longer is asked once a day */
};

static int url_check(struct jml_http *h, const char *setting, struct jml_err *e);
static int headers_check(struct jml_http *h, struct jml_err *e);
static int read_optional(struct jml_http *h, const char *setting, bool is_secret, const char **ret,
                         struct jml_err *e);
static void token_read_again(struct jml_http *h);

int jml_http_init(struct jml_http *h, const struct jml_target_setup *setup, const char *url_setting,
                  const char *url, struct jml_err *e)
{
    const struct jml_value *settings = setup->settings;

    *h = (struct jml_http){.setup = *setup, .url = url};
    jml_arena_init(&h->arena);
    h->allow_http = jml_value_find_bool(settings, "allowHttp", false);
    h->headers = jml_value_find(settings, "headers");
    if (!h->url)
        h->url = jml_value_find_string(settings, "url");
    if (!h->url) {
        if (!jml_value_find_string(settings, "urlFile"))
            return jml_err_set(
                e, JML_ERR_BAD_INPUT,
                "target '%s': the setting %s is missing (or urlFile, when the address is a secret)",
                setup->name, url_setting);
        h->url = jml_secret_read(&h->arena, setup, "urlFile", e);
        url_setting = "urlFile";
    }
    if (!h->url || url_check(h, url_setting, e) < 0 || headers_check(h, e) < 0)
        return -1;
    if (read_optional(h, "bearerTokenFile", true, &h->token, e) < 0 ||
        read_optional(h, "caFile", false, &h->ca, e) < 0 ||
        read_optional(h, "clientCertificateFile", false, &h->certificate, e) < 0 ||
        read_optional(h, "clientKeyFile", true, &h->key, e) < 0)
        return -1;
    if (!h->certificate != !h->key)
        return jml_err_set(e, JML_ERR_BAD_INPUT,
                           "target '%s': clientCertificateFile and clientKeyFile belong together",
                           setup->name);
    return 0;
}

void jml_http_fini(struct jml_http *h)
{
    jml_arena_fini(&h->arena);
}

static int url_refused(const struct jml_http *h, const char *setting, const char *why,
                       struct jml_err *e)
{
    return jml_err_set(e, JML_ERR_BAD_INPUT, "target '%s': %s: %s", h->setup.name, setting, why);
}

static bool is_loopback(const char *host)
{
    return jml_streq(host, "localhost") || jml_streq(host, "127.0.0.1") || jml_streq(host, "[::1]");
}

/* The address is whole, names nobody's password, and is not open to every listener on the way. */
static int url_check(struct jml_http *h, const char *setting, struct jml_err *e)
{
    CURLU *u = curl_url();
    char *scheme = NULL, *host = NULL, *user = NULL, *fragment = NULL;
    size_t n = strlen(h->url);
    int r = 0;

    if (!u)
        jml_bug("out of memory");
    if (!jml_str_printable(h->url) || curl_url_set(u, CURLUPART_URL, h->url, 0) != CURLUE_OK ||
        curl_url_get(u, CURLUPART_SCHEME, &scheme, 0) != CURLUE_OK ||
        curl_url_get(u, CURLUPART_HOST, &host, 0) != CURLUE_OK)
        r = url_refused(h, setting, "this is no address: give https://host/path", e);
    else if (curl_url_get(u, CURLUPART_USER, &user, 0) == CURLUE_OK)
        r = url_refused(h, setting, "no user and password in addresses: use bearerTokenFile", e);
    else if (curl_url_get(u, CURLUPART_FRAGMENT, &fragment, 0) == CURLUE_OK)
        r = url_refused(h, setting, "an address to call has no #fragment", e);
    else if (jml_streq(scheme, "http") && !h->allow_http && !is_loopback(host))
        r = url_refused(h, setting,
                        "http is open to everybody on the way: use https, or set allowHttp", e);
    else if (!jml_streq(scheme, "http") && !jml_streq(scheme, "https"))
        r = url_refused(h, setting, "only https and http are called", e);
    curl_free(scheme);
    curl_free(host);
    curl_free(user);
    curl_free(fragment);
    curl_url_cleanup(u);
    if (r == 0 && n > 0 && h->url[n - 1] == '/')
        h->url = jml_strndup(&h->arena, h->url, n - 1);
    return r;
}

static int headers_check(struct jml_http *h, struct jml_err *e)
{
    static const char *const ours[] = {
        "Authorization",   "Host",      "Content-Type", "Content-Length", "Transfer-Encoding",
        "Idempotency-Key", "Connection"};

    for (uint32_t i = 0; h->headers && i < h->headers->n; i++) {
        const char *name = h->headers->keys[i];
        const struct jml_value *v = h->headers->items[i];

        for (size_t k = 0; k < sizeof(ours) / sizeof(ours[0]); k++)
            if (jml_strcaseeq(name, ours[k]) || jml_str_fold_starts(name, "X-JML-"))
                return jml_err_set(e, JML_ERR_BAD_INPUT,
                                   "target '%s': headers: %s is set by jmld itself", h->setup.name,
                                   name);
        if (jml_setting_is_secret_header(name))
            return jml_err_set(e, JML_ERR_BAD_INPUT,
                               "target '%s': headers: %s is called like a secret, and those are in "
                               "files: bearerTokenFile, or secretFile, by which calls are signed",
                               h->setup.name, name);
        if (!jml_setting_is_header(name) || !v || v->type != JML_STRING || !jml_str_printable(v->text))
            return jml_err_set(e, JML_ERR_BAD_INPUT,
                               "target '%s': headers: '%s' is no header, or has no text",
                               h->setup.name, name);
    }
    return 0;
}

static int read_optional(struct jml_http *h, const char *setting, bool is_secret, const char **ret,
                         struct jml_err *e)
{
    if (!jml_value_find(h->setup.settings, setting))
        return 0;
    *ret = is_secret ? jml_secret_read(&h->arena, &h->setup, setting, e)
                     : jml_file_read(&h->arena, &h->setup, setting, e);
    if (!*ret)
        return -1;
    if (ret == &h->token && (*ret)[strcspn(*ret, " \t\r\n")] != '\0')
        return jml_err_set(e, JML_ERR_BAD_INPUT, "target '%s': %s: a token has no blanks",
                           h->setup.name, setting);
    return 0;
}

/* ---- asking ---- */

static struct curl_blob blob(const char *text)
{
    /* libcurl takes no const; it copies. */
    return (struct curl_blob){
        .data = (void *)(uintptr_t)text, .len = strlen(text), .flags = CURL_BLOB_COPY};
}

struct jml_transfer *jml_http_request(struct jml_http *h, const char *method, const char *url,
                                      const char *content_type, const char *body, size_t answer_max,
                                      int64_t deadline, jml_transfer_done done, void *userdata)
{
    struct jml_transfer *t =
        jml_transfer_new(h->setup.transfers, "http,https", answer_max, deadline, done, userdata);
    CURL *easy = jml_transfer_easy(t);
    struct curl_blob b;

    if (curl_easy_setopt(easy, CURLOPT_URL, url) != CURLE_OK)
        jml_bug("out of memory");
    if (h->ca) {
        b = blob(h->ca);
        curl_easy_setopt(easy, CURLOPT_CAINFO_BLOB, &b);
        curl_easy_setopt(easy, CURLOPT_CAPATH,
                         NULL); /* else those of the system are trusted, too */
    }
    if (h->certificate) {
        b = blob(h->certificate);
        curl_easy_setopt(easy, CURLOPT_SSLCERT_BLOB, &b);
        b = blob(h->key);
        curl_easy_setopt(easy, CURLOPT_SSLKEY_BLOB, &b);
    }
    if (body) {
        jml_transfer_set_body(t, body, strlen(body));
        jml_transfer_add_header(t, "Content-Type", content_type);
    }
    jml_transfer_set_method(t, method);
    for (uint32_t i = 0; h->headers && i < h->headers->n; i++)
        jml_transfer_add_header(t, h->headers->keys[i], h->headers->items[i]->text);
    if (h->token_is_stale)
        token_read_again(h);
    if (h->token) {
        struct jml_arena a;

        jml_arena_init(&a);
        jml_transfer_add_header(t, "Authorization", jml_printf(&a, "Bearer %s", h->token));
        jml_arena_fini(&a);
    }
    return t;
}

/* Tokens expire; whoever renews them need not tell the daemon. The old one stays when there is
 * none. */
static void token_read_again(struct jml_http *h)
{
    struct jml_err e;
    struct jml_arena a;
    const char *token;

    h->token_is_stale = false;
    jml_arena_init(&a);
    token = jml_secret_read(&a, &h->setup, "bearerTokenFile", &e);
    if (token && !jml_streq(token, h->token) && token[strcspn(token, " \t\r\n")] == '\0')
        h->token = jml_strdup(&h->arena, token);
    jml_arena_fini(&a);
}

/* ---- what an answer means ---- */

static enum jml_outcome outcome_of(long status)
{
    if (status >= 200 && status < 300)
        return JML_OUTCOME_DONE;
    if (status == 502 || status == 504 || status == 401 || status == 407)
        return JML_OUTCOME_UNREACHABLE;
    if (status == 408 || status == 425 || status == 429 || status >= 500)
        return JML_OUTCOME_LATER;
    return JML_OUTCOME_FAILED;
}

static const char *words_of(struct jml_arena *a, const struct jml_transfer *t,
                            const struct jml_http_answer *answer)
{
    size_t n;
    const char *text = jml_transfer_answer(t, &n);
    const char *said = answer->is_too_large ? "" : jml_http_excerpt(a, text, n);

    if (answer->status >= 300 && answer->status < 400)
        return "the target answered with a redirect, which is never followed: set the address it "
               "leads to";
    if (answer->status == 401)
        return jml_printf(a, "the target does not accept the credentials%s%s", said[0] ? ": " : "",
                          said);
    if (!said[0])
        return "the target gave no reason";
    return said;
}

void jml_http_judge(struct jml_http *h, struct jml_arena *a, struct jml_transfer *t,
                    struct jml_http_answer *ret)
{
    CURLcode result = jml_transfer_result(t);
    struct jml_http_answer answer = {.is_too_large = result == CURLE_FILESIZE_EXCEEDED};
    curl_off_t seconds = 0;

    if (result != CURLE_OK && !answer.is_too_large) {
        /* Also garbage, which is what a target says that is something else by now. */
        answer.outcome = JML_OUTCOME_UNREACHABLE;
        answer.error =
            jml_printf(a, "unreachable: %s",
                       jml_http_excerpt(a, jml_transfer_error(t), strlen(jml_transfer_error(t))));
        *ret = answer;
        return;
    }
    answer.status = jml_transfer_status(t);
    answer.outcome = outcome_of(answer.status);
    if (answer.status == 401 && h->token)
        h->token_is_stale = true;
    if (answer.outcome != JML_OUTCOME_DONE) {
        answer.error = jml_printf(a, "http_%ld: %s", answer.status, words_of(a, t, &answer));
        /* Seconds or a date. */
        if (curl_easy_getinfo(jml_transfer_easy(t), CURLINFO_RETRY_AFTER, &seconds) == CURLE_OK &&
            seconds > 0)
            answer.retry_after =
                (seconds < RETRY_AFTER_MAX ? seconds : RETRY_AFTER_MAX) * JML_SECOND;
        answer.retry_all = answer.status == 429 && answer.retry_after > 0;
    }
    *ret = answer;
}

const char *jml_http_excerpt(struct jml_arena *a, const char *text, size_t length)
{
    struct jml_str s = JML_STR_INIT(a);
    int n = 0;

    for (size_t i = 0; i < length && n < EXCERPT_MAX;) {
        unsigned char c = (unsigned char)text[i];
        size_t size = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;

        if (size > length - i)
            break;
        if (c > ' ' && jml_str_is_utf8(text + i, size) &&
            jml_str_printable(jml_strndup(a, text + i, size))) {
            jml_str_add_n(&s, text + i, size);
            n++;
        } else {
            size = 1;
            if (s.length > 0 && s.text[s.length - 1] != ' ') {
                jml_str_add_char(&s, ' ');
                n++;
            }
        }
        i += size;
    }
    while (s.length > 0 && s.text[s.length - 1] == ' ')
        s.text[--s.length] = '\0';
    return jml_str_text(&s);
}

const char *jml_http_escape(struct jml_arena *a, const char *text)
{
    struct jml_str s = JML_STR_INIT(a);

    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;

        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
            strchr("-._~", c))
            jml_str_add_char(&s, (char)c);
        else
            jml_str_addf(&s, "%%%02X", c);
    }
    return jml_str_text(&s);
}
