// SPDX-License-Identifier: Apache-2.0
// The few devices that live in user space, each a row of a table.
#include <string.h>
#include <unistd.h>

#include "vm.h"

#define PORT_POST       0x80 // "in-user": answered here, and nowhere before
#define PORT_DEBUG_EXIT 0xf4
#define PORT_COM1       0x3f8
#define COM_DATA        0
#define COM_IIR         2
#define IIR_NOTHING     0x01
#define COM_LCR         3
#define LCR_DLAB        0x80
#define COM_LSR         5
#define LSR_EMPTY       0x60
#define COM_MSR         6
#define MSR_THERE       0xb0 // carrier, data set ready, clear to send

#define TEST_PAGE 0xfeb00000ull

static int out_channel(struct vm *vm, uint16_t offset, uint8_t value)
{
	(void)offset;
	pthread_mutex_lock(&vm->devices);
	channel_put(vm->channel, (char)value);
	pthread_mutex_unlock(&vm->devices);
	return VM_GOES_ON;
}

// A reader learns that the channel is there by reading its number, as on Bochs and QEMU.
static uint8_t in_channel(struct vm *vm, uint16_t offset)
{
	(void)vm;
	(void)offset;
	return CHANNEL_PORT;
}

static int out_debug_exit(struct vm *vm, uint16_t offset, uint8_t value)
{
	(void)vm;
	(void)offset;
	return (value << 1 | 1) & 0xff;
}

static uint8_t in_zero(struct vm *vm, uint16_t offset)
{
	(void)vm;
	(void)offset;
	return 0;
}

static int out_nowhere(struct vm *vm, uint16_t offset, uint8_t value)
{
	(void)vm;
	(void)offset;
	(void)value;
	return VM_GOES_ON;
}

// A 16550 that has always sent what it was given; it has nothing to say and no interrupt.
static int out_serial(struct vm *vm, uint16_t offset, uint8_t value)
{
	ssize_t sent = 0;

	pthread_mutex_lock(&vm->devices);
	if (offset == COM_LCR)
		vm->serial_lcr = value;
	if (offset == COM_DATA && !(vm->serial_lcr & LCR_DLAB))
		sent = write(STDOUT_FILENO, &value, 1);
	pthread_mutex_unlock(&vm->devices);
	(void)sent; // a closed standard output is not the guest's business
	return VM_GOES_ON;
}

static uint8_t in_serial(struct vm *vm, uint16_t offset)
{
	const uint8_t registers[8] = {
		[COM_IIR] = IIR_NOTHING,
		[COM_LCR] = vm->serial_lcr,
		[COM_LSR] = LSR_EMPTY,
		[COM_MSR] = MSR_THERE,
	};

	return registers[offset];
}

static const struct port {
	uint16_t first, count;
	int (*out)(struct vm *vm, uint16_t offset, uint8_t value);
	uint8_t (*in)(struct vm *vm, uint16_t offset);
} ports[] = {
	{PORT_POST, 1, out_nowhere, in_zero},
	{CHANNEL_PORT, 1, out_channel, in_channel},
	{PORT_DEBUG_EXIT, 1, out_debug_exit, in_zero},
	{PORT_COM1, 8, out_serial, in_serial},
};

static const struct port *port_find(uint32_t number)
{
	for (size_t i = 0; i < sizeof(ports) / sizeof(ports[0]); i++)
		if (number >= ports[i].first && number - ports[i].first < ports[i].count)
			return &ports[i];
	return NULL;
}

// One item of a (string) access: each byte of it belongs to the port of its own number.
static int port_access(struct vcpu *vcpu, uint8_t *bytes, bool out)
{
	int status = VM_GOES_ON;

	for (uint32_t i = 0; i < vcpu->run->io.size; i++) {
		const struct port *port = port_find(vcpu->run->io.port + i);
		uint16_t offset = port ? (uint16_t)(vcpu->run->io.port + i - port->first) : 0;

		if (!out)
			bytes[i] = port ? port->in(vcpu->vm, offset) : 0xff;
		else if (port && status == VM_GOES_ON)
			status = port->out(vcpu->vm, offset, bytes[i]);
	}
	return status;
}

int devices_port(struct vcpu *vcpu)
{
	uint8_t *bytes = (uint8_t *)vcpu->run + vcpu->run->io.data_offset;
	bool out = vcpu->run->io.direction == KVM_EXIT_IO_OUT;
	int status = VM_GOES_ON;

	for (uint32_t i = 0; i < vcpu->run->io.count && status == VM_GOES_ON; i++)
		status = port_access(vcpu, bytes + i * vcpu->run->io.size, out);
	return status;
}

// The test page holds what was written to it; elsewhere nobody answers.
int devices_mmio(struct vcpu *vcpu)
{
	struct vm *vm = vcpu->vm;
	uint64_t offset = vcpu->run->mmio.phys_addr - TEST_PAGE;
	uint32_t length = vcpu->run->mmio.len;
	bool inside = offset < sizeof(vm->test_page) && length <= sizeof(vm->test_page) - offset;

	pthread_mutex_lock(&vm->devices);
	if (!vcpu->run->mmio.is_write && inside)
		memcpy(vcpu->run->mmio.data, vm->test_page + offset, length);
	else if (!vcpu->run->mmio.is_write)
		memset(vcpu->run->mmio.data, 0xff, sizeof(vcpu->run->mmio.data));
	else if (inside)
		memcpy(vm->test_page + offset, vcpu->run->mmio.data, length);
	pthread_mutex_unlock(&vm->devices);
	return VM_GOES_ON;
}
