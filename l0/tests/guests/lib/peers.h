/* SPDX-License-Identifier: Apache-2.0 */
/* Every processor in VMX operation with an L2 of its own. What smp.h says of checks holds here. */
#ifndef PEERS_H
#define PEERS_H

#include "smp.h"
#include "vmx.h"

struct peer {
	struct vm vm; /* its L2; a copy of the one that vm_setup() made */
	uint64_t region;
	volatile uint32_t phase;
	/* Of its last exit. */
	volatile uint32_t reason;
	uint64_t info, qualification, activity;
};

extern struct peer peers[CPUS_MAX];

/* Starts the others; skips the test and returns false with one processor or without VMX. */
bool peers_begin(void);
/* The one of the processor that calls. */
struct peer *peer_here(void);

/* VMXON and VMXOFF. */
void peer_enter_root(void);
void peer_leave_root(void);
/* A fresh current VMCS, as vm_setup() makes it; one processor at a time. */
void peer_setup(void (*entry)(void));
/* Enters the L2 of this processor's current VMCS, and notes its exit. */
uint32_t peer_run(void);
/* Runs `work` on all processors, this one too, and waits for it. */
void peers_all(void (*work)(void));

#endif
