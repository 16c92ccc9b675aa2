// SPDX-License-Identifier: Apache-2.0
/*
 * Times one command as a whole, from outside: a static Linux program for any level.
 *
 *	mark time ID NAME LEVEL COMMAND [WORD...]
 *	mark send
 *
 * time: runs COMMAND between the markers BEGIN and END and writes its sample line to the data
 * channel. LEVEL is bare, L1, L2 or, as "-", found out. Ends as COMMAND does; when that is a
 * failure there is no sample, so that a broken run cannot look like a fast one.
 * send: copies standard input to the data channel: what a guest of this level had to say.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/io.h>
#include <sys/wait.h>
#include <unistd.h>

#define CHANNEL_PORT    0xe9
#define MARKER_IDENTIFY 0x54530000u
#define MARKER_BEGIN    0x54530001u /* ECX: the operation's id; L0 clears its counters */
#define MARKER_END      0x54530002u /* ECX: iterations; L0 freezes and sends them */
#define SIGNATURE_EBX   0x74736554u /* "Test" */
#define SIGNATURE_ECX   0x206f6475u /* "udo " */
#define FAILED          126

struct cpuid {
	uint32_t eax, ebx, ecx, edx;
};

static struct cpuid cpuid(uint32_t leaf, uint32_t subleaf)
{
	struct cpuid r = {.eax = leaf, .ecx = subleaf};

	__asm__ volatile("cpuid" : "+a"(r.eax), "=b"(r.ebx), "+c"(r.ecx), "=d"(r.edx) : : "memory");
	return r;
}

static uint64_t rdtsc(void)
{
	uint32_t low, high;

	__asm__ volatile("lfence; rdtsc" : "=a"(low), "=d"(high) : : "memory");
	return (uint64_t)high << 32 | low;
}

/* Without Testudo below, a hypervisor bit (CPUID 1, ECX bit 31) says no more than "not bare". */
static const char *level_found(void)
{
	static char name[] = "L1";
	struct cpuid r = cpuid(MARKER_IDENTIFY, 0);

	if (r.ebx == SIGNATURE_EBX && r.ecx == SIGNATURE_ECX && r.edx >= 1 && r.edx <= 9) {
		name[1] = (char)('0' + r.edx);
		return name;
	}
	return cpuid(1, 0).ecx >> 31 ? name : "bare";
}

static bool open_channel(void)
{
	if (ioperm(CHANNEL_PORT, 1, 1) == 0)
		return true;
	perror("mark: no access to the data channel");
	return false;
}

static void send(const char *text, size_t size)
{
	for (size_t i = 0; i < size; i++)
		outb((unsigned char)text[i], CHANNEL_PORT);
}

/* The exit status of the command, as a shell would give it. */
static int run(char **command)
{
	int status = FAILED << 8;
	pid_t child = fork();

	if (child == 0) {
		execvp(command[0], command);
		perror(command[0]);
		_exit(FAILED + 1);
	}
	while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* One sample in the form of the micro-benchmark's; bucket i of the histogram begins at 2^i. */
static void send_sample(uint32_t id, const char *name, const char *level, uint64_t ticks)
{
	unsigned int bucket = 63u - (unsigned int)__builtin_clzll(ticks | 1);
	char line[512];
	int size = snprintf(line, sizeof(line),
			    "{\"t\":\"sample\",\"level\":\"%s\",\"operation\":\"%s\",\"id\":%u,"
			    "\"iterations\":1,\"ticks_min\":%lu,\"ticks_sum\":%lu,"
			    "\"ticks_max\":%lu,\"hist\":[[%u,1]]}\n",
			    level, name, id, ticks, ticks, ticks, bucket);

	if (size > 0 && (size_t)size < sizeof(line))
		send(line, (size_t)size);
}

static int do_time(char **word)
{
	uint32_t id = (uint32_t)strtoul(word[0], NULL, 0);
	const char *level = strcmp(word[2], "-") ? word[2] : level_found();
	uint64_t start, ticks;
	int status;

	if (!open_channel())
		return FAILED;
	cpuid(MARKER_BEGIN, id);
	start = rdtsc();
	status = run(word + 3);
	ticks = rdtsc() - start;
	cpuid(MARKER_END, 1);
	if (status == 0)
		send_sample(id, word[1], level, ticks);
	return status;
}

static int do_send(void)
{
	char data[4096];
	size_t size;

	if (!open_channel())
		return FAILED;
	while ((size = fread(data, 1, sizeof(data), stdin)) > 0)
		send(data, size);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc >= 6 && !strcmp(argv[1], "time"))
		return do_time(argv + 2);
	if (argc == 2 && !strcmp(argv[1], "send"))
		return do_send();
	fprintf(stderr, "usage: mark time ID NAME LEVEL COMMAND [WORD...] | send\n");
	return 2;
}
