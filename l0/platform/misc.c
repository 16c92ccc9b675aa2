// SPDX-License-Identifier: Apache-2.0
#include "platform/platform.h"
#include "platform/platform_host.h"
#include "platform/ports.h"

/* Ports too small for a file of their own: what a PC's chipset has besides its devices. */

#define PORT92_RESET 0x01
#define PORT92_A20   0x02

#define KEYBOARD_PULSE 0xf0 /* commands F0H to FFH pulse output lines, bit 0 low is reset */

/*
 * No keyboard controller, as the FADT says, but its reset command is understood. The status is
 * zero, not FFH: who waits for an empty input buffer before that command must not wait for ever.
 */
uint32_t keyboard_port_read(struct platform *p, const struct port_access *a)
{
	(void)p;
	return a->port == 0x64 ? 0 : 0xff;
}

void keyboard_port_write(struct platform *p, const struct port_access *a, uint32_t value)
{
	if (a->port == 0x64 && (value & KEYBOARD_PULSE) == KEYBOARD_PULSE && !(value & 1))
		platform_stop(p, STOP_REBOOT, 0);
}

/* A20 is always open; the bit only remembers what was written. */
uint32_t port92_port_read(struct platform *p, const struct port_access *a)
{
	(void)a;
	return p->port92;
}

void port92_port_write(struct platform *p, const struct port_access *a, uint32_t value)
{
	(void)a;
	p->port92 = value & PORT92_A20;
	if (value & PORT92_RESET)
		platform_stop(p, STOP_REBOOT, 0);
}

uint32_t post_port_read(struct platform *p, const struct port_access *a)
{
	(void)a;
	return p->post;
}

void post_port_write(struct platform *p, const struct port_access *a, uint32_t value)
{
	(void)a;
	p->post = (uint8_t)value;
}

/* Registers that a PC has and nobody here needs: DMA, delay port, coprocessor error. */
uint32_t quiet_port_read(struct platform *p, const struct port_access *a)
{
	(void)p;
	(void)a;
	return 0;
}

void quiet_port_write(struct platform *p, const struct port_access *a, uint32_t value)
{
	(void)p;
	(void)a;
	(void)value;
}

/* The data channel: reading the port gives its number, which is how a guest finds it. */
uint32_t channel_port_read(struct platform *p, const struct port_access *a)
{
	(void)p;
	(void)a;
	return 0xe9;
}

void channel_port_write(struct platform *p, const struct port_access *a, uint32_t value)
{
	for (unsigned i = 0; i < a->size; i++)
		platform_channel_put(p, (uint8_t)(value >> 8 * i));
}

uint32_t debug_exit_port_read(struct platform *p, const struct port_access *a)
{
	(void)p;
	(void)a;
	return 0;
}

void debug_exit_port_write(struct platform *p, const struct port_access *a, uint32_t value)
{
	(void)a;
	platform_stop(p, STOP_DEBUG_EXIT, value);
}
