// SPDX-License-Identifier: Apache-2.0
// KVM_RUN, and what becomes of each way out of it; a thread for each vCPU but the first.
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>

#include "vm.h"

#define ANOTHER_ENDED (-2) // the machine, by another vCPU's doing

// The run that the timer is to end; read by its signal handler.
static struct kvm_run *volatile timed;
static volatile sig_atomic_t time_is_up;

static uint64_t guest_rip(struct vcpu *vcpu)
{
	struct kvm_regs regs = {0};

	ioctl(vcpu->fd, KVM_GET_REGS, &regs);
	return regs.rip;
}

static int end(struct vcpu *vcpu, enum status status, const char *what, uint64_t detail)
{
	fprintf(stderr, "vmm: %s (%#lx) at RIP %#lx\n", what, (unsigned long)detail,
		(unsigned long)guest_rip(vcpu));
	return status;
}

// KVM's own interrupt controller waits in the kernel; so here nothing can ever come.
static int exit_hlt(struct vcpu *vcpu)
{
	return end(vcpu, STATUS_HALTED, "guest halted for good", vcpu->run->exit_reason);
}

static int exit_shutdown(struct vcpu *vcpu)
{
	return end(vcpu, STATUS_SHUTDOWN, "guest shut down, triple fault", vcpu->run->exit_reason);
}

static int exit_internal(struct vcpu *vcpu)
{
	return end(vcpu, STATUS_INTERNAL, "KVM internal error, suberror",
		   vcpu->run->internal.suberror);
}

static int exit_fail_entry(struct vcpu *vcpu)
{
	return end(vcpu, STATUS_ENTRY, "VM entry failed, hardware reason",
		   vcpu->run->fail_entry.hardware_entry_failure_reason);
}

static int exit_unknown(struct vcpu *vcpu)
{
	return end(vcpu, STATUS_UNHANDLED, "hardware exit unknown to KVM",
		   vcpu->run->hw.hardware_exit_reason);
}

static int exit_intr(struct vcpu *vcpu)
{
	(void)vcpu;
	return VM_GOES_ON;
}

static int (*const exits[])(struct vcpu *vcpu) = {
	[KVM_EXIT_UNKNOWN] = exit_unknown,
	[KVM_EXIT_IO] = devices_port,
	[KVM_EXIT_HLT] = exit_hlt,
	[KVM_EXIT_MMIO] = devices_mmio,
	[KVM_EXIT_SHUTDOWN] = exit_shutdown,
	[KVM_EXIT_FAIL_ENTRY] = exit_fail_entry,
	[KVM_EXIT_INTERNAL_ERROR] = exit_internal,
	[KVM_EXIT_INTR] = exit_intr,
};

static int dispatch(struct vcpu *vcpu)
{
	uint32_t reason = vcpu->run->exit_reason;

	if (reason >= sizeof(exits) / sizeof(exits[0]) || exits[reason] == NULL)
		return end(vcpu, STATUS_UNHANDLED, "exit that vmm does not handle", reason);
	return exits[reason](vcpu);
}

// KVM looks at immediate_exit when it enters, so a signal just before KVM_RUN is not lost.
static void on_alarm(int signal)
{
	(void)signal;
	time_is_up = 1;
	if (timed != NULL)
		timed->immediate_exit = 1;
}

static void on_kick(int signal)
{
	(void)signal;
}

void vm_signals(void)
{
	// Without SA_RESTART: the signal must get us out of KVM_RUN.
	const struct sigaction alarm = {.sa_handler = on_alarm}, kick = {.sa_handler = on_kick};

	sigaction(SIGALRM, &alarm, NULL);
	sigaction(SIGUSR1, &kick, NULL);
}

static bool over(struct vm *vm)
{
	return __atomic_load_n(&vm->status, __ATOMIC_ACQUIRE) != VM_GOES_ON;
}

static int failed(const char *what)
{
	fprintf(stderr, "vmm: %s: %s\n", what, strerror(errno));
	return STATUS_HOST;
}

// Out of KVM_RUN by a signal: whose?
static int interrupted(struct vcpu *vcpu)
{
	if (vcpu->number == 0 && time_is_up)
		return end(vcpu, STATUS_TIMEOUT, "time is up", 0);
	return over(vcpu->vm) ? ANOTHER_ENDED : VM_GOES_ON;
}

static int run_once(struct vcpu *vcpu)
{
	if (ioctl(vcpu->fd, KVM_RUN, 0) == 0)
		return dispatch(vcpu);
	if (errno == EINTR || errno == EAGAIN)
		return interrupted(vcpu);
	return failed("KVM_RUN");
}

// The first to end says how; the others leave KVM_RUN, or find immediate_exit before it.
static void end_for_all(struct vcpu *vcpu, int status)
{
	struct vm *vm = vcpu->vm;
	int before = VM_GOES_ON;

	if (!__atomic_compare_exchange_n(&vm->status, &before, status, false, __ATOMIC_ACQ_REL,
					 __ATOMIC_ACQUIRE))
		return;
	for (unsigned int i = 0; i < vm->vcpus; i++) {
		vm->vcpu[i].run->immediate_exit = 1;
		if (i != vcpu->number)
			pthread_kill(vm->vcpu[i].thread, SIGUSR1);
	}
}

static void run_vcpu(struct vcpu *vcpu)
{
	int status;

	do
		status = run_once(vcpu);
	while (status == VM_GOES_ON);
	if (status != ANOTHER_ENDED)
		end_for_all(vcpu, status);
}

// A vCPU has a CPU of its own where there are as many: so its exits are that CPU's.
static void stay_on(unsigned int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	sched_setaffinity(0, sizeof(set), &set);
}

static void *run_other(void *context)
{
	struct vcpu *vcpu = context;

	stay_on(vcpu->number);
	// Until all threads are there, to be kicked.
	pthread_mutex_lock(&vcpu->vm->start);
	pthread_mutex_unlock(&vcpu->vm->start);
	run_vcpu(vcpu);
	return NULL;
}

// The timer's signal is for the thread of the first vCPU alone.
static bool start_others(struct vm *vm)
{
	sigset_t alarm, before;
	unsigned int started = 1;
	bool complete;

	sigemptyset(&alarm);
	sigaddset(&alarm, SIGALRM);
	pthread_sigmask(SIG_BLOCK, &alarm, &before);
	pthread_mutex_lock(&vm->start);
	while (started < vm->vcpus && (errno = pthread_create(&vm->vcpu[started].thread, NULL,
							      run_other, &vm->vcpu[started])) == 0)
		started++;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	stay_on(0);
	complete = started == vm->vcpus;
	vm->vcpus = started;
	pthread_mutex_unlock(&vm->start);
	return complete;
}

int vm_run(struct vm *vm)
{
	time_is_up = 0;
	timed = vm->vcpu[0].run;
	vm->status = VM_GOES_ON;
	vm->vcpu[0].thread = pthread_self();
	if (vm->vcpus == 1 || start_others(vm))
		run_vcpu(&vm->vcpu[0]);
	else
		end_for_all(&vm->vcpu[0], failed("a vCPU's thread"));
	for (unsigned int i = 1; i < vm->vcpus; i++)
		pthread_join(vm->vcpu[i].thread, NULL);
	timed = NULL;
	channel_finish(vm->channel);
	return vm->status;
}
