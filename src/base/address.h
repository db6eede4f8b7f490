/* SPDX-License-Identifier: MIT
 *
 * Address: is it one mail address, and nothing else? What HR or a document says to us is not to send mails
 * to others, nor to write headers.
 */
#ifndef JML_BASE_ADDRESS_H
#define JML_BASE_ADDRESS_H

#include <stdbool.h>

/* One "@" with something on both sides, no blanks, control characters, quotes, brackets or lists, at most
 * 254 bytes. */
bool jml_address_is_sound(const char *address);

#endif
