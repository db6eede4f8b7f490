/* SPDX-License-Identifier: MIT
 *
 * Runs a fuzz target once over each file that is named: the main of fuzzers in a build without
 * libFuzzer, so that their corpora are tests everywhere.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        FILE *f = fopen(argv[i], "rb");
        uint8_t *data = NULL;
        size_t n = 0, cap = 0, got;

        if (!f) {
            perror(argv[i]);
            return 1;
        }
        do {
            cap += 65536;
            data = realloc(data, cap);
            if (!data)
                abort();
            got = fread(data + n, 1, cap - n, f);
            n += got;
        } while (got > 0);
        fclose(f);
        data = realloc(data, n ? n : 1); /* so that the sanitizer sees its end */
        LLVMFuzzerTestOneInput(data, n);
        free(data);
    }
    return 0;
}
