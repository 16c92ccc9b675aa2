// SPDX-License-Identifier: Apache-2.0
#include "lib/base64.h"

#include <string.h>

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* Four digits as 24 bits, of which so many bytes count: 0 to 3; -1 for what is no digit. */
static int take_group(const char *text, uint32_t *bits)
{
	size_t length = strspn(text, digits), padding = 0;

	if (length > 4)
		length = 4;
	while (length + padding < 4 && text[length + padding] == '=')
		padding++;
	if (length < 2 || length + padding != 4)
		return -1;
	*bits = 0;
	for (size_t i = 0; i < 4; i++)
		*bits = *bits << 6 |
			(i < length ? (uint32_t)(strchr(digits, text[i]) - digits) : 0);
	/* What ends is the whole: padding is the last that there is. */
	return padding && text[4] ? -1 : (int)length - 1;
}

ssize_t base64_decode(const char *text, uint8_t *bytes, size_t room)
{
	size_t used = 0;

	for (; *text; text += 4) {
		uint32_t bits;
		int count = take_group(text, &bits);

		if (count < 0 || used + (size_t)count > room)
			return -1;
		for (int i = 0; i < count; i++)
			bytes[used++] = (uint8_t)(bits >> (16 - 8 * i));
	}
	return (ssize_t)used;
}
