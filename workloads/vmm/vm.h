/* SPDX-License-Identifier: Apache-2.0 */
/* One virtual machine and its vCPUs. */
#ifndef VMM_VM_H
#define VMM_VM_H

#include <linux/kvm.h>
#include <pthread.h>

#include "channel.h"
#include "options.h"
#include "payload.h"

#define VM_GOES_ON (-1) /* what a handler says when the guest is to run again */

struct vcpu {
	struct vm *vm;
	unsigned int number; /* also its APIC's identifier */
	int fd;
	struct kvm_run *run;
	pthread_t thread;
};

struct vm {
	int kvm, fd;
	size_t run_size;
	unsigned int vcpus; /* that there are */
	struct vcpu vcpu[VCPUS_MAX];
	int status;            /* how it ended, VM_GOES_ON before; the first vCPU to end it says */
	pthread_mutex_t start; /* held until every vCPU has its thread */
	/* What the devices keep; under `devices`, for every vCPU's exits come here. */
	pthread_mutex_t devices;
	struct channel *channel;
	unsigned char serial_lcr;
	unsigned char test_page[4096];
};

/* Each says what failed on stderr and returns the exit status, or VM_GOES_ON. */
/* With `populate` every page is there before the guest is: its first touches cost no allocation. */
int ram_create(struct ram *ram, size_t size, bool populate);
int vm_create(struct vm *vm, const struct options *options, struct ram ram);
/* The first vCPU begins at the payload; the others wait for INIT and a start-up IPI. */
int vm_start(struct vm *vm, const struct options *options, const struct payload *payload);
/* Runs to the end: the exit status. */
int vm_run(struct vm *vm);
/* Good for what was made only in part, too. */
void vm_destroy(struct vm *vm);
void ram_destroy(struct ram *ram);

/* run.c: takes the signals that get a vCPU out of KVM_RUN: the timer's, and another vCPU's. */
void vm_signals(void);

/* devices.c: one port or memory exit. */
int devices_port(struct vcpu *vcpu);
int devices_mmio(struct vcpu *vcpu);

#endif
