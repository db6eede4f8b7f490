/* SPDX-License-Identifier: MIT
 *
 * First passwords: see password.h. HMAC-SHA256 (RFC 2104) makes the key out of the file's text, then its
 * name, and as many bytes as a password needs.
 */
#include "base/password.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { KEY_LEAST = 32, KEY_MOST = 4096, BLOCK = 32, ID_BYTES = 16 };

#define REMEDY "set key_file in [passwords] of jmld.conf"

static const char alphabet[] = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";

static int read_text(const char *path, char *text, size_t *ret_n, struct jml_err *e);

static void hmac(const void *key, size_t n_key, const void *bytes, size_t n,
                 unsigned char ret_mac[BLOCK])
{
    if (!HMAC(EVP_sha256(), key, (int)n_key, bytes, n, ret_mac, NULL))
        jml_bug("HMAC failed");
}

int jml_password_key_read(const char *file, const char *credentials_directory,
                          struct jml_password_key *ret_key, struct jml_err *e)
{
    char path[4096], text[KEY_MOST + 1];
    unsigned char mac[BLOCK];
    size_t n = 0;
    int r;

    if (!file || !*file)
        return jml_err_set(e, JML_ERR_BAD_INPUT, "no_key: there is no key to make passwords of: " REMEDY);
    if (file[0] != '/' && (!credentials_directory || strstr(file, "..")))
        return jml_err_set(e, JML_ERR_BAD_INPUT,
                           "no_key: key_file = %s: give an absolute path, or a name within the credentials "
                           "directory (LoadCredential= in the unit)", file);
    if (file[0] == '/')
        r = snprintf(path, sizeof path, "%s", file);
    else
        r = snprintf(path, sizeof path, "%s/%s", credentials_directory, file);
    if (r < 0 || (size_t)r >= sizeof path)
        return jml_err_set(e, JML_ERR_BAD_INPUT, "no_key: key_file: the path is too long");
    if (read_text(path, text, &n, e) < 0)
        return -1;
    hmac("jmld first passwords", 20, text, n, ret_key->bytes);
    explicit_bzero(text, sizeof text);
    hmac(ret_key->bytes, sizeof ret_key->bytes, "name", 4, mac);
    for (int i = 0; i < 8; i++)
        snprintf(ret_key->name + 2 * (size_t)i, 3, "%02x", mac[i]);
    return 0;
}

/* Without the newlines at its end. */
static int read_text(const char *path, char *text, size_t *ret_n, struct jml_err *e)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    struct stat st;
    ssize_t n;

    if (fd < 0 || fstat(fd, &st) < 0) {
        jml_err_set(e, JML_ERR_BAD_INPUT, "no_key: key_file: %s: %s", path, strerror(errno));
        if (fd >= 0)
            close(fd);
        return -1;
    }
    if (!S_ISREG(st.st_mode) || (st.st_mode & S_IRWXO) || st.st_size > KEY_MOST) {
        close(fd);
        return jml_err_set(e, JML_ERR_BAD_INPUT, "no_key: key_file: %s %s", path,
                           !S_ISREG(st.st_mode)      ? "is not a file"
                           : (st.st_mode & S_IRWXO) ? "can be read by everybody: chmod o= it"
                                                     : "is too long");
    }
    n = read(fd, text, KEY_MOST);
    close(fd);
    while (n > 0 && (text[n - 1] == '\n' || text[n - 1] == '\r'))
        n--;
    if (n < KEY_LEAST) {
        explicit_bzero(text, KEY_MOST);
        return jml_err_set(e, JML_ERR_BAD_INPUT,
                           "no_key: key_file: %s holds less than %d bytes: openssl rand -base64 48 makes one",
                           path, KEY_LEAST);
    }
    *ret_n = (size_t)n;
    return 0;
}

void jml_password_key_fini(struct jml_password_key *key)
{
    explicit_bzero(key, sizeof *key);
}

/* ---- characters ---- */

static bool is_mixed(const char *password)
{
    return strpbrk(password, "abcdefghijkmnpqrstuvwxyz") &&
           strpbrk(password, "ABCDEFGHJKLMNPQRSTUVWXYZ") && strpbrk(password, "23456789");
}

void jml_password_make(const struct jml_password_key *key, struct jml_id id, int length,
                       char ret_password[JML_PASSWORD_MAX + 1])
{
    const unsigned n_alphabet = sizeof alphabet - 1, fair = 256 / n_alphabet * n_alphabet;
    unsigned char seed[8 + ID_BYTES + 1 + 4] = "password", block[BLOCK];
    uint32_t counter = 0;
    int n = 0;

    _Static_assert(sizeof id == ID_BYTES, "an id is its 16 bytes");
    if (length < JML_PASSWORD_MIN || length > JML_PASSWORD_MAX)
        jml_bug("a password of %d characters", length);
    memcpy(seed + 8, &id, ID_BYTES);
    seed[8 + ID_BYTES] = (unsigned char)length;
    do {
        if (n == length)
            n = 0; /* it lacks a kind: the next bytes */
        for (int i = 0; i < 4; i++)
            seed[sizeof seed - 4 + (size_t)i] = (unsigned char)(counter >> (24 - 8 * i));
        counter++;
        hmac(key->bytes, sizeof key->bytes, seed, sizeof seed, block);
        for (int i = 0; i < BLOCK && n < length; i++)
            if (block[i] < fair) /* or some characters would be likelier than others */
                ret_password[n++] = alphabet[block[i] % n_alphabet];
        ret_password[n] = '\0';
    } while (n < length || !is_mixed(ret_password));
    explicit_bzero(block, sizeof block);
}
