// SPDX-License-Identifier: Apache-2.0
/*
 * UDP request and response: what netperf's UDP_RR does, a sample for each.
 *
 *	udp-rr serve				sends each datagram back
 *	udp-rr ADDRESS TIMES SIZE [POLL_US]	so many datagrams of SIZE bytes to ADDRESS and back
 *
 * A datagram carries its number and must come back as it was. One that is lost is an error, after
 * a while.
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

#define PORT       7     /* echo, RFC 862: the built-in peer answers there too */
#define SIZE_LIMIT 65507 /* that IPv4 has room for */
#define WARM_UP    16    /* first of all ARP */

static uint8_t request[SIZE_LIMIT], response[SIZE_LIMIT + 1];

static _Noreturn void serve(void)
{
	int s = net_serve(SOCK_DGRAM, PORT);

	for (;;) {
		struct sockaddr_storage from;
		socklen_t from_size = sizeof(from);
		ssize_t size = recvfrom(s, response, sizeof(response), 0, (struct sockaddr *)&from,
					&from_size);

		/* A peer that is gone shows as an error of its datagram; others go on. */
		if (size >= 0)
			(void)!sendto(s, response, (size_t)size, 0, (struct sockaddr *)&from,
				      from_size);
	}
}

static uint64_t one(int s, size_t size, uint32_t number)
{
	uint64_t start;

	memset(request, (int)(number & 0xff), size);
	memcpy(request, &number, size < sizeof(number) ? size : sizeof(number));
	start = rdtsc();
	if (write(s, request, size) != (ssize_t)size)
		die("udp-rr: request");
	ssize_t back = read(s, response, sizeof(response));
	uint64_t ticks = rdtsc() - start;

	if (back < 0)
		die("udp-rr: no response");
	if (back != (ssize_t)size || memcmp(request, response, size)) {
		fprintf(stderr, "udp-rr: response %u is not what was sent\n", number);
		exit(1);
	}
	return ticks;
}

static bool measure(int s, size_t times, size_t size)
{
	struct samples samples;
	uint32_t number = 0;

	if (!samples_make(&samples, "udp-rr", times)) {
		fprintf(stderr, "udp-rr: no room for %zu samples\n", times);
		return false;
	}
	samples_fact(&samples, "bytes", size);
	while (number < WARM_UP)
		one(s, size, number++);
	samples_begin(&samples);
	for (size_t i = 0; i < times; i++)
		samples_add(&samples, one(s, size, number++));
	samples_end(&samples);
	return samples_tell(&samples);
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "serve"))
		serve();
	if (argc != 4 && argc != 5) {
		fprintf(stderr, "usage: udp-rr serve | ADDRESS TIMES SIZE [POLL_US]\n");
		return 2;
	}
	size_t times = number_of(argv[2], 1000000), size = number_of(argv[3], SIZE_LIMIT);
	unsigned int poll_us = argc == 5 ? (unsigned int)number_of(argv[4], 1000000) : 0;

	return measure(net_connect(SOCK_DGRAM, argv[1], PORT, poll_us), times, size) ? 0 : 1;
}
