/* SPDX-License-Identifier: MIT
 *
 * Mailing: see mailing.h.
 */
#include "daemon/mailing.h"

#include <stdlib.h>
#include <string.h>

#include "base/address.h"
#include "base/log.h"
#include "base/str.h"
#include "mail/message.h"

struct jml_mailing {
    struct jml_loop *loop;
    const struct jml_daemon_options *daemon;
    struct jml_mail_callbacks callbacks;
    struct jml_mail *mail; /* NULL: no server was ever configured */
    bool told_offset;
    bool is_swept;
    uint64_t swept_batches;
};

static void swept(void *userdata);
static void broken(void *userdata, const struct jml_err *e);

static struct jml_smtp_options smtp_options(const struct jml_config *config)
{
    return (struct jml_smtp_options){.server = config->mail_server,
                                     .security = config->mail_security,
                                     .username = config->mail_username,
                                     .password_file = config->mail_password_file,
                                     .credentials_directory = getenv("CREDENTIALS_DIRECTORY"),
                                     .ca_file = config->mail_ca_file,
                                     .domain = config->mail_domain,
                                     .timeout = config->mail_timeout};
}

/* "07:00" */
static bool is_time_of_day(const char *s)
{
    static const char digits[] = "0123456789";

    return strlen(s) == 5 && strspn(s, digits) == 2 && s[2] == ':' && strspn(s + 3, digits) == 2 &&
           atoi(s) < 24 && atoi(s + 3) < 60;
}

static int check_digest(const struct jml_config *config, struct jml_err *e)
{
    static const char gap[] = ", ";
    static const char *const urgent[] = {"approval_requested", "approval_reminder", "approval_escalated",
                                         "near_expiry_1_day",  "on_last_day",       "access_pass"};

    if (config->mail_digest_at[0] && !is_time_of_day(config->mail_digest_at))
        return jml_err_set(e, JML_ERR_BAD_INPUT, "digest_at = %s: write 07:00", config->mail_digest_at);
    for (const char *p = config->mail_digest_kinds; *(p += strspn(p, gap)); p += strcspn(p, gap)) {
        int n = (int)strcspn(p, gap);

        for (size_t i = 0; i < sizeof urgent / sizeof urgent[0]; i++)
            if (strlen(urgent[i]) == (size_t)n && strncmp(p, urgent[i], (size_t)n) == 0)
                return jml_err_set(e, JML_ERR_BAD_INPUT,
                                   "digest_kinds: %s does not wait for a digest: take it out", urgent[i]);
        if ((int)strspn(p, "abcdefghijklmnopqrstuvwxyz0123456789_") != n)
            return jml_err_set(e, JML_ERR_BAD_INPUT,
                               "digest_kinds: '%.*s' is no kind of mail: see jmld-templates(5)", n, p);
    }
    return 0;
}

int jml_mailing_check(const struct jml_config *config, struct jml_err *e)
{
    struct jml_smtp_options smtp = smtp_options(config);
    const char *portal = config->mail_portal_url;
    struct jml_mailbox from;
    struct jml_arena a;
    int bad;

    if (config->mail_redirect_all_to[0] && !jml_address_is_sound(config->mail_redirect_all_to))
        return jml_err_set(e, JML_ERR_BAD_INPUT, "redirect_all_to = %s: not a mail address",
                           config->mail_redirect_all_to);
    if (portal[0] && ((!jml_str_starts(portal, "https://") && !jml_str_starts(portal, "http://")) ||
                      strpbrk(portal, " \"'<>")))
        return jml_err_set(e, JML_ERR_BAD_INPUT,
                           "portal_url = %s: write https://access.example.com/...", portal);
    if (config->mail_domain[strcspn(config->mail_domain, " @<>/\"")])
        return jml_err_set(e, JML_ERR_BAD_INPUT, "domain = %s: write example.com",
                           config->mail_domain);
    if (check_digest(config, e) < 0)
        return -1;
    if (!config->mail_server[0])
        return 0;
    if (!config->mail_from[0])
        return jml_err_set(e, JML_ERR_BAD_INPUT, "from is missing: who sends?");
    jml_arena_init(&a);
    bad = jml_mailbox_parse(&a, config->mail_from, &from, e);
    jml_arena_fini(&a);
    if (bad < 0)
        return jml_err_prefix(e, "from = %s", config->mail_from);
    if (config->mail_username[0] && !config->mail_password_file[0])
        return jml_err_set(e, JML_ERR_BAD_INPUT, "username needs a password_file");
    return jml_smtp_check_server(&smtp, e);
}

static const char *folder(const struct jml_config *config)
{
    if (!config->mail_template_directory[0])
        return JML_DATADIR "/templates";
    return jml_streq(config->mail_template_directory, "none") ? NULL
                                                              : config->mail_template_directory;
}

/* Tells once that a moved clock keeps mails back. */
static bool may_send(struct jml_mailing *g, const struct jml_config *config)
{
    if (!config->mail_server[0])
        return false;
    if (!g->daemon->clock_offset || config->mail_redirect_all_to[0] ||
        config->mail_send_with_offset)
        return true;
    if (!g->told_offset)
        jml_log_plain(JML_MSG_MAIL_CLOCK_OFFSET,
                      "the clock is moved: no mail is sent without redirect_all_to or "
                      "send_with_offset = yes in [mail]");
    g->told_offset = true;
    return false;
}

static struct jml_mail_options mail_options(struct jml_mailing *g, const struct jml_config *config,
                                            struct jml_arena *a)
{
    struct jml_mailbox from;
    struct jml_err e;
    const char *domain = config->mail_domain;
    struct jml_mail_options o = {
        .conninfo = jml_config_conninfo(config, g->daemon->explicit_config),
        .clock_offset = g->daemon->clock_offset,
        .smtp = smtp_options(config),
        .from = config->mail_from,
        .language = config->mail_language,
        .template_directory = folder(config),
        .portal_url = config->mail_portal_url,
        .redirect_all_to = config->mail_redirect_all_to,
        .digest_at = config->mail_digest_at,
        .digest_kinds = config->mail_digest_kinds,
        .password_key_file = config->passwords_key_file,
        .concurrency = (int)config->mail_concurrency,
        .rate = (int)config->mail_rate,
        .poll_interval = config->queue_poll_interval,
        .give_up_after = config->mail_give_up_after,
        .max_age = config->mail_max_age,
        .enabled = may_send(g, config),
    };

    if (!domain[0] && jml_mailbox_parse(a, config->mail_from, &from, &e) == 0)
        domain = strchr(from.address, '@') + 1;
    o.domain = o.smtp.domain = domain[0] ? domain : "localhost";
    return o;
}

struct jml_mailing *jml_mailing_new(struct jml_loop *loop, const struct jml_daemon_options *options,
                                    const struct jml_config *config,
                                    const struct jml_mail_callbacks *callbacks)
{
    struct jml_mailing *g = calloc(1, sizeof *g);

    if (!g)
        jml_bug("out of memory");
    g->loop = loop;
    g->daemon = options;
    g->callbacks = *callbacks;
    jml_mailing_reload(g, config, false);
    return g;
}

struct jml_mailing *jml_mailing_free(struct jml_mailing *g)
{
    if (g) {
        jml_mail_free(g->mail);
        free(g);
    }
    return NULL;
}

void jml_mailing_reload(struct jml_mailing *g, const struct jml_config *config, bool moved)
{
    struct jml_mail_options o;
    struct jml_arena a;

    if (!g)
        return;
    jml_arena_init(&a);
    o = mail_options(g, config, &a);
    if (g->mail)
        jml_mail_set_options(g->mail, &o, moved);
    else if (config->mail_server[0])
        g->mail =
            jml_mail_new(g->loop, &o, &(struct jml_mail_callbacks){g, swept, broken});
    jml_arena_fini(&a);
}

void jml_mailing_wake(struct jml_mailing *g)
{
    if (g && g->mail)
        jml_mail_wake(g->mail);
}

bool jml_mailing_sweep(struct jml_mailing *g, uint64_t batches)
{
    if (!g || !g->mail || (g->is_swept && g->swept_batches == batches))
        return true;
    g->is_swept = false;
    g->swept_batches = batches;
    jml_mail_sweep(g->mail);
    return false;
}

static void swept(void *userdata)
{
    struct jml_mailing *g = userdata;

    g->is_swept = true;
    g->callbacks.idle(g->callbacks.userdata);
}

static void broken(void *userdata, const struct jml_err *e)
{
    struct jml_mailing *g = userdata;

    g->callbacks.fatal(g->callbacks.userdata, e);
}

bool jml_mailing_stop(struct jml_mailing *g)
{
    return !g || !g->mail || jml_mail_stop(g->mail);
}
