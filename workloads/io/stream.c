// SPDX-License-Identifier: Apache-2.0
/*
 * A TCP stream of messages of one size, as netperf's TCP_STREAM, but for so many bytes and not for
 * so many seconds.
 *
 *	stream serve				a sink; tells each sender how many bytes came
 *	stream ADDRESS SIZE BYTES [POLL_US]	BYTES in messages of SIZE to the sink at ADDRESS
 *
 * With POLL_US the sender never sleeps: where the socket has no room it polls the NIC's queue until
 * there is some, and it looks at it once for so many bytes too, so that acknowledgements need no
 * interrupt.
 *
 * The one sample is from the first message to the sink's word that the last byte is there.
 */
#include <errno.h>
#include <poll.h>
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
#define LOOK_BYTES 4096

struct stream {
	int socket;
	bool polls;
	size_t size, unlooked; /* of a message; bytes since the last look */
};

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

/* As much of it as there is room for. */
static size_t send_some(const struct stream *stream, const void *from, size_t size)
{
	ssize_t n = send(stream->socket, from, size, stream->polls ? MSG_DONTWAIT : 0);

	if (n < 0 && stream->polls && errno == EAGAIN) {
		net_poll(stream->socket, POLLOUT);
		return 0;
	}
	if (n < 0)
		die("stream: message");
	return (size_t)n;
}

static void send_message(struct stream *stream, size_t size)
{
	for (size_t sent = 0; sent < size;)
		sent += send_some(stream, message + sent, size - sent);
	stream->unlooked += size;
	if (stream->polls && stream->unlooked >= LOOK_BYTES) {
		net_look(stream->socket);
		stream->unlooked = 0;
	}
}

/* What the sink says that it has got. */
static uint64_t word(const struct stream *stream)
{
	uint64_t there;

	if (shutdown(stream->socket, SHUT_WR))
		die("stream: end");
	if (stream->polls)
		net_poll(stream->socket, POLLIN);
	if (recv(stream->socket, &there, sizeof(there), MSG_WAITALL) != sizeof(there))
		die("stream: no word from the sink");
	return there;
}

/* Ticks until the sink has all. */
static uint64_t all(struct stream *stream, uint64_t bytes)
{
	uint64_t start = rdtsc(), there;

	for (uint64_t sent = 0; sent < bytes; sent += stream->size)
		send_message(stream,
			     bytes - sent < stream->size ? (size_t)(bytes - sent) : stream->size);
	there = word(stream);
	if (there != bytes) {
		fprintf(stderr, "stream: %lu bytes of %lu came to the sink\n", there, bytes);
		exit(1);
	}
	return rdtsc() - start;
}

static bool measure(struct stream *stream, uint64_t bytes)
{
	struct samples samples;

	if (!samples_make(&samples, "stream", 1))
		die("stream");
	samples_fact(&samples, "bytes", bytes);
	samples_fact(&samples, "message", stream->size);
	memset(message, 's', stream->size);
	samples_begin(&samples);
	samples_add(&samples, all(stream, bytes));
	samples_end(&samples);
	return samples_tell(&samples);
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "serve"))
		serve();
	if (argc != 4 && argc != 5) {
		fprintf(stderr, "usage: stream serve | ADDRESS SIZE BYTES [POLL_US]\n");
		return 2;
	}
	struct stream stream = {.size = number_of(argv[2], SIZE_LIMIT), .polls = argc == 5};
	size_t bytes = number_of(argv[3], 1ul << 40);
	unsigned int poll_us = stream.polls ? (unsigned int)number_of(argv[4], 1000000) : 0;

	stream.socket = net_connect(SOCK_STREAM, argv[1], PORT, poll_us);
	return measure(&stream, bytes) ? 0 : 1;
}
