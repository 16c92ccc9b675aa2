/* SPDX-License-Identifier: Apache-2.0 */
/* A payload file: what it is, and its bytes into the guest's memory. */
#ifndef VMM_PAYLOAD_H
#define VMM_PAYLOAD_H

#include <stddef.h>
#include <stdint.h>

#define PAYLOAD_LOWEST 0x10000u  /* what lies below is boot.c's */
#define PAYLOAD_FLAT   0x100000u /* where a flat payload goes and is entered */

enum entry_state {
	ENTRY_MULTIBOOT, /* 32-bit protected mode, no paging (multiboot 1 section 3.2) */
	ENTRY_LONG,      /* 64-bit mode, memory below 4 GiB mapped to itself */
};

struct payload {
	enum entry_state state;
	uint32_t entry;
};

struct ram {
	uint8_t *bytes; /* guest-physical 0 */
	size_t size;
};

/* NULL when the payload lies in `ram`, else what is wrong with it (nothing of it is to be run). */
const char *payload_load(const uint8_t *file, size_t size, struct ram ram, struct payload *payload);

#endif
