// SPDX-License-Identifier: Apache-2.0
/*
 * What each part costs L0, with an array for a VMCS: VMREAD and VMWRITE are one memory access here,
 * so that these figures are the library's own work; the accesses are counted beside them.
 */
#include "base.h"
#include "vmcs_access.h"

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
	{"VMREAD look-up", vmread},
	{"VMWRITE look-up and store", vmwrite},
};

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

int main(void)
{
	printf("%-36s %8s %8s %8s\n", "part", "ns", "vmread", "vmwrite");
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		double begin;

		base_merged(&b, BASE_LONG);
		parts[i].run();
		mock->reads = mock->writes = 0;
		parts[i].run();
		printf("%-36s ", parts[i].name);
		unsigned int reads = mock->reads, writes = mock->writes;

		begin = now();
		for (int round = 0; round < ROUNDS; round++) {
			parts[i].run();
			__asm__ volatile("" : : : "memory");
		}
		printf("%8.1f %8u %8u\n", (now() - begin) / ROUNDS, reads, writes);
	}
	return 0;
}
