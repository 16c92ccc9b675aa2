/* SPDX-License-Identifier: Apache-2.0 */
/* From knobs to the devices of a machine, on its bus, and from machine to machine. */
#ifndef START_DEVICES_H
#define START_DEVICES_H

#include <stdbool.h>

#include "memory/frames.h"
#include "vcpu/vm.h"

struct devices;
struct boot_module;
struct partition;
struct poller;

/*
 * vm->devices, by the machine's knobs: NULL where all are at their defaults. @disk is the module
 * that is its disk, if it is to have one, and stays where it is. False after a line on the console.
 */
bool devices_make(struct vm *vm, const struct boot_module *disk, struct frames *frames);

/* Those of nic=function, and what brings its frames, become sources of @p. False: no room. */
bool fabric_poll(struct vm *vm, struct poller *p);

/* Those whose rings the sidecore looks at, and the wire's end. False: it has no places for them. */
bool devices_poll(struct vm *vm, struct poller *p);

/* What they take is L0's in @p. False: too many ranges. */
bool devices_claim(const struct devices *d, struct partition *p);

/*
 * Plugs the wires in, when both clocks run and the first vCPU of the machine under test does not
 * yet: from its network function to the neighbour's, where both have one, else to the peer. Until
 * then a neighbour's frames find no wire. @beside: NULL without a neighbour.
 */
void devices_plug(struct vm *vm, struct vm *beside);

#endif
