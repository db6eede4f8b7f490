/* SPDX-License-Identifier: MIT
 *
 * Main of jmlctl(1). Everything else is in the library, where tests reach it.
 */
#include "ctl/command.h"

int main(int argc, char **argv)
{
    return jml_ctl_main(argc, argv);
}
