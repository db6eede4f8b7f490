/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/password.h"
#include "lib/leak.h"

TestSuite(password, .fini = jml_test_leak_check);

static const char text[] = "0123456789abcdef0123456789abcdef";
static char folder[64], path[128];

static int read_key(const char *words, mode_t mode, struct jml_password_key *key, struct jml_err *e)
{
    FILE *f;

    if (!folder[0]) {
        snprintf(folder, sizeof folder, "/tmp/jmld-password.XXXXXX");
        cr_assert(mkdtemp(folder));
        snprintf(path, sizeof path, "%s/key", folder);
    }
    f = fopen(path, "w");
    cr_assert(f);
    fputs(words, f);
    fclose(f);
    chmod(path, mode);
    return jml_password_key_read(path, NULL, key, e);
}

static void clean(void)
{
    unlink(path);
    rmdir(folder);
    jml_test_leak_check();
}

static struct jml_id id(int n)
{
    struct jml_id i = {{0}};

    i.bytes[14] = (uint8_t)(n >> 8);
    i.bytes[15] = (uint8_t)n;
    return i;
}

Test(password, the_same_key_and_id_give_the_same_one, .fini = clean)
{
    struct jml_password_key key, again, other;
    char one[JML_PASSWORD_MAX + 1], two[JML_PASSWORD_MAX + 1];
    struct jml_err e;

    cr_assert_eq(read_key(text, 0600, &key, &e), 0);
    jml_password_make(&key, id(1), 16, one);
    jml_password_make(&key, id(1), 16, two);
    cr_expect_str_eq(one, two);
    jml_password_make(&key, id(2), 16, two);
    cr_expect_str_neq(one, two);
    cr_assert_eq(read_key("0123456789abcdef0123456789abcdef\n", 0600, &again, &e), 0);
    cr_expect_str_eq(again.name, key.name, "the newline of an editor is no part of it");
    jml_password_make(&again, id(1), 16, two);
    cr_expect_str_eq(one, two);
    cr_assert_eq(read_key("0123456789abcdef0123456789abcdeX", 0600, &other, &e), 0);
    cr_expect_str_neq(other.name, key.name);
    jml_password_make(&other, id(1), 16, two);
    cr_expect_str_neq(one, two);
    cr_expect_eq(strlen(key.name), 16);
    jml_password_key_fini(&key);
    cr_expect_eq(key.bytes[0] | key.bytes[31] | key.name[0], 0);
}

/* Kept for ever: a daemon that is newer must find the password that an older one set. */
Test(password, what_a_key_makes_never_changes, .fini = clean)
{
    struct jml_password_key key;
    char made[JML_PASSWORD_MAX + 1];
    struct jml_err e;

    cr_assert_eq(read_key(text, 0600, &key, &e), 0);
    jml_password_make(&key, id(1), 16, made);
    cr_expect_str_eq(made, "QdYjZWNe2LX8BigE", "made: %s, by %s", made, key.name);
    cr_expect_str_eq(key.name, "60d61515a2fa9b5e");
}

Test(password, it_can_be_read_and_typed_and_is_mixed, .fini = clean)
{
    static const int lengths[] = {JML_PASSWORD_MIN, JML_PASSWORD_USUAL, JML_PASSWORD_MAX};
    unsigned seen[128] = {0};
    struct jml_password_key key;
    struct jml_err e;

    cr_assert_eq(read_key(text, 0600, &key, &e), 0);
    for (int i = 0; i < 3000; i++) {
        char made[JML_PASSWORD_MAX + 1];
        int length = lengths[i % 3];
        bool small = false, capital = false, digit = false;

        jml_password_make(&key, id(i), length, made);
        cr_assert_eq(strlen(made), (size_t)length);
        cr_assert_eq(strcspn(made, "0Oo1lI"), (size_t)length, "%s", made);
        for (const char *p = made; *p; p++) {
            cr_assert((*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') || (*p >= '2' && *p <= '9'),
                      "%s", made);
            small |= *p >= 'a' && *p <= 'z';
            capital |= *p >= 'A' && *p <= 'Z';
            digit |= *p >= '2' && *p <= '9';
            seen[(unsigned char)*p]++;
        }
        cr_assert(small && capital && digit, "%s", made);
    }
    /* 92,000 characters of 56: 1643 of each */
    for (const char *p = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"; *p; p++)
        cr_expect(seen[(unsigned char)*p] > 1400 && seen[(unsigned char)*p] < 1950, "%c: %u times", *p,
                  seen[(unsigned char)*p]);
}

Test(password, what_is_no_key_is_refused_with_a_remedy, .fini = clean)
{
    struct jml_password_key key;
    struct jml_err e;

    cr_expect_lt(jml_password_key_read("", NULL, &key, &e), 0);
    cr_expect(strstr(e.message, "no_key: ") == e.message && strstr(e.message, "key_file in [passwords]"));
    cr_expect_lt(jml_password_key_read("key", NULL, &key, &e), 0);
    cr_expect(strstr(e.message, "LoadCredential="), "%s", e.message);
    cr_expect_lt(jml_password_key_read("/nowhere/key", NULL, &key, &e), 0);
    cr_expect(strstr(e.message, "/nowhere/key: No such file"), "%s", e.message);
    cr_expect_lt(read_key("too short", 0600, &key, &e), 0);
    cr_expect(strstr(e.message, "less than 32 bytes: openssl rand"), "%s", e.message);
    cr_expect(!strstr(e.message, "too short"));
    cr_expect_lt(read_key(text, 0644, &key, &e), 0);
    cr_expect(strstr(e.message, "can be read by everybody: chmod o="), "%s", e.message);
    cr_assert_eq(read_key(text, 0600, &key, &e), 0);
    cr_expect_eq(jml_password_key_read("key", folder, &key, &e), 0, "in the credentials directory");
    cr_expect_lt(jml_password_key_read("../key", folder, &key, &e), 0);
}
