// SPDX-License-Identifier: Apache-2.0
#include <stddef.h>

#include "platform/lapic_internal.h"
#include "platform/platform.h"
#include "platform/platform_host.h"

/*
 * The register file, one row for each register: SDM volume 3, tables "Local APIC Register Address
 * Map" and "Local APIC Register Address Map Supported by x2APIC". Register n is at offset 16 n of
 * the page and MSR 800H + n.
 */
#define REGISTERS 0x40

#define REG_VERSION  0x03
#define REG_ISR      0x10
#define REG_TMR      0x18
#define REG_IRR      0x20
#define REG_ICR_LOW  0x30
#define REG_ICR_HIGH 0x31
#define REG_LVT      0x32
#define REG_SELF_IPI 0x3f

/* Integrated LAPIC with six LVT entries and without EOI-broadcast suppression. */
#define VERSION (0x14u | (LAPIC_LVTS - 1u) << 16)

/* Bits of ICR that may be set: delivery status (12) is read-only, 13, 16, 17 and 20 up reserved. */
#define ICR_WRITABLE 0xccfffu
#define ICR_ALLOWED  0xcdfffu

enum access {
	R1 = 1, /* read and written in xAPIC mode */
	W1 = 2,
	R2 = 4, /* and in x2APIC mode */
	W2 = 8,
	RO = R1 | R2,
	RW = R1 | W1 | R2 | W2,
};

struct reg_row {
	uint8_t access;
	uint32_t writable; /* bits that a write changes */
	uint32_t allowed;  /* bits that WRMSR may set, all others are #GP */
	uint32_t (*read)(const struct lapic *l, unsigned reg, uint64_t now);
	void (*write)(struct lapic *l, unsigned reg, uint32_t value, uint64_t now);
};

#define MAYBE_UNUSED __attribute__((unused))
#define READER(name)                                                                               \
	static uint32_t read_##name(const struct lapic *l MAYBE_UNUSED, unsigned reg MAYBE_UNUSED, \
				    uint64_t now MAYBE_UNUSED)
#define WRITER(name)                                                                               \
	static void write_##name(struct lapic *l, unsigned reg MAYBE_UNUSED,                       \
				 uint32_t value MAYBE_UNUSED, uint64_t now MAYBE_UNUSED)

/* A register that is a plain word of the structure. */
#define READ_FIELD(field)                                                                          \
	READER(field)                                                                              \
	{                                                                                          \
		return l->field;                                                                   \
	}
READ_FIELD(tpr)
READ_FIELD(ppr)
READ_FIELD(dfr)
READ_FIELD(svr)
READ_FIELD(esr)
READ_FIELD(timer_initial)
READ_FIELD(timer_divide)

READER(id)
{
	return lapic_x2apic(l) ? l->id : l->xapic_id;
}

READER(zero)
{
	return 0;
}

READER(version)
{
	return VERSION;
}

READER(ldr)
{
	return lapic_logical_id(l);
}

READER(vectors)
{
	if (reg < REG_TMR)
		return l->isr.word[reg - REG_ISR];
	return reg < REG_IRR ? l->tmr[reg - REG_TMR] : l->irr.word[reg - REG_IRR];
}

READER(icr)
{
	return (uint32_t)(l->icr >> (reg == REG_ICR_HIGH ? 32 : 0));
}

READER(lvt)
{
	return l->lvt[reg - REG_LVT];
}

READER(current)
{
	return lapic_timer_current(l, now);
}

WRITER(id)
{
	l->xapic_id = value;
	lapic_publish(l);
}

WRITER(tpr)
{
	l->tpr = value;
	lapic_update(l);
}

WRITER(eoi)
{
	lapic_eoi(l);
}

WRITER(ldr)
{
	l->ldr = value;
	lapic_publish(l);
}

WRITER(dfr)
{
	l->dfr = value | 0x0fffffff;
	lapic_publish(l);
}

WRITER(svr)
{
	l->svr = value;
	/* SDM "State After It Has Been Software Disabled": every LVT entry becomes masked. */
	for (unsigned i = 0; i < LAPIC_LVTS && !(value & SVR_ENABLE); i++)
		l->lvt[i] |= LVT_MASKED;
	lapic_publish(l);
	if (!(value & SVR_ENABLE))
		lapic_timer_lvt(l, l->lvt[LAPIC_LVT_TIMER], now);
}

WRITER(esr)
{
	l->esr = l->errors;
	l->errors = 0;
}

WRITER(icr)
{
	if (reg == REG_ICR_HIGH) {
		l->icr = (l->icr & 0xffffffff) | (uint64_t)value << 32;
		return;
	}
	l->icr = (l->icr & ~0xffffffffull) | value;
	lapic_command(l);
}

WRITER(lvt)
{
	if (!(l->svr & SVR_ENABLE))
		value |= LVT_MASKED;
	if (reg == REG_LVT + LAPIC_LVT_TIMER)
		lapic_timer_lvt(l, value, now);
	else
		l->lvt[reg - REG_LVT] = value;
	/* Unmasking LINT0 while the 8259 asks lets its interrupt through. */
	if (reg == REG_LVT + LAPIC_LVT_LINT0)
		lapic_publish(l);
}

WRITER(initial)
{
	lapic_run(l, now);
	lapic_timer_start(l, value, now);
}

WRITER(divide)
{
	lapic_timer_divide(l, value, now);
}

WRITER(self_ipi)
{
	if (value < 16)
		lapic_error(l, ESR_SEND_VECTOR);
	else if (lapic_enabled(l))
		lapic_accept(l, (uint8_t)value, false);
}

static const struct reg_row rows[REGISTERS] = {
	/* clang-format off */
	/*                access        writable     allowed      read            write */
	[0x02]        = { RO | W1,      0xff000000u, 0,           read_id,            write_id },
	[REG_VERSION] = { RO,           0,           0,           read_version,       NULL },
	[0x08]        = { RW,           0xff,        0xff,        read_tpr,           write_tpr },
	[0x09]        = { R1,           0,           0,           read_zero,          NULL }, /* APR */
	[0x0a]        = { RO,           0,           0,           read_ppr,           NULL },
	[0x0b]        = { R1 | W1 | W2, ~0u,         0,           read_zero,          write_eoi },
	[0x0c]        = { R1,           0,           0,           read_zero,          NULL }, /* RRD */
	[0x0d]        = { RO | W1,      0xff000000u, 0,           read_ldr,           write_ldr },
	[0x0e]        = { R1 | W1,      ~0u,         0,           read_dfr,           write_dfr },
	[0x0f]        = { RW,           0x3ff,       0x3ff,       read_svr,           write_svr },
	[0x10 ... 0x27] = { RO,         0,           0,           read_vectors,       NULL },
	[0x28]        = { RW,           ~0u,         0,           read_esr,           write_esr },
	[REG_ICR_LOW] = { RW,           ICR_WRITABLE, ICR_ALLOWED, read_icr,          write_icr },
	[REG_ICR_HIGH] = { R1 | W1,     0xff000000u, 0,           read_icr,           write_icr },
	[0x32]        = { RW,           0x700ff,     0x710ff,     read_lvt,           write_lvt }, /* timer */
	[0x33 ... 0x34] = { RW,         0x107ff,     0x117ff,     read_lvt,           write_lvt },
	[0x35 ... 0x36] = { RW,         0x1a7ff,     0x1f7ff,     read_lvt,           write_lvt }, /* LINT */
	[0x37]        = { RW,           0x100ff,     0x110ff,     read_lvt,           write_lvt }, /* error */
	[0x38]        = { RW,           ~0u,         ~0u,         read_timer_initial, write_initial },
	[0x39]        = { RO,           0,           0,           read_current,       NULL },
	[0x3e]        = { RW,           0xb,         0xb,         read_timer_divide,  write_divide },
	[REG_SELF_IPI] = { W2,          0xff,        0xff,        NULL,               write_self_ipi },
	/* clang-format on */
};

uint64_t lapic_mmio_read(struct lapic *l, unsigned offset, unsigned size, uint64_t now)
{
	unsigned reg = offset >> 4;
	uint32_t value;

	if (reg >= REGISTERS || !(rows[reg].access & R1)) {
		lapic_error(l, ESR_ILLEGAL_REGISTER);
		return 0;
	}
	/* Twelve of each sixteen bytes are undefined; they read as zero. */
	if ((offset & 15) > 3)
		return 0;
	value = rows[reg].read(l, reg, now) >> 8 * (offset & 3);
	return size >= 4 ? value : value & ((1u << 8 * size) - 1);
}

void lapic_mmio_write(struct lapic *l, unsigned offset, unsigned size, uint64_t value, uint64_t now)
{
	unsigned reg = offset >> 4;

	if (reg >= REGISTERS || !(rows[reg].access & (R1 | W1))) {
		lapic_error(l, ESR_ILLEGAL_REGISTER);
		return;
	}
	/* Only aligned 32-bit accesses are defined. */
	if ((rows[reg].access & W1) && (offset & 15) == 0 && size >= 4)
		rows[reg].write(l, reg, (uint32_t)value & rows[reg].writable, now);
}

static int x2apic_read(struct lapic *l, unsigned reg, uint64_t *value, uint64_t now)
{
	if (!lapic_x2apic(l) || reg >= REGISTERS || !(rows[reg].access & R2))
		return -1;
	*value = reg == REG_ICR_LOW ? l->icr : rows[reg].read(l, reg, now);
	return 0;
}

static int x2apic_write(struct lapic *l, unsigned reg, uint64_t value, uint64_t now)
{
	uint64_t allowed;

	if (!lapic_x2apic(l) || reg >= REGISTERS || !(rows[reg].access & W2))
		return -1;
	allowed = rows[reg].allowed;
	if (reg == REG_ICR_LOW)
		allowed |= ~0ull << 32; /* the destination: one register of 64 bits */
	if (value & ~allowed)
		return -1;
	if (reg == REG_ICR_LOW)
		l->icr = value;
	rows[reg].write(l, reg, (uint32_t)value & rows[reg].writable, now);
	return 0;
}

/* Modes and the ways between them: SDM "x2APIC State Transitions". */
static bool transition_allowed(uint64_t from, uint64_t to)
{
	const uint64_t mask = LAPIC_BASE_ENABLE | LAPIC_BASE_X2APIC;

	from &= mask;
	to &= mask;
	if (to == LAPIC_BASE_X2APIC)
		return false;
	if (from == mask)
		return to != LAPIC_BASE_ENABLE; /* back to xAPIC only by way of disabled */
	return from != 0 || to != mask;
}

static __attribute__((cold, noinline)) int base_write(struct lapic *l, uint64_t value)
{
	uint64_t allowed = ((1ull << l->physical_width) - 1) & ~0xfffull;

	allowed |= LAPIC_BASE_BSP | LAPIC_BASE_ENABLE;
	if (l->x2apic_allowed)
		allowed |= LAPIC_BASE_X2APIC;
	if ((value & ~allowed) || !transition_allowed(l->base, value))
		return -1;
	if (!((value ^ l->base) & ~(uint64_t)LAPIC_BASE_BSP))
		return 0;
	/* What was sent before the change is for the LAPIC as it was. */
	lapic_drain(l);
	/* Turning it off resets it; going to x2APIC mode keeps all but the destination of ICR. */
	if (!(value & LAPIC_BASE_ENABLE))
		lapic_reset(l);
	else if ((value ^ l->base) & LAPIC_BASE_X2APIC)
		l->icr &= 0xffffffff;
	/* Which processor booted does not change by writing it. */
	l->base = (value & ~(uint64_t)LAPIC_BASE_BSP) | (l->base & LAPIC_BASE_BSP);
	lapic_publish(l);
	lapic_update(l);
	return 0;
}

int lapic_msr_read(struct lapic *l, uint32_t msr, uint64_t *value, uint64_t now)
{
	if (msr == MSR_APIC_BASE) {
		*value = l->base;
	} else if (msr == MSR_TSC_DEADLINE) {
		lapic_run(l, now);
		*value = l->tsc_deadline;
	} else if (msr >= MSR_X2APIC_FIRST && msr <= MSR_X2APIC_LAST) {
		return x2apic_read(l, msr - MSR_X2APIC_FIRST, value, now);
	} else {
		return -1;
	}
	return 0;
}

int lapic_msr_write(struct lapic *l, uint32_t msr, uint64_t value, uint64_t now)
{
	if (msr == MSR_APIC_BASE)
		return base_write(l, value);
	if (msr >= MSR_X2APIC_FIRST && msr <= MSR_X2APIC_LAST)
		return x2apic_write(l, msr - MSR_X2APIC_FIRST, value, now);
	if (msr != MSR_TSC_DEADLINE)
		return -1;
	lapic_timer_deadline(l, value, now);
	return 0;
}
