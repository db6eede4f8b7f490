/* SPDX-License-Identifier: MIT
 *
 * A test that loses memory: it must fail under the sanitizers, see unit/test_leak.sh.
 */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "lib/leak.h"

TestSuite(leaky, .fini = jml_test_leak_check);

static void *volatile lost;

Test(leaky, loses_memory)
{
    lost = malloc(100);
    lost = NULL;
    cr_assert(1);
}
