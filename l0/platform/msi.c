// SPDX-License-Identifier: Apache-2.0
#include "platform/lapic.h"
#include "platform/platform.h"

/* Message address and data registers: SDM volume 3, "Message Signalled Interrupts". */
#define ADDRESS_PAGES       0xfee00000u /* a MiB of them */
#define ADDRESS_DESTINATION 12
#define ADDRESS_HINT        (1u << 3) /* to one of a logical set */
#define ADDRESS_LOGICAL     (1u << 2)
#define DATA_ASSERT         (1u << 14)
#define DATA_LEVEL          (1u << 15)

bool platform_msi(struct platform *p, uint64_t address, uint32_t data)
{
	struct lapic_message m = {
		.destination = (uint32_t)(address >> ADDRESS_DESTINATION) & 0xff,
		.logical = (address & ADDRESS_LOGICAL) != 0,
		.delivery = data >> 8 & 7,
		.vector = (uint8_t)data,
	};

	if (address >> 20 != ADDRESS_PAGES >> 20)
		return false;
	/* A level that falls is no message to a LAPIC. */
	if ((data & (DATA_LEVEL | DATA_ASSERT)) == DATA_LEVEL)
		return false;
	m.level = (data & DATA_LEVEL) && m.delivery <= LAPIC_LOWEST;
	if (m.logical && (address & ADDRESS_HINT) && m.delivery == LAPIC_FIXED)
		m.delivery = LAPIC_LOWEST;
	return lapic_send(p, &m);
}
