// SPDX-License-Identifier: Apache-2.0
#include "measure/base64.h"

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* 1 to 3 bytes, as one character more than they are. */
static void put_group(const uint8_t *bytes, uint32_t count, void (*put)(char c))
{
	uint32_t bits = (uint32_t)bytes[0] << 16;

	if (count > 1)
		bits |= (uint32_t)bytes[1] << 8;
	if (count > 2)
		bits |= bytes[2];
	for (uint32_t i = 0; i < 4; i++)
		put(i <= count ? digits[bits >> (18 - 6 * i) & 63] : '=');
}

void base64_encode(const uint8_t *bytes, uint32_t size, void (*put)(char c))
{
	for (uint32_t at = 0; at < size; at += 3)
		put_group(bytes + at, size - at < 3 ? size - at : 3, put);
}
