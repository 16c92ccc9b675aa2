// SPDX-License-Identifier: Apache-2.0
#include <stddef.h>

#include "platform/lapic_internal.h"
#include "platform/platform.h"
#include "platform/platform_host.h"

/* Messages between LAPICs and from the IOAPIC: SDM volume 3, "Issuing Interprocessor Interrupts".
 */

#define ICR_DELIVERY(v) ((uint8_t)((v) >> 8 & 7))
#define ICR_LOGICAL     (1u << 11)
#define ICR_ASSERT      (1u << 14)
#define ICR_LEVEL       (1u << 15)

enum shorthand {
	SHORTHAND_NONE,
	SHORTHAND_SELF,
	SHORTHAND_ALL,
	SHORTHAND_OTHERS,
};

uint32_t lapic_logical_id(const struct lapic *l)
{
	if (!lapic_x2apic(l))
		return l->ldr;
	/* SDM "Deriving Logical x2APIC ID from the Local x2APIC ID". */
	return l->id >> 4 << 16 | 1u << (l->id & 15);
}

static bool match_physical(const struct lapic *l, uint32_t destination)
{
	return destination == (lapic_x2apic(l) ? l->id : l->xapic_id >> 24);
}

static bool match_logical(const struct lapic *l, uint32_t destination)
{
	uint32_t logical = lapic_logical_id(l);

	if (lapic_x2apic(l))
		return destination >> 16 == logical >> 16 && (destination & logical & 0xffff);
	if (destination > 0xff)
		return false;
	logical >>= 24;
	/* DFR: all ones is the flat model, zero the cluster model. */
	if (l->dfr >> 28 == 15)
		return (destination & logical) != 0;
	return destination >> 4 == logical >> 4 && (destination & logical & 15);
}

static bool match(const struct lapic *l, const struct lapic_message *m)
{
	if (!l || !(l->base & LAPIC_BASE_ENABLE))
		return false;
	if (m->destination == (m->x2apic ? 0xffffffff : 0xff))
		return true;
	return m->logical ? match_logical(l, m->destination) : match_physical(l, m->destination);
}

static bool deliver(struct lapic *l, const struct lapic_message *m)
{
	switch (m->delivery) {
	case LAPIC_FIXED:
	case LAPIC_LOWEST:
		if (!lapic_enabled(l))
			return false;
		lapic_accept(l, m->vector, m->level);
		return true;
	case LAPIC_NMI:
		l->nmi_pending = true;
		break;
	case LAPIC_INIT:
		l->init_pending = true;
		break;
	case LAPIC_STARTUP:
		l->sipi_pending = true;
		l->sipi_vector = m->vector;
		break;
	default: /* there is no SMM, and ExtINT comes by LINT0 */
		return false;
	}
	platform_kick(l->platform, l->id);
	return true;
}

/* Lowest priority goes to the least busy; the lowest number breaks ties, for determinism. */
static bool send_lowest(struct platform *p, const struct lapic_message *m)
{
	struct lapic *best = NULL;

	for (unsigned i = 0; i < p->config.vcpus; i++) {
		struct lapic *l = p->lapic[i];

		if (match(l, m) && lapic_enabled(l) && (!best || l->ppr >> 4 < best->ppr >> 4))
			best = l;
	}
	return best && deliver(best, m);
}

bool lapic_send(struct platform *p, const struct lapic_message *m)
{
	bool taken = false;

	if (m->delivery == LAPIC_LOWEST)
		return send_lowest(p, m);
	for (unsigned i = 0; i < p->config.vcpus; i++)
		if (match(p->lapic[i], m))
			taken |= deliver(p->lapic[i], m);
	return taken;
}

static bool send_shorthand(struct lapic *l, const struct lapic_message *m, enum shorthand to)
{
	struct platform *p = l->platform;
	bool taken = false;

	if (to == SHORTHAND_SELF)
		return deliver(l, m);
	for (unsigned i = 0; i < p->config.vcpus; i++) {
		struct lapic *other = p->lapic[i];

		if (!other || !(other->base & LAPIC_BASE_ENABLE))
			continue;
		if (other != l || to == SHORTHAND_ALL)
			taken |= deliver(other, m);
	}
	return taken;
}

void lapic_command(struct lapic *l)
{
	uint32_t low = (uint32_t)l->icr, high = (uint32_t)(l->icr >> 32);
	enum shorthand to = low >> 18 & 3;
	struct lapic_message m = {
		.destination = lapic_x2apic(l) ? high : high >> 24,
		.logical = (low & ICR_LOGICAL) != 0,
		.x2apic = lapic_x2apic(l),
		.delivery = ICR_DELIVERY(low),
		.vector = (uint8_t)low,
	};

	/* INIT level de-assert only synchronises arbitration identifiers, which no longer exist. */
	if (m.delivery == LAPIC_INIT && (low & (ICR_LEVEL | ICR_ASSERT)) == ICR_LEVEL)
		return;
	if (m.delivery <= LAPIC_LOWEST && m.vector < 16) {
		lapic_error(l, ESR_SEND_VECTOR);
		return;
	}
	if (to == SHORTHAND_NONE)
		lapic_send(l->platform, &m);
	else
		send_shorthand(l, &m, to);
}
