/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A hostile L1: while one processor (the victim) enters its L2 again and again, another one
 * rewrites all that L0 reads for it, and a third one sends it interrupts, NMIs, INITs and SIPIs.
 * Nothing is expected of any single entry; all of them must come back.
 */
#ifndef RACE_H
#define RACE_H

#include "smp.h"
#include "vmx.h"

/* L2's own memory: all that it can write. One frame of 2 MiB, by pages. */
#define AREA 0x3e00000ULL
enum area_page {
	AREA_CODE, /* two: the instruction under attack lies across their boundary */
	AREA_STACK = 2,
	AREA_DATA, /* two */
	AREA_PML4 = 5,
	AREA_PDPT,
	AREA_PD,
	AREA_PT,
};
#define AREA_PAGE(n) (AREA + (uint64_t)(n)*PAGE_SIZE)
#define SLOT         (AREA_PAGE(1) - 4)
#define SLOT_BYTES   8

/* Where the victim's L1 keeps operands of VMX instructions: two pages that come and go. */
#define OPERANDS BIT(41)

enum { LIST_ENTRIES = 4, ATTACKER = 0, VICTIM = 1, SENDER = 2 };

struct msr_entry {
	uint32_t index, reserved;
	uint64_t value;
};

/* What is rewritten, beside L2's memory. */
struct prey {
	uint64_t *vmcs; /* as memory */
	uint8_t *virtual_apic;
	struct msr_entry *entry_load, *exit_load, *exit_store;
	uint64_t *ept_leaf, *ept_table; /* of AREA's pages; what names them */
	uint64_t ept_table_good;
	uint64_t *operand_leaf;
	uint64_t operand_page[2];
};
extern struct prey prey;

struct random {
	uint64_t state;
};
uint64_t random_next(struct random *r);
static inline uint64_t random_below(struct random *r, uint64_t n)
{
	return random_next(r) % n;
}

/* The victim's rounds, and what came of them: by exit reason, and entries that failed. */
extern volatile uint32_t rounds_done, rounds_wanted;
extern uint32_t exits_seen[64], entries_failed;

void area_build(void);
void attack_once(struct random *r);
void victim_run(void);
void sender_run(void);
extern uint64_t race_seed;

#endif
