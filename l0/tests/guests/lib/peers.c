// SPDX-License-Identifier: Apache-2.0
#include "peers.h"

struct peer peers[CPUS_MAX];
static volatile uint32_t setup_lock;

struct peer *peer_here(void)
{
	return &peers[this_cpu()];
}

bool peers_begin(void)
{
	if (!smp_begin())
		return false;
	if (!vmx_available()) {
		skip("no VMX");
		return false;
	}
	for (unsigned int cpu = 0; cpu < cpu_count; cpu++)
		peers[cpu] = (struct peer){.region = vmcs_alloc()};
	return true;
}

void peer_enter_root(void)
{
	check_eq("vmxon", VM_SUCCEED, vmx_enter_root(peer_here()->region));
}

void peer_leave_root(void)
{
	check_eq("vmxoff", VM_SUCCEED, vmxoff());
}

void peer_setup(void (*entry)(void))
{
	while (__atomic_exchange_n(&setup_lock, 1, __ATOMIC_ACQUIRE))
		pause();
	vm_setup(entry);
	peer_here()->vm = vm;
	__atomic_store_n(&setup_lock, 0, __ATOMIC_RELEASE);
}

uint32_t peer_run(void)
{
	struct peer *p = peer_here();
	uint32_t reason = vm_run_one(&p->vm);

	p->info = vmread(EXIT_EVENT);
	p->qualification = vmread(EXIT_QUALIFICATION);
	p->activity = vmread(GUEST_ACTIVITY);
	p->reason = reason;
	return reason;
}

void peers_all(void (*work)(void))
{
	run_on_all_others(work);
	work();
	wait_for_all();
}
