// SPDX-License-Identifier: Apache-2.0
/*
 * A TCP stream of messages of one size, as netperf's TCP_STREAM, but for so many bytes and not for
 * so many seconds.
 *
 *	stream serve				a sink; tells each sender how many bytes came
 *	stream ADDRESS SIZE BYTES [POLL_US]	BYTES in messages of SIZE to the sink at ADDRESS
 *
 * The one sample is from the first message to the sink's word that the last byte is there.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cpu.h"
#include "net.h"
#include "samples.h"

#define PORT       5301
#define SIZE_LIMIT 65536

static uint8_t message[SIZE_LIMIT];

static void sink(int s)
{
	uint64_t bytes = 0;
	ssize_t size;

	while ((size = read(s, message, sizeof(message))) > 0)
		bytes += (uint64_t)size;
	if (size == 0)
		(void)!write(s, &bytes, sizeof(bytes));
	close(s);
}

static _Noreturn void serve(void)
{
	int listener = net_serve(SOCK_STREAM, PORT);

	for (;;) {
		int s = accept(listener, NULL, NULL);

		if (s >= 0)
			sink(s);
	}
}

static void send_message(int s, size_t size)
{
	for (size_t sent = 0; sent < size;) {
		ssize_t n = write(s, message + sent, size - sent);

		if (n < 0)
			die("stream: message");
		sent += (size_t)n;
	}
}

/* Ticks until the sink has all. */
static uint64_t all(int s, size_t size, uint64_t bytes)
{
	uint64_t start = rdtsc(), there;

	for (uint64_t sent = 0; sent < bytes; sent += size)
		send_message(s, bytes - sent < size ? (size_t)(bytes - sent) : size);
	if (shutdown(s, SHUT_WR) || recv(s, &there, sizeof(there), MSG_WAITALL) != sizeof(there))
		die("stream: no word from the sink");
	if (there != bytes) {
		fprintf(stderr, "stream: %lu bytes of %lu came to the sink\n", there, bytes);
		exit(1);
	}
	return rdtsc() - start;
}

static bool measure(int s, size_t size, uint64_t bytes)
{
	struct samples samples;

	if (!samples_make(&samples, "stream", 1))
		die("stream");
	memset(message, 's', size);
	samples_begin(&samples);
	samples_add(&samples, all(s, size, bytes));
	samples_end(&samples);
	printf("stream: bytes %lu in messages of %zu\n", bytes, size);
	return samples_tell(&samples, "bytes", bytes);
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "serve"))
		serve();
	if (argc != 4 && argc != 5) {
		fprintf(stderr, "usage: stream serve | ADDRESS SIZE BYTES [POLL_US]\n");
		return 2;
	}
	size_t size = number_of(argv[2], SIZE_LIMIT), bytes = number_of(argv[3], 1ul << 40);
	unsigned int poll_us = argc == 5 ? (unsigned int)number_of(argv[4], 1000000) : 0;

	return measure(net_connect(SOCK_STREAM, argv[1], PORT, poll_us), size, bytes) ? 0 : 1;
}
