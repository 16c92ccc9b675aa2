// SPDX-License-Identifier: Apache-2.0
/*
 * What a server of this machine does for clients of another one, which runs what it is told (the
 * action load-server): this machine is measured, and nothing of the clients is in it.
 *
 *	load OPERATION ADDRESS REQUESTS FIRST COMMAND	a shell's command at ADDRESS, to warm up,
 *and the one that is measured
 *
 * Both commands' output is copied to standard output. The one sample is from the command's start to
 * its end.
 */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cpu.h"
#include "net.h"
#include "samples.h"

#define PORT    5303
#define REQUEST (1ul << 40)

/* The peer's shell ends with its input, and closes; @start: when it was told. */
static void run(int s, const char *command, uint64_t *start)
{
	char output[4096];
	ssize_t size;

	*start = rdtsc();
	if (send(s, command, strlen(command), MSG_NOSIGNAL) != (ssize_t)strlen(command) ||
	    shutdown(s, SHUT_WR))
		die("load: command");
	while ((size = recv(s, output, sizeof(output), 0)) > 0)
		fwrite(output, 1, (size_t)size, stdout);
	if (size < 0)
		die("load: output");
	close(s);
}

static bool measure(struct samples *samples, const char *address, const char *command)
{
	int s = net_connect(SOCK_STREAM, address, PORT, 0);
	uint64_t start;

	samples_begin(samples);
	run(s, command, &start);
	samples_add(samples, rdtsc() - start);
	samples_end(samples);
	return samples_tell(samples);
}

int main(int argc, char **argv)
{
	struct samples samples;
	uint64_t start;

	if (argc != 6 || !samples_make(&samples, argv[1], 1)) {
		fprintf(stderr, "usage: load OPERATION ADDRESS REQUESTS FIRST COMMAND\n");
		return 2;
	}
	samples_fact(&samples, "requests", number_of(argv[3], REQUEST));
	run(net_connect(SOCK_STREAM, argv[2], PORT, 0), argv[4], &start);
	return measure(&samples, argv[2], argv[5]) ? 0 : 1;
}
