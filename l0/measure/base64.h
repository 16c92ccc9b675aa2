/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes as text (RFC 4648, section 4). */
#ifndef MEASURE_BASE64_H
#define MEASURE_BASE64_H

#include <stdint.h>

/* Each character of the text to @put; padding makes it a multiple of four. */
void base64_encode(const uint8_t *bytes, uint32_t size, void (*put)(char c));

#endif
