/* SPDX-License-Identifier: Apache-2.0 */
/* The guest's data channel, passed on a whole line at a time. */
#ifndef VMM_CHANNEL_H
#define VMM_CHANNEL_H

#include <stdbool.h>
#include <stddef.h>

#define CHANNEL_PORT 0xe9

struct channel {
	int fd; /* where lines go; -1: our own port E9H */
	size_t used;
	char line[8192];
};

/* By port if asked for and permitted, else to standard output. */
void channel_open(struct channel *channel, bool by_port);
void channel_put(struct channel *channel, char c);
/* Ends a line that the guest left unfinished. */
void channel_finish(struct channel *channel);

#endif
