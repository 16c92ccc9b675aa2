// SPDX-License-Identifier: Apache-2.0
#include "platform/msi.h"

#include "platform/lapic.h"
#include "platform/platform.h"
#include "platform/platform_host.h"

/* Message address and data registers: SDM volume 3, "Message Signalled Interrupts". */
#define ADDRESS_PAGES       0xfee00000u /* a MiB of them */
#define ADDRESS_DESTINATION 12
#define ADDRESS_HINT        (1u << 3) /* to one of a logical set */
#define ADDRESS_LOGICAL     (1u << 2)
#define DATA_ASSERT         (1u << 14)
#define DATA_LEVEL          (1u << 15)

bool msi_decode(uint64_t address, uint32_t data, struct lapic_message *m)
{
	if (address >> 20 != ADDRESS_PAGES >> 20)
		return false;
	if ((data & (DATA_LEVEL | DATA_ASSERT)) == DATA_LEVEL)
		return false;
	*m = (struct lapic_message){
		.destination = (uint32_t)(address >> ADDRESS_DESTINATION) & 0xff,
		.logical = (address & ADDRESS_LOGICAL) != 0,
		.delivery = data >> 8 & 7,
		.vector = (uint8_t)data,
	};
	m->level = (data & DATA_LEVEL) && m->delivery <= LAPIC_LOWEST;
	if (m->logical && (address & ADDRESS_HINT) && m->delivery == LAPIC_FIXED)
		m->delivery = LAPIC_LOWEST;
	return true;
}

bool platform_msi(struct platform *p, uint64_t address, uint32_t data)
{
	struct lapic_message m;

	return msi_decode(address, data, &m) && lapic_send(p, &m);
}

bool platform_message(struct platform *p, uint16_t source, uint64_t address, uint32_t data)
{
	struct lapic_message m;

	return platform_remap(p, source, address, data, &m) && lapic_send(p, &m);
}
