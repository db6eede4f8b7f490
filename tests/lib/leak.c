/* SPDX-License-Identifier: MIT */
#include "lib/leak.h"

#include <stdlib.h>

#ifdef JML_SANITIZERS
#include <sanitizer/lsan_interface.h>
#endif

void jml_test_leak_check(void)
{
#ifdef JML_SANITIZERS
    if (__lsan_do_recoverable_leak_check())
        abort();
#endif
}
