/* SPDX-License-Identifier: Apache-2.0 */
/*
 * In direct mode an interrupt that may not reach the guest ends in an exit: its gate is masked
 * (#NP), or cut off by the IDTR limit (#GP), or something else went wrong on its way. Whose it is,
 * and what it stands for, is told here, from the words of the exit and the IDT as it stands.
 *
 *     vectoring     vector    exception and its error code       it stands for
 *     external      not open  any, or another exit               L0's interrupt, or one to post
 *     external      open      #GP(v), cut by L0's limit          one to post
 *     software      masked    #NP(v), own gate present           INT n
 *     software      any       #GP(v), cut by L0's limit          INT n
 *     all others                                                 the guest's own
 *
 * Why the vectoring decides for interrupts: a guest that changes its page tables makes the
 * processor read another IDT, and what becomes of L0's vector there may be any exception.
 *
 * SDM vol. 3: 6.13 (error code), 6.14 (IDT in 64-bit mode), 6.15 (#NP), 25.9.3 and 28.2.4
 * (IDT-vectoring information); vol. 2, "INT n": limit, type, DPL, then P.
 */
#ifndef ELI_FAULT_H
#define ELI_FAULT_H

#include <stdbool.h>
#include <stdint.h>
#include "eli_idt.h"
#include "eli_vectors.h"

/* An exit's words, as the VMCS has them. */
struct eli_exit {
	uint32_t info;      /* interruption information; 0: the exit is not an exception's */
	uint32_t error;     /* its error code */
	uint32_t vectoring; /* IDT-vectoring information */
	uint32_t length;    /* of the instruction */
	uint16_t limit;     /* of IDTR, while the guest ran */
};

enum eli_kind {
	/*
	 * Not ELI's doing. An exception is the guest's, with the error code that it has, and after
	 * the rules of one exception inside another; an event that the exit interrupted is
	 * delivered again, in the mode that it was in.
	 */
	ELI_GUESTS,
	/*
	 * An interrupt of L0's: it is in service in the processor, L0 answers and ends it. (But for
	 * those that no ISR has: the processor's spurious vector, and what comes by an 8259.)
	 */
	ELI_L0,
	/*
	 * A physical interrupt that the guest gets as an emulated one: L0 ends it, and the vector
	 * is requested of the virtual local APIC.
	 */
	ELI_POST,
	/*
	 * INT n: to be injected as a software interrupt of that length, in injection mode, so that
	 * the guest's own gate counts.
	 */
	ELI_SOFTWARE,
};

struct eli_answer {
	enum eli_kind kind;
	uint8_t vector; /* of all kinds but ELI_GUESTS */
	uint8_t length; /* ELI_SOFTWARE: bytes of the instruction */
	/*
	 * The exit left RFLAGS.RF set, as a fault does; no interrupt had it set: it is to be
	 * cleared, or a frame would show it, and a breakpoint be missed. CR2, interruptibility and
	 * the pending debug exceptions are as they were, and stay.
	 */
	bool clear_rf;
};

/*
 * What an exit in direct mode stands for, if it is an exception's (#NP or #GP) or its vectoring
 * information is valid. @l0: vectors that are L0's own, none of them below 32 or open.
 */
struct eli_answer eli_answer(const struct eli_idt *idt, const struct eli_vectors *l0,
			     const struct eli_exit *exit);

#endif
