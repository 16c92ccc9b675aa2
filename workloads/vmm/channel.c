// SPDX-License-Identifier: Apache-2.0
#include "channel.h"

#include <sys/io.h>
#include <unistd.h>

void channel_open(struct channel *channel, bool by_port)
{
	channel->used = 0;
	channel->fd = by_port && ioperm(CHANNEL_PORT, 1, 1) == 0 ? -1 : STDOUT_FILENO;
}

static void flush(struct channel *channel)
{
	size_t done = 0;

	if (channel->fd < 0) {
		for (; done < channel->used; done++)
			outb((unsigned char)channel->line[done], CHANNEL_PORT);
	}
	while (done < channel->used) {
		ssize_t n = write(channel->fd, channel->line + done, channel->used - done);

		if (n <= 0)
			break; // nobody is left to tell
		done += (size_t)n;
	}
	channel->used = 0;
}

void channel_put(struct channel *channel, char c)
{
	channel->line[channel->used++] = c;
	if (c == '\n' || channel->used == sizeof(channel->line))
		flush(channel);
}

void channel_finish(struct channel *channel)
{
	if (channel->used > 0)
		channel_put(channel, '\n');
}
