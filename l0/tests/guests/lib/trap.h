/* SPDX-License-Identifier: Apache-2.0 */
/* Exceptions and interrupts of L1 (caught or counted) and of L2 (logged). */
#ifndef TRAP_H
#define TRAP_H

#include "guest.h"

enum vector {
	DE = 0,
	DB = 1,
	NMI = 2,
	BP = 3,
	OF = 4,
	UD = 6,
	NM = 7,
	DF = 8,
	TS = 10,
	NP = 11,
	SS = 12,
	GP = 13,
	PF = 14,
	AC = 17
};

enum { TRY_ENTERED = -2, NO_FAULT = -1 };

struct trap_frame {
	uint64_t r15, r14, r13, r12, r11, r10, r9, r8, rdi, rsi, rbp, rbx, rdx, rcx, rax;
	uint64_t vector, error, rip, cs, rflags, rsp, ss;
};

int try_begin(void) __attribute__((returns_twice));
_Noreturn void try_resume(int vector);
_Noreturn void user_enter(uint64_t rip, uint64_t rsp);

extern int catch_active;
extern struct trap_frame last_fault;

/*
 * Runs the statements; the value is the vector of the exception that they raised, or NO_FAULT.
 * What the statements assign to locals is only sure when nothing faulted.
 */
#define CATCH(...)                                                                                 \
	({                                                                                         \
		int caught_ = try_begin();                                                         \
		if (caught_ == TRY_ENTERED) {                                                      \
			__VA_ARGS__;                                                               \
			caught_ = NO_FAULT;                                                        \
		}                                                                                  \
		*(volatile int *)&catch_active = 0;                                                \
		caught_;                                                                           \
	})

/* Interrupts that L1 took, by vector; the handler signals the end to the local APIC. */
extern volatile uint32_t irq_count[256];
/* When set, L1's handler leaves the interrupt in service. */
extern volatile bool irq_keep;

/* What L2's own handlers saw since l2_log_reset, in order. */
struct l2_event {
	uint64_t vector, error, rip, rflags, cr2, dr6;
};
extern struct l2_event l2_log[16];
extern volatile unsigned int l2_events;
/* Where L2's handler continues after an exception; 0 is the interrupted place. */
extern volatile uint64_t l2_continue;
void l2_log_reset(void);

void trap_setup(void);
void trap_reload(void);
void trap_l1(struct trap_frame *f);
void trap_l2(struct trap_frame *f);

extern uint64_t idt_l1[512], idt_l2[512];

#endif
