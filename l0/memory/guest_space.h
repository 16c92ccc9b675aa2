/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The memory of the guest that runs, L1 or L2, and what an access to it can come to. Registers,
 * segments and paging are read from the current VMCS, which is that guest's.
 *
 *   segment:offset ── guest_linear() ──▶ linear ── guest_reach() ──▶ pieces of RAM or of a device
 *                     segments           paging, EPT12
 *
 * Every step gives the same answer: it went well, or whose the exception or exit is. Nothing here
 * injects or reflects: handlers/guest_access.h does.
 */
#ifndef MEMORY_GUEST_SPACE_H
#define MEMORY_GUEST_SPACE_H

#include <stdbool.h>
#include <stdint.h>

#include "ept_build.h"
#include "memory/ram.h"

/* What lies under the guest's physical addresses. */
struct guest_space {
	const struct ram *ram;
	const struct ept01 *ept01;
	const struct ept_caps *caps12; /* what L1 was offered */
	uint64_t eptp12;               /* 0: guest-physical is L1-physical */
	uint8_t maxphyaddr;            /* of L1 and L2 */
	bool page_1g;                  /* they have 1 GiB pages */
};

/* What is tried, as in a page-fault error code (SDM vol. 3, 4.7); none of them: a read. */
enum guest_access {
	GUEST_READ = 0,
	GUEST_WRITE = 2, /* also read and write */
	GUEST_FETCH = 16,
};

enum guest_verdict {
	GUEST_OK,
	GUEST_FAULT,     /* the guest's exception */
	GUEST_VIOLATION, /* L1's exit 48 */
	GUEST_MISCONFIG, /* L1's exit 49 */
	GUEST_AGAIN, /* tables changed again and again while they were read: the guest retries */
};

struct guest_answer {
	enum guest_verdict verdict;
	uint8_t vector;         /* GUEST_FAULT: #PF, #GP or #SS */
	uint32_t error;         /* ... its error code */
	uint64_t linear;        /* ... CR2; the exits' guest-linear address */
	uint64_t gpa;           /* the exits' guest-physical address */
	uint64_t qualification; /* of exit 48 */
};

/* A part of an access within one page. */
struct guest_piece {
	uint64_t gpa; /* L1-physical */
	void *ram;    /* NULL: a device, or nothing */
	uint32_t size;
};

#define GUEST_PIECES 2 /* no access is larger than a page */

struct guest_pieces {
	struct guest_piece piece[GUEST_PIECES];
	unsigned count;
};

#endif
