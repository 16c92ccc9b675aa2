// SPDX-License-Identifier: Apache-2.0
// KVM_RUN, and what becomes of each way out of it.
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>

#include "vm.h"

// The run that the timer is to end; read by its signal handler.
static struct kvm_run *volatile timed;
static volatile sig_atomic_t time_is_up;

static uint64_t guest_rip(struct vm *vm)
{
	struct kvm_regs regs = {0};

	ioctl(vm->vcpu, KVM_GET_REGS, &regs);
	return regs.rip;
}

static int end(struct vm *vm, enum status status, const char *what, uint64_t detail)
{
	fprintf(stderr, "vmm: %s (%#lx) at RIP %#lx\n", what, (unsigned long)detail,
		(unsigned long)guest_rip(vm));
	return status;
}

// KVM's own interrupt controller waits in the kernel; so here nothing can ever come.
static int exit_hlt(struct vm *vm)
{
	return end(vm, STATUS_HALTED, "guest halted for good", vm->run->exit_reason);
}

static int exit_shutdown(struct vm *vm)
{
	return end(vm, STATUS_SHUTDOWN, "guest shut down, triple fault", vm->run->exit_reason);
}

static int exit_internal(struct vm *vm)
{
	return end(vm, STATUS_INTERNAL, "KVM internal error, suberror", vm->run->internal.suberror);
}

static int exit_fail_entry(struct vm *vm)
{
	return end(vm, STATUS_ENTRY, "VM entry failed, hardware reason",
		   vm->run->fail_entry.hardware_entry_failure_reason);
}

static int exit_unknown(struct vm *vm)
{
	return end(vm, STATUS_UNHANDLED, "hardware exit unknown to KVM",
		   vm->run->hw.hardware_exit_reason);
}

static int exit_intr(struct vm *vm)
{
	(void)vm;
	return VM_GOES_ON;
}

static int (*const exits[])(struct vm *vm) = {
	[KVM_EXIT_UNKNOWN] = exit_unknown,
	[KVM_EXIT_IO] = devices_port,
	[KVM_EXIT_HLT] = exit_hlt,
	[KVM_EXIT_MMIO] = devices_mmio,
	[KVM_EXIT_SHUTDOWN] = exit_shutdown,
	[KVM_EXIT_FAIL_ENTRY] = exit_fail_entry,
	[KVM_EXIT_INTERNAL_ERROR] = exit_internal,
	[KVM_EXIT_INTR] = exit_intr,
};

static int dispatch(struct vm *vm)
{
	uint32_t reason = vm->run->exit_reason;

	if (reason >= sizeof(exits) / sizeof(exits[0]) || exits[reason] == NULL)
		return end(vm, STATUS_UNHANDLED, "exit that vmm does not handle", reason);
	return exits[reason](vm);
}

// KVM looks at immediate_exit when it enters, so a signal just before KVM_RUN is not lost.
void vm_time_is_up(int signal)
{
	(void)signal;
	time_is_up = 1;
	if (timed != NULL)
		timed->immediate_exit = 1;
}

static int run_once(struct vm *vm)
{
	if (time_is_up)
		return end(vm, STATUS_TIMEOUT, "time is up", 0);
	if (ioctl(vm->vcpu, KVM_RUN, 0) == 0)
		return dispatch(vm);
	if (errno == EINTR || errno == EAGAIN)
		return VM_GOES_ON;
	fprintf(stderr, "vmm: KVM_RUN: %s\n", strerror(errno));
	return STATUS_HOST;
}

int vm_run(struct vm *vm)
{
	int status;

	time_is_up = 0;
	timed = vm->run;
	do
		status = run_once(vm);
	while (status == VM_GOES_ON);
	timed = NULL;
	channel_finish(vm->channel);
	return status;
}
