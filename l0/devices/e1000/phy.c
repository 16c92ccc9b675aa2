// SPDX-License-Identifier: Apache-2.0
#include "devices/e1000/internal.h"

enum phy_register {
#define PHY(number, name, reset, writable) PHY_##name = number,
#include "devices/e1000/phy.def"
#undef PHY
	PHY_REGISTERS = 32
};

struct phy_row {
	uint16_t reset, writable;
};

static const struct phy_row rows[PHY_REGISTERS] = {
#define PHY(number, name, reset, writable) [PHY_##name] = {reset, writable},
#include "devices/e1000/phy.def"
#undef PHY
};

#define CONTROL_RESET      0x8000
#define CONTROL_LOOPBACK   0x4000
#define CONTROL_SPEED_LOW  0x2000
#define CONTROL_AUTO       0x1000
#define CONTROL_OFF        0x0800
#define CONTROL_RESTART    0x0200
#define CONTROL_FULL       0x0100
#define CONTROL_SPEED_HIGH 0x0040

#define STATUS_AUTO_DONE 0x0020
#define STATUS_LINK      0x0004

/* The partner can do everything but flow control. */
#define PARTNER_ABILITIES         0x41e1
#define PARTNER_GIGABIT_ABILITIES 0x3800

#define SPECIFIC_SPEED_SHIFT 14
#define SPECIFIC_FULL        0x2000
#define SPECIFIC_RESOLVED    0x0800
#define SPECIFIC_LINK        0x0400

#define MDIC_REG_SHIFT 16
#define MDIC_PHY_SHIFT 21
#define MDIC_OP_MASK   0x0c000000u
#define MDIC_OP_WRITE  0x04000000u
#define MDIC_OP_READ   0x08000000u
#define MDIC_READY     0x10000000u
#define MDIC_INTERRUPT 0x20000000u
#define MDIC_ERROR     0x40000000u

#define PHY_ADDRESS 1

/* The abilities of ADVERTISED from the best one down (IEEE 802.3, annex 28B.3). */
static const struct {
	uint16_t bit;
	struct e1000_mode mode;
} abilities[] = {
	{0x0100, {true, true, 1}},
	{0x0080, {true, false, 1}},
	{0x0040, {true, true, 0}},
	{0x0020, {true, false, 0}},
};

#define GIGABIT_FULL 0x0200

static struct e1000_mode negotiate(const struct e1000 *e)
{
	if (e->phy[PHY_GIGABIT] & GIGABIT_FULL)
		return (struct e1000_mode){true, true, 2};
	for (unsigned i = 0; i < sizeof(abilities) / sizeof(abilities[0]); i++) {
		if (e->phy[PHY_ADVERTISED] & abilities[i].bit)
			return abilities[i].mode;
	}
	return (struct e1000_mode){0};
}

/* What comes out of the PHY's registers when it looks for the link anew. */
static struct e1000_mode find_mode(const struct e1000 *e)
{
	uint16_t control = e->phy[PHY_CONTROL];

	if (control & CONTROL_OFF)
		return (struct e1000_mode){0};
	if (control & CONTROL_AUTO)
		return negotiate(e);
	return (struct e1000_mode){
		.up = true,
		.full = (control & CONTROL_FULL) != 0,
		.speed = control & CONTROL_SPEED_HIGH  ? 2
			 : control & CONTROL_SPEED_LOW ? 1
						       : 0,
	};
}

static uint16_t specific_status(const struct e1000_mode *mode)
{
	uint16_t status = SPECIFIC_RESOLVED;

	if (!mode->up)
		return 0;
	if (mode->full)
		status |= SPECIFIC_FULL;
	return (uint16_t)(status | SPECIFIC_LINK | mode->speed << SPECIFIC_SPEED_SHIFT);
}

static uint16_t phy_read(struct e1000 *e, unsigned reg)
{
	bool done = e->mode.up && e->phy[PHY_CONTROL] & CONTROL_AUTO;

	switch (reg) {
	case PHY_STATUS:
		return (uint16_t)(e->phy[reg] | (e->mode.up ? STATUS_LINK : 0) |
				  (done ? STATUS_AUTO_DONE : 0));
	case PHY_PARTNER:
		return done ? PARTNER_ABILITIES : 0;
	case PHY_GIGABIT_STATUS:
		return done ? PARTNER_GIGABIT_ABILITIES : 0;
	case PHY_SPECIFIC_STATUS:
		return specific_status(&e->mode);
	default:
		return e->phy[reg];
	}
}

/* Negotiation takes no time: what it gives is there with the next look. */
static void renegotiate(struct e1000 *e, bool anew)
{
	e->mode = find_mode(e);
	e1000_link_update(e, anew);
}

void e1000_phy_reset(struct e1000 *e)
{
	for (unsigned i = 0; i < PHY_REGISTERS; i++)
		e->phy[i] = rows[i].reset;
	renegotiate(e, true);
}

static void phy_write(struct e1000 *e, unsigned reg, uint16_t value)
{
	uint16_t writable = rows[reg].writable;

	e->phy[reg] = (uint16_t)((e->phy[reg] & ~writable) | (value & writable));
	if (reg == PHY_CONTROL && value & CONTROL_RESET)
		e1000_phy_reset(e);
	else if (reg == PHY_CONTROL)
		renegotiate(e, (value & CONTROL_RESTART) != 0);
}

void e1000_mdic_written(struct e1000 *e, uint32_t value)
{
	unsigned reg = value >> MDIC_REG_SHIFT & 31, phy = value >> MDIC_PHY_SHIFT & 31;
	uint32_t answer = (value & ~(MDIC_READY | MDIC_ERROR)) | MDIC_READY;

	if (phy != PHY_ADDRESS)
		answer |= MDIC_ERROR;
	else if ((value & MDIC_OP_MASK) == MDIC_OP_READ)
		answer = (answer & ~0xffffu) | phy_read(e, reg);
	else if ((value & MDIC_OP_MASK) == MDIC_OP_WRITE)
		phy_write(e, reg, (uint16_t)value);
	e->reg[REG_MDIC] = answer;
	if (value & MDIC_INTERRUPT)
		e1000_cause(e, INT_MDAC);
}

bool e1000_loopback(const struct e1000 *e)
{
	return e->reg[REG_RCTL] & RCTL_LBM || e->phy[PHY_CONTROL] & CONTROL_LOOPBACK;
}

void e1000_link_update(struct e1000 *e, bool anew)
{
	bool up = e->reg[REG_CTRL] & CTRL_SLU && e->mode.up;

	if (up != e->link || (up && anew))
		e1000_cause(e, INT_LSC);
	e->link = up;
}

uint32_t e1000_status_read(struct e1000 *e, enum e1000_register r)
{
	uint32_t status = e->reg[r];

	if (e->mode.full)
		status |= STATUS_FD;
	status |= (uint32_t)e->mode.speed << STATUS_SPEED_SHIFT;
	status |= (uint32_t)e->mode.speed << STATUS_ASDV_SHIFT;
	return e->link ? status | STATUS_LU : status;
}
