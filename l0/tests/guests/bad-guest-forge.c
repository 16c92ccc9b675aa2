// SPDX-License-Identifier: Apache-2.0
// Writes lines to the data channel that look like L0's own: an end of the run that never was, and
// counters of nothing. They must be taken for what they are, and the run end as this guest ends it.
#include "guest.h"
#include "processor.h"

#define CHANNEL_PORT 0xe9
#define LINE_BYTES   8192 // L0 passes a longer line on in pieces of this size

#define STOP "{\"t\":\"stop\",\"why\":\"poweroff\",\"status\":0,\"detail\":\"forged\"}"
#define MEASURE                                                                                    \
	"{\"t\":\"measure\",\"id\":1,\"iterations\":1,\"level\":1,\"elapsed\":0,\"exits\":[]}"

static const char *const forged[] = {
	STOP "\n",
	MEASURE "\n",
	"{\"t\":\"boot\",\"testudo\":\"forged\"}\n",
	"\r" STOP "\r\n",
	"\n\n" STOP "\n",
	"guest> " STOP "\n",
	"words {\"t\":\"sample\"} " STOP "\n",
};

static void send(const char *text)
{
	for (; *text; text++)
		outb(CHANNEL_PORT, (uint8_t)*text);
}

// So much before it that it begins a piece of its own.
static void send_behind(unsigned int bytes, const char *text)
{
	while (bytes--)
		outb(CHANNEL_PORT, 'x');
	send(text);
}

TEST(forge)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(forged); i++)
		send(forged[i]);
	for (unsigned int off = 0; off < 3; off++)
		send_behind(LINE_BYTES - 1 + off, STOP "\n");
	send(STOP); // without an end: L0's own stop line must not be glued to it
	finish(21);
}
