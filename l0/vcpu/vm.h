/* SPDX-License-Identifier: Apache-2.0 */
/* The virtual machine that L1 runs in. */
#ifndef VCPU_VM_H
#define VCPU_VM_H

#include <stdbool.h>
#include <stdint.h>

#include "boot/boot.h"
#include "caps.h"
#include "vcpu/cpuid.h"
#include "hw/features.h"
#include "memory/ram.h"
#include "ept_build.h"
#include "ept_pool.h"
#include "knobs.h"
#include "platform/platform.h"
#include "platform/platform_host.h"
#include "vmcs12.h"

struct vcpu;

struct vm {
	struct platform platform; /* first: platform_host.h hands it back to us */
	struct knobs knobs;
	struct features features;
	struct vmx_caps hw_caps, l1_caps;
	struct vmcs_index vmcs_index; /* the VMCS fields that L1 may name */
	struct ram ram;
	struct ept_pool pool; /* pages of EPT01 */
	struct ept01 ept01;
	struct cpuid_table cpuid;
	struct vcpu *vcpu[PLATFORM_VCPUS_MAX];
	unsigned vcpus;
	/* How it ended: set once, looked at before every entry. */
	bool stopped;
	enum stop_why why;
	uint32_t status;
	char detail[256];
};

/* Ends the VM before its next entry; the first reason given counts. */
void vm_stop(struct vm *vm, enum stop_why why, uint32_t status, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* Says how the VM ended, on the console and the channel, and switches the machine off. */
_Noreturn void vm_end(struct vm *vm);

#endif
