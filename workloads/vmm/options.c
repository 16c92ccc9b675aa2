// SPDX-License-Identifier: Apache-2.0
#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define MIB            (1ul << 20)
#define MEMORY_MIN     2u    // low memory and the payload's first MiB
#define MEMORY_MAX     3072u // MiB: the device hole lies above
#define MEMORY_DEFAULT 64u

void options_help(FILE *to)
{
	fputs("usage: vmm [OPTION]... FILE\n"
	      "Runs FILE (multiboot 1 ELF, 64-bit ELF or flat 64-bit code at 1 MiB) as a KVM "
	      "guest.\n"
	      "  --memory MIB           guest memory, 2 to 3072 (64)\n"
	      "  --vcpus N              processors of the guest, 1 to 8, each a thread (1)\n"
	      "  --pages touch|start    when the guest's memory gets its pages: each at its first\n"
	      "                         touch, or all before the start (touch)\n"
	      "  --timeout S            end each run after S seconds (0: never)\n"
	      "  --irqchip kernel|none  who has the APICs, 8259s and 8254 (kernel)\n"
	      "  --channel port|stdout  where the guest's port E9H goes (port: our own E9H,\n"
	      "                         or stdout if we may not use it)\n"
	      "  --append STRING        the payload's command line\n"
	      "  --repeat N             run N times, each in a new VM, while debug exit gives 0\n"
	      "  --help                 this\n"
	      "Exit status: (V << 1) | 1 after the guest wrote V to port F4H (so 1 is good), else\n"
	      "2 bad usage or payload, 4 no usable KVM, 6 halted for good, 8 shutdown (triple\n"
	      "fault), 10 KVM internal error, 12 entry failed, 14 unknown exit, 124 timeout.\n",
	      to);
}

static bool number(const char *text, unsigned long min, unsigned long max, unsigned long *value)
{
	char *end;

	errno = 0;
	*value = strtoul(text, &end, 10);
	return text[0] >= '0' && text[0] <= '9' && *end == '\0' && errno == 0 && *value >= min &&
	       *value <= max;
}

// Which of two words it is: 1 the first, 0 the second, -1 neither.
static int either(const char *text, const char *first, const char *second)
{
	if (strcmp(text, first) == 0)
		return 1;
	return strcmp(text, second) == 0 ? 0 : -1;
}

static bool set_memory(struct options *options, const char *text)
{
	unsigned long mib;

	if (!number(text, MEMORY_MIN, MEMORY_MAX, &mib))
		return false;
	options->memory = mib * MIB;
	return true;
}

static bool set_vcpus(struct options *options, const char *text)
{
	unsigned long count;

	if (!number(text, 1, VCPUS_MAX, &count))
		return false;
	options->vcpus = (unsigned int)count;
	return true;
}

static bool set_timeout(struct options *options, const char *text)
{
	unsigned long seconds;

	if (!number(text, 0, INT_MAX, &seconds))
		return false;
	options->timeout = (unsigned int)seconds;
	return true;
}

static bool set_repeat(struct options *options, const char *text)
{
	return number(text, 1, ULONG_MAX, &options->repeat);
}

static bool set_irqchip(struct options *options, const char *text)
{
	int kernel = either(text, "kernel", "none");

	options->irqchip = kernel == 1;
	return kernel >= 0;
}

static bool set_pages(struct options *options, const char *text)
{
	int start = either(text, "start", "touch");

	options->populate = start == 1;
	return start >= 0;
}

static bool set_channel(struct options *options, const char *text)
{
	int port = either(text, "port", "stdout");

	options->channel_port = port == 1;
	return port >= 0;
}

static bool set_append(struct options *options, const char *text)
{
	options->append = text;
	return true;
}

static const struct {
	const char *name;
	bool (*set)(struct options *options, const char *text);
	const char *takes;
} settings[] = {
	{"memory", set_memory, "a number of MiB from 2 to 3072"},
	{"vcpus", set_vcpus, "a number from 1 to 8"},
	{"pages", set_pages, "touch or start"},
	{"timeout", set_timeout, "a number of seconds"},
	{"irqchip", set_irqchip, "kernel or none"},
	{"channel", set_channel, "port or stdout"},
	{"append", set_append, "a string"},
	{"repeat", set_repeat, "a number from 1"},
};
#define SETTINGS (sizeof(settings) / sizeof(settings[0]))
#define HELP     SETTINGS

static enum parsed file_name(struct options *options, int argc, char **argv, FILE *complaints)
{
	if (optind == argc - 1 && options->vcpus > 1 && !options->irqchip) {
		// INIT, start-up and every other IPI are the APICs'.
		fprintf(complaints, "vmm: --vcpus %u needs --irqchip kernel\n", options->vcpus);
		return PARSED_WRONG;
	}
	if (optind == argc - 1) {
		options->file = argv[optind];
		return PARSED_RUN;
	}
	if (optind == argc)
		fprintf(complaints, "vmm: no FILE given (vmm --help)\n");
	else
		fprintf(complaints, "vmm: one FILE only, but there is also %s\n", argv[optind + 1]);
	return PARSED_WRONG;
}

enum parsed options_parse(struct options *options, int argc, char **argv, FILE *complaints)
{
	struct option known[SETTINGS + 2] = {0};
	int c, i = 0;

	*options = (struct options){
		.memory = MEMORY_DEFAULT * MIB,
		.vcpus = 1,
		.repeat = 1,
		.irqchip = true,
		.channel_port = true,
		.append = "",
	};
	for (size_t s = 0; s < SETTINGS; s++)
		known[s] = (struct option){settings[s].name, required_argument, NULL, 0};
	known[HELP] = (struct option){"help", no_argument, NULL, 0};
	optind = 0; // glibc: start over, for the tests call this more than once
	opterr = 0;
	while ((c = getopt_long(argc, argv, "+:", known, &i)) == 0) {
		if ((size_t)i == HELP)
			return PARSED_HELP;
		if (!settings[i].set(options, optarg)) {
			fprintf(complaints, "vmm: --%s takes %s, not '%s'\n", settings[i].name,
				settings[i].takes, optarg);
			return PARSED_WRONG;
		}
	}
	if (c == -1)
		return file_name(options, argc, argv, complaints);
	fprintf(complaints, "vmm: %s %s (vmm --help)\n", argv[optind - 1],
		c == ':' ? "needs a value" : "is not an option");
	return PARSED_WRONG;
}
