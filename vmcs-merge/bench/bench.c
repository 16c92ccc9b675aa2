// SPDX-License-Identifier: Apache-2.0
/*
 * What each part costs L0, with an array for a VMCS: VMREAD and VMWRITE are a few memory accesses
 * here, so that these figures are the library's own work; the accesses are counted beside them.
 * Instructions are counted by single-stepping: on the emulated engine each is one tick.
 */
#include "base.h"
#include "evmcs.h"
#include "vmcs_access.h"

#include <signal.h>
#include <stdio.h>
#include <time.h>

#define ROUNDS 2000000

static struct base b;

static void check_full(void)
{
	b.c.dirty = DIRTY_ALL;
	vmcs12_check(&b.c, &b.l1, &b.in);
}

static void check_rip(void)
{
	b.c.dirty = DIRTY_RIP;
	vmcs12_check(&b.c, &b.l1, &b.in);
}

/* A VMM that injects an interrupt and opened or closed its window. */
static void check_event(void)
{
	b.c.dirty = DIRTY_RIP | DIRTY_EVENT | DIRTY_EXECUTION;
	vmcs12_check(&b.c, &b.l1, &b.in);
}

static void merge_full(void)
{
	b.c.dirty = DIRTY_ALL;
	vmcs02_merge(&b.c, &b.l0);
}

static void merge_rip(void)
{
	b.c.dirty = DIRTY_RIP;
	vmcs02_merge(&b.c, &b.l0);
}

static void merge_event(void)
{
	b.c.dirty = DIRTY_RIP | DIRTY_EVENT | DIRTY_EXECUTION;
	vmcs02_merge(&b.c, &b.l0);
}

static void reflect(void)
{
	struct vmx_exit e;

	vmx_exit_read(&e);
	vmcs12_save_guest(&b.c, &b.l0);
	vmcs12_set_exit(&b.c, &e);
}

static void fetch_rare(void)
{
	b.c.stale = DIRTY_RARE;
	vmcs12_fetch_rare(&b.c);
}

static void load_host(void)
{
	vmcs01_load_host(&b.c, &b.l1, &b.l0, ENTRY_LOAD_EFER);
}

static uint8_t page[4096] __attribute__((aligned(4096)));

static void evmcs_clean(void)
{
	evmcs_load(&b.c, page, EVMCS_CLEAN_ALL);
}

static void evmcs_unclean(void)
{
	evmcs_load(&b.c, page, 0);
}

static void evmcs_exit(void)
{
	evmcs_store(&b.c, page);
}

static void vmread(void)
{
	int row = vmcs_row(&b.index, VMCS_EXIT_REASON);

	if (row >= 0 && !vmcs12_row_stale(&b.c, row))
		b.in.link_revision = (uint32_t)vmcs12_read(&b.c, row, false);
}

static void vmwrite(void)
{
	int row = vmcs_row(&b.index, VMCS_GUEST_RIP);

	if (row >= 0 && !vmcs_row_read_only(row) && !vmcs12_row_stale(&b.c, row))
		vmcs12_write(&b.c, row, false, 0x1000);
}

static const struct {
	const char *name;
	void (*run)(void);
} parts[] = {
	{"check, all dirty", check_full},
	{"check, RIP dirty", check_rip},
	{"check, RIP, event, controls dirty", check_event},
	{"merge, all dirty", merge_full},
	{"merge, RIP dirty", merge_rip},
	{"merge, RIP, event, controls dirty", merge_event},
	{"reflect (read exit, save, set)", reflect},
	{"fetch rare", fetch_rare},
	{"load L1's host state", load_host},
	{"enlightened VMCS: load, all clean", evmcs_clean},
	{"enlightened VMCS: load, none clean", evmcs_unclean},
	{"enlightened VMCS: store", evmcs_exit},
	{"VMREAD look-up", vmread},
	{"VMWRITE look-up and store", vmwrite},
};

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static volatile unsigned int steps;

static void step(int signal)
{
	(void)signal;
	steps++;
}

/* The trap flag is up from the end of the first POPF to that of the second: four steps are ours. */
static unsigned int instructions(void (*run)(void))
{
	steps = 0;
	__asm__ volatile("sub $128, %%rsp\n\t"
			 "pushfq; orq $0x100, (%%rsp); popfq\n\t"
			 "call *%0\n\t"
			 "pushfq; andq $~0x100, (%%rsp); popfq\n\t"
			 "add $128, %%rsp"
			 :
			 : "r"(run)
			 : "memory", "cc", "rax", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10",
			   "r11");
	return steps - 4;
}

static double nanoseconds(void (*run)(void))
{
	double begin = now();

	for (int round = 0; round < ROUNDS; round++) {
		run();
		__asm__ volatile("" : : : "memory");
	}
	return (now() - begin) / ROUNDS;
}

int main(void)
{
	signal(SIGTRAP, step);
	printf("%-36s %8s %14s %8s %8s\n", "part", "ns", "instructions", "vmread", "vmwrite");
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		unsigned int reads, writes, count;

		base_merged(&b, BASE_LONG);
		parts[i].run();
		mock->reads = mock->writes = 0;
		count = instructions(parts[i].run);
		reads = mock->reads;
		writes = mock->writes;
		printf("%-36s %8.1f %14u %8u %8u\n", parts[i].name, nanoseconds(parts[i].run),
		       count, reads, writes);
	}
	return 0;
}
