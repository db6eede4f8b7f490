/* SPDX-License-Identifier: MIT
 *
 * Password: first passwords, made of a key and the id of what they are for. The same key and id give the
 * same password: nobody has to keep one, neither for a call that is repeated after a crash nor for the mail
 * that tells it. Whoever has the key has them all; the database has neither.
 *
 * For people to read and type: letters and digits, none of which looks like another (no 0 O o, 1 l I),
 * with a small letter, a capital and a digit at least. The key is the text of a file; another text is
 * another key, and its name says so.
 */
#ifndef JML_BASE_PASSWORD_H
#define JML_BASE_PASSWORD_H

#include "base/err.h"
#include "base/id.h"

enum { JML_PASSWORD_MIN = 12, JML_PASSWORD_MAX = 64, JML_PASSWORD_USUAL = 16 };

struct jml_password_key {
    unsigned char bytes[32];
    char name[17]; /* tells keys apart, and nothing about them */
};

/* file: absolute, or within the directory; NULL or "": there is none. < 0: BAD_INPUT, which begins with
 * "no_key: " and says what to do; *ret_key is unset then. */
int jml_password_key_read(const char *file, const char *credentials_directory,
                          struct jml_password_key *ret_key, struct jml_err *e);
void jml_password_key_fini(struct jml_password_key *key);

/* length: JML_PASSWORD_MIN to JML_PASSWORD_MAX characters. */
void jml_password_make(const struct jml_password_key *key, struct jml_id id, int length,
                       char ret_password[JML_PASSWORD_MAX + 1]);

#endif
