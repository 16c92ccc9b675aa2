// SPDX-License-Identifier: Apache-2.0
// canary MIB [MILLISECONDS]: fills so much memory, most of it what others have just given back, and
// looks after that time, or at SIGTERM, whether anybody else has written there: then status 1.
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>

static const uint64_t pattern = UINT64_C(0xc0ffee5ea15ca1e5);

static volatile sig_atomic_t over;

static void end(int signal)
{
	(void)signal;
	over = 1;
}

static void wait_for(long milliseconds)
{
	struct timespec left = {milliseconds / 1000, milliseconds % 1000 * 1000000};

	if (!milliseconds)
		left.tv_sec = 1000000;
	while (!over && nanosleep(&left, &left) && errno == EINTR)
		;
}

static size_t changed(const volatile uint64_t *words, size_t count)
{
	size_t found = 0;

	for (size_t i = 0; i < count; i++)
		if (words[i] != pattern && !found++)
			printf("canary: %#zx has %#lx\n", i * 8, (unsigned long)words[i]);
	return found;
}

int main(int argc, char **argv)
{
	size_t bytes = argc > 1 ? strtoul(argv[1], NULL, 10) << 20 : 0, count = bytes / 8, found;
	volatile uint64_t *words;

	if (!bytes) {
		fprintf(stderr, "usage: canary MIB [MILLISECONDS]\n");
		return 2;
	}
	signal(SIGTERM, end);
	words = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (words == MAP_FAILED) {
		perror("canary");
		return 2;
	}
	for (size_t i = 0; i < count; i++)
		words[i] = pattern;
	wait_for(argc > 2 ? strtol(argv[2], NULL, 10) : 0);
	found = changed(words, count);
	if (found)
		printf("canary: %zu words are not what they were\n", found);
	return found != 0;
}
