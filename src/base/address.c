/* SPDX-License-Identifier: MIT
 *
 * Address: see address.h.
 */
#include "base/address.h"

#include <string.h>

bool jml_address_is_sound(const char *address)
{
    const char *at = address ? strchr(address, '@') : NULL;

    if (!at || at == address || !at[1] || strchr(at + 1, '@') || strlen(address) > 254)
        return false;
    for (const unsigned char *p = (const unsigned char *)address; *p; p++)
        if (*p <= 0x20 || *p == 0x7f || strchr(",;:<>()[]\\\"", *p))
            return false;
    return address[0] != '-' && at[1] != '-';
}
