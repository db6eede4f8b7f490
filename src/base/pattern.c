/* SPDX-License-Identifier: MIT */
#include "base/pattern.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <string.h>

#include "base/str.h"

#define MAX_BYTES   4000   /* of a pattern */
#define MATCH_LIMIT 200000 /* steps: some milliseconds */
#define DEPTH_LIMIT 2000   /* of backtracking */
#define HEAP_LIMIT  8192   /* KiB */
#define OPTIONS                                                                                    \
    (PCRE2_UTF | PCRE2_UCP | PCRE2_ALT_BSUX | PCRE2_NEVER_BACKSLASH_C | PCRE2_DOLLAR_ENDONLY)

/* NULL: it does not compile; *ret_at is the byte where. */
static pcre2_code *compile(const char *pattern, int *ret_code, size_t *ret_at)
{
    return pcre2_compile((PCRE2_SPTR)pattern, strlen(pattern), OPTIONS, ret_code, ret_at, NULL);
}

int jml_pattern_check(const char *pattern, struct jml_err *e)
{
    size_t at = 0, n = strlen(pattern), column = 1;
    PCRE2_UCHAR words[256];
    pcre2_code *code;
    int number = 0;

    if (n > MAX_BYTES)
        return jml_err_set(e, JML_ERR_BAD_INPUT, "the pattern has more than %d bytes", MAX_BYTES);
    if (!jml_str_is_utf8(pattern, n))
        return jml_err_set(e, JML_ERR_BAD_INPUT, "the pattern is no UTF-8");
    code = compile(pattern, &number, &at);
    if (code) {
        pcre2_code_free(code);
        return 0;
    }
    for (size_t i = 0; i < at && i < n; i++)
        column += ((unsigned char)pattern[i] & 0xc0) != 0x80;
    if (pcre2_get_error_message(number, words, sizeof(words)) < 0)
        words[0] = '\0';
    return jml_err_set(e, JML_ERR_BAD_INPUT, "column %zu: %s", column, (const char *)words);
}

bool jml_pattern_matches(const char *pattern, const char *text)
{
    pcre2_match_context *limits = pcre2_match_context_create(NULL);
    pcre2_match_data *found = NULL;
    int number, r = PCRE2_ERROR_NOMATCH;
    pcre2_code *code;
    size_t at;

    code = strlen(pattern) <= MAX_BYTES ? compile(pattern, &number, &at) : NULL;
    if (code)
        found = pcre2_match_data_create(1, NULL);
    if (!limits || (code && !found))
        jml_bug("out of memory");
    pcre2_set_match_limit(limits, MATCH_LIMIT);
    pcre2_set_depth_limit(limits, DEPTH_LIMIT);
    pcre2_set_heap_limit(limits, HEAP_LIMIT);
    if (code)
        r = pcre2_match(code, (PCRE2_SPTR)text, strlen(text), 0, 0, found, limits);
    pcre2_match_data_free(found);
    pcre2_code_free(code);
    pcre2_match_context_free(limits);
    return r >= 0;
}
