/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Bytes of @text (RFC 4648, section 4, with its padding) to @bytes: their number, or -1 if it is
 * none, or more than @room. */
ssize_t base64_decode(const char *text, uint8_t *bytes, size_t room);
