// SPDX-License-Identifier: Apache-2.0
#include "net.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define BACKLOG         8
#define CONNECT_TRIES   100
#define CONNECT_WAIT_US 100000

void die(const char *what)
{
	fprintf(stderr, "%s: %s\n", what, strerror(errno));
	exit(1);
}

size_t number_of(const char *word, size_t max)
{
	char *end;
	unsigned long value = strtoul(word, &end, 10);

	if (*end || !value || value > max) {
		fprintf(stderr, "%s: a number from 1 to %zu is wanted\n", word, max);
		exit(2);
	}
	return value;
}

static struct sockaddr_in place(const char *address, uint16_t port)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(port)};

	if (address && inet_pton(AF_INET, address, &at.sin_addr) != 1) {
		fprintf(stderr, "%s: an IPv4 address is wanted\n", address);
		exit(2);
	}
	return at;
}

static int socket_of(int type)
{
	int s = socket(AF_INET, type, 0);

	if (s < 0)
		die("socket");
	return s;
}

int net_serve(int type, uint16_t port)
{
	struct sockaddr_in at = place(NULL, port);
	int s = socket_of(type), on = 1;

	if (setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) ||
	    bind(s, (struct sockaddr *)&at, sizeof(at)))
		die("bind");
	if (type == SOCK_STREAM && listen(s, BACKLOG))
		die("listen");
	return s;
}

static void set_options(int s, unsigned int poll_us)
{
	struct timeval wait = {.tv_sec = ANSWER_SECONDS};
	int poll = (int)poll_us, on = 1;

	if (setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait)) ||
	    (poll && (setsockopt(s, SOL_SOCKET, SO_BUSY_POLL, &poll, sizeof(poll)) ||
		      setsockopt(s, SOL_SOCKET, SO_PREFER_BUSY_POLL, &on, sizeof(on)))))
		die("setsockopt");
}

int net_connect(int type, const char *address, uint16_t port, unsigned int poll_us)
{
	struct sockaddr_in at = place(address, port);

	for (int tries = 0; tries < CONNECT_TRIES; tries++) {
		int s = socket_of(type);

		set_options(s, poll_us);
		if (!connect(s, (struct sockaddr *)&at, sizeof(at)))
			return s;
		if (errno != ECONNREFUSED)
			break;
		close(s);
		usleep(CONNECT_WAIT_US);
	}
	die("connect");
}

/* No clock is read for it, which might exit. */
static time_t seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	return now.tv_sec;
}

/* Whether one of @events is there: the kernel polls the socket's NIC before it answers. */
static bool ready(int s, short events)
{
	struct pollfd one = {.fd = s, .events = events};
	int count = poll(&one, 1, 0);

	if (count < 0)
		die("poll");
	return count;
}

void net_look(int s)
{
	ready(s, 0);
}

void net_poll(int s, short events)
{
	time_t end = seconds() + ANSWER_SECONDS;

	while (!ready(s, events))
		if (seconds() > end) {
			errno = ETIMEDOUT;
			die("poll");
		}
}
