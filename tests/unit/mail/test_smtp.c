/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "flow/mail.h"
#include "lib/leak.h"
#include "mail/smtp.h"

TestSuite(smtp, .fini = jml_test_leak_check);

Test(smtp, tells_whose_fault_it_was)
{
    cr_expect_eq(jml_smtp_judge(CURLE_OK, 250, ""), JML_SMTP_TAKEN);
    cr_expect_eq(jml_smtp_judge(CURLE_SEND_ERROR, 550, "RCPT failed: 550"), JML_SMTP_REFUSED);
    cr_expect_eq(jml_smtp_judge(CURLE_SEND_ERROR, 451, "RCPT failed: 451"), JML_SMTP_LATER);
    cr_expect_eq(jml_smtp_judge(CURLE_SEND_ERROR, 554, "DATA failed: 554"), JML_SMTP_REFUSED);
    cr_expect_eq(jml_smtp_judge(CURLE_WEIRD_SERVER_REPLY, 452, "Weird server reply"), JML_SMTP_LATER);
    cr_expect_eq(jml_smtp_judge(CURLE_WEIRD_SERVER_REPLY, 552, "Weird server reply"), JML_SMTP_REFUSED);
    cr_expect_eq(jml_smtp_judge(CURLE_SEND_ERROR, 552, "MAIL failed: 552"), JML_SMTP_REFUSED);
    cr_expect_eq(jml_smtp_judge(CURLE_RECV_ERROR, 354, "connection reset"), JML_SMTP_LATER);
    cr_expect_eq(jml_smtp_judge(CURLE_SEND_ERROR, 421, "RCPT failed: 421"), JML_SMTP_LATER);
}

Test(smtp, the_server_itself_is_nobodys_fault)
{
    cr_expect_eq(jml_smtp_judge(CURLE_COULDNT_CONNECT, 0, "refused"), JML_SMTP_UNREACHABLE);
    cr_expect_eq(jml_smtp_judge(CURLE_PEER_FAILED_VERIFICATION, 220, "certificate"),
                 JML_SMTP_UNREACHABLE);
    cr_expect_eq(jml_smtp_judge(CURLE_LOGIN_DENIED, 535, "Login denied"), JML_SMTP_UNREACHABLE);
    cr_expect_eq(jml_smtp_judge(CURLE_SEND_ERROR, 530, "MAIL failed: 530"), JML_SMTP_UNREACHABLE);
    cr_expect_eq(jml_smtp_judge(CURLE_SEND_ERROR, 421, "MAIL failed: 421"), JML_SMTP_UNREACHABLE, "of anybody");
    cr_expect_eq(jml_smtp_judge(CURLE_WEIRD_SERVER_REPLY, 554,
                                "Got unexpected smtp-server response: 554"),
                 JML_SMTP_UNREACHABLE);
    cr_expect_eq(jml_smtp_judge(CURLE_OPERATION_TIMEDOUT, 0, "timed out"), JML_SMTP_UNREACHABLE);
}

static int server(const char *url, enum jml_smtp_security security)
{
    struct jml_smtp_options o = {.server = url, .security = security};
    struct jml_err e;

    return jml_smtp_check_server(&o, &e);
}

Test(smtp, without_tls_only_this_machine_is_spoken_to)
{
    cr_expect_eq(server("smtp://mx.example.com:587", JML_SMTP_STARTTLS), 0);
    cr_expect_eq(server("smtps://mx.example.com", JML_SMTP_STARTTLS), 0);
    cr_expect_eq(server("smtp://mx.example.com", JML_SMTP_TLS), 0);
    cr_expect_eq(server("smtp://localhost:25", JML_SMTP_NONE), 0);
    cr_expect_eq(server("smtp://127.0.0.1", JML_SMTP_NONE), 0);
    cr_expect_eq(server("smtp://[::1]:25", JML_SMTP_NONE), 0);
    cr_expect_lt(server("smtp://mx.example.com", JML_SMTP_NONE), 0);
    cr_expect_lt(server("smtp://127.evil.example", JML_SMTP_NONE), 0);
    cr_expect_lt(server("smtp://localhost.example.com", JML_SMTP_NONE), 0);
    cr_expect_lt(server("smtps://localhost", JML_SMTP_NONE), 0);
    cr_expect_lt(server("http://localhost", JML_SMTP_STARTTLS), 0);
    cr_expect_lt(server("smtp://", JML_SMTP_STARTTLS), 0);
    cr_expect_lt(server("smtp://user:pw@host", JML_SMTP_STARTTLS), 0);
    cr_expect_lt(server("smtp://host/path", JML_SMTP_STARTTLS), 0);
    cr_expect_lt(server("mx.example.com", JML_SMTP_STARTTLS), 0);
}

Test(smtp, the_password_is_for_us_alone)
{
    char path[] = "/tmp/jml-password.XXXXXX";
    struct jml_smtp_options o = {.server = "smtp://localhost", .username = "jml"};
    struct jml_err e;
    int fd = mkstemp(path);

    cr_assert_geq(fd, 0);
    cr_expect_lt(jml_smtp_check(&o, &e), 0);
    o.password_file = path;
    cr_expect_lt(jml_smtp_check(&o, &e), 0); /* empty */
    cr_expect_eq(write(fd, "secret\n", 7), 7);
    cr_expect_eq(jml_smtp_check(&o, &e), 0, "%s", e.message);
    cr_expect_eq(fchmod(fd, 0644), 0);
    cr_expect_lt(jml_smtp_check(&o, &e), 0);
    cr_expect_eq(fchmod(fd, 0600), 0);
    o.password_file = path + 5; /* a name within the credentials directory */
    cr_expect_lt(jml_smtp_check(&o, &e), 0);
    o.credentials_directory = "/tmp";
    cr_expect_eq(jml_smtp_check(&o, &e), 0, "%s", e.message);
    o.password_file = "../etc/shadow";
    cr_expect_lt(jml_smtp_check(&o, &e), 0);
    close(fd);
    unlink(path);
}

Test(smtp, what_is_put_off_waits_a_minute_and_then_longer)
{
    cr_expect_eq(jml_mail_delay(1), JML_MINUTE);
    cr_expect_eq(jml_mail_delay(2), 2 * JML_MINUTE);
    cr_expect_eq(jml_mail_delay(6), 32 * JML_MINUTE);
    cr_expect_eq(jml_mail_delay(7), JML_HOUR);
    cr_expect_eq(jml_mail_delay(1000), JML_HOUR);
    cr_expect_eq(jml_mail_waited(1), 0);
    cr_expect_eq(jml_mail_waited(3), 3 * JML_MINUTE);
    cr_expect_geq(jml_mail_waited(78), 3 * JML_DAY);
}
