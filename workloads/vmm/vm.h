/* SPDX-License-Identifier: Apache-2.0 */
/* One virtual machine with one vCPU. */
#ifndef VMM_VM_H
#define VMM_VM_H

#include <linux/kvm.h>

#include "channel.h"
#include "options.h"
#include "payload.h"

#define VM_GOES_ON (-1) /* what a handler says when the guest is to run again */

struct vm {
	int kvm, fd, vcpu;
	struct kvm_run *run;
	size_t run_size;
	struct channel *channel;
	unsigned char serial_lcr;
	unsigned char test_page[4096];
};

/* Each says what failed on stderr and returns the exit status, or VM_GOES_ON. */
/* With `populate` every page is there before the guest is: its first touches cost no allocation. */
int ram_create(struct ram *ram, size_t size, bool populate);
int vm_create(struct vm *vm, const struct options *options, struct ram ram);
int vm_start(struct vm *vm, const struct options *options, const struct payload *payload);
/* Runs to the end: the exit status. */
int vm_run(struct vm *vm);
/* Good for what was made only in part, too. */
void vm_destroy(struct vm *vm);
void ram_destroy(struct ram *ram);

/* Asks the run to end with STATUS_TIMEOUT; for signal handlers. */
void vm_time_is_up(int signal);

/* devices.c: one port or memory exit. */
int devices_port(struct vm *vm);
int devices_mmio(struct vm *vm);

#endif
