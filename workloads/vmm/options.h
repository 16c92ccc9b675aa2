/* SPDX-License-Identifier: Apache-2.0 */
/* What vmm was asked to do, and the exit statuses it answers with. */
#ifndef VMM_OPTIONS_H
#define VMM_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* The guest's own statuses, (value << 1) | 1, are odd; so ours are even. */
enum status {
	STATUS_USAGE = 2,      /* bad command line or payload */
	STATUS_HOST = 4,       /* KVM is not there or refuses */
	STATUS_HALTED = 6,     /* HLT that nothing can end */
	STATUS_SHUTDOWN = 8,   /* triple fault */
	STATUS_INTERNAL = 10,  /* KVM_EXIT_INTERNAL_ERROR */
	STATUS_ENTRY = 12,     /* KVM_EXIT_FAIL_ENTRY */
	STATUS_UNHANDLED = 14, /* an exit that vmm does not know */
	STATUS_TIMEOUT = 124,  /* as timeout(1) has it */
};

struct options {
	size_t memory;        /* bytes */
	bool populate;        /* all of the memory before the start, not each page at its touch */
	unsigned int timeout; /* seconds for each run, 0: none */
	unsigned long repeat;
	unsigned int vcpus; /* 1 to VCPUS_MAX, each a thread on a CPU of its own */
	bool irqchip;
	bool channel_port;
	const char *append;
	const char *file;
};

#define VCPUS_MAX 8

enum parsed { PARSED_RUN, PARSED_HELP, PARSED_WRONG };

/* On PARSED_WRONG one line about what is wrong has gone to `complaints`. */
enum parsed options_parse(struct options *options, int argc, char **argv, FILE *complaints);
void options_help(FILE *to);

#endif
