/* SPDX-License-Identifier: Apache-2.0 */
/* A virtual machine: the one that L1 runs in, or its neighbour. */
#ifndef VCPU_VM_H
#define VCPU_VM_H

#include <stdbool.h>
#include <stdint.h>

#include "caps.h"
#include "vcpu/cpuid.h"
#include "hw/features.h"
#include "memory/ram.h"
#include "ept_build.h"
#include "ept_pool.h"
#include "knobs.h"
#include "lib/console.h"
#include "measure/guest_line.h"
#include "measure/polling.h"
#include "platform/platform.h"
#include "platform/platform_host.h"
#include "vcpu/shared.h"
#include "vcpu/vmcs01.h"
#include "vmcs12.h"

struct iommu;
struct devices;
struct vcpu;

struct vm {
	struct platform platform; /* first: platform_host.h hands it back to us */
	unsigned number;          /* 0: the machine under test */
	struct console *console;  /* what its COM1 is connected to */
	struct guest_line line;   /* what it is writing to the data channel */
	struct knobs knobs;
	struct features features;
	struct vmx_caps hw_caps, l1_caps;
	struct vmcs_index vmcs_index; /* the VMCS fields that L1 may name */
	struct ram ram;
	struct ept_pool pool; /* pages of EPT01 */
	struct ept01 ept01;
	struct ept01 ept01_dma; /* interrupts=eli: vcpu/direct.h; else without a root */
	struct shared_pages shared;
	struct iommu *iommu;                  /* NULL: none */
	const struct poll_counters *sidecore; /* what it has spent; NULL: none polls this one */
	struct cpuid_table cpuid;
	struct entry_state entry; /* of its first vCPU */
	struct devices *devices;  /* NULL: none but the platform's own */
	struct vcpu *vcpu[PLATFORM_VCPUS_MAX];
	unsigned vcpus;
	uint64_t clock_offset; /* its clock is the processors' TSC plus this */
	uint64_t sent;         /* the clock when a function last sent an interrupt; the fabric's */
	/* How it ended. Each vCPU looks before its entries whether it has; the last one tells. */
	bool stopping, stopped;
	unsigned running; /* vCPUs that have not left yet */
	enum stop_why why;
	uint32_t status;
	char detail[256];
	uint32_t deaf, woken; /* vcpu/halt.h */
	bool told_nowhere;    /* that its guests access what does not exist */
};

/* Ends the VM before its next entry; the first reason given counts. */
void vm_stop(struct vm *vm, enum stop_why why, uint32_t status, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* A vCPU, of the CPU that asks or of another, is to look at its inbox before its next entry. */
void vm_kick(struct vcpu *v);

/*
 * The vCPU of a machine that has stopped leaves it. The last one says how it ended, on the console
 * and the channel; with the machine under test the run ends, after any other the CPU is parked.
 */
_Noreturn void vm_leave(struct vcpu *v);

#endif
