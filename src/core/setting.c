/* SPDX-License-Identifier: MIT
 *
 * Setting: see setting.h.
 */
#include "core/setting.h"

#include <string.h>

#include "base/str.h"

bool jml_setting_is_variable(const char *name)
{
    return jml_str_starts(name, "JML_") && name[4] &&
           name[strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")] == '\0';
}
