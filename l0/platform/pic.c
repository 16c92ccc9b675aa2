// SPDX-License-Identifier: Apache-2.0
#include "platform/pic.h"

#include "lib/string.h"
#include "platform/lapic_internal.h"
#include "platform/platform.h"
#include "platform/ports.h"

/* Intel 8259A data sheet; the master's input 2 is the slave. */
#define CASCADE 2

#define ICW1_INIT   0x10
#define ICW1_SINGLE 0x02
#define ICW1_ICW4   0x01
#define ICW4_AUTO   0x02
#define ICW4_NESTED 0x10
#define OCW3        0x08
#define OCW3_POLL   0x04
#define OCW2_ROTATE 0x80
#define OCW2_SELECT 0x40
#define OCW2_EOI    0x20

/* Inputs 0 to 2 of the master and 0 and 5 of the slave are edge-triggered on every PC. */
static const uint8_t elcr_mask[2] = {0xf8, 0xde};

void pic_init(struct pic *pic)
{
	memset(pic, 0, sizeof(*pic));
	for (unsigned i = 0; i < 2; i++)
		pic->chip[i].lowest = 7;
}

/* First input of `set` in order of priority, 8 if the set is empty. */
static unsigned first(const struct pic_chip *c, uint8_t set)
{
	unsigned start = (c->lowest + 1u) & 7;
	unsigned turned = ((unsigned)set >> start | (unsigned)set << (8 - start)) & 0xff;

	if (turned == 0)
		return 8;
	return ((unsigned)__builtin_ctz(turned) + start) & 7;
}

static unsigned rank(const struct pic_chip *c, unsigned input)
{
	return input == 8 ? 8 : (input - c->lowest - 1u) & 7;
}

/* The input that this chip would have served now, 8 for none. */
static unsigned request(const struct pic_chip *c, bool master)
{
	unsigned wanted = first(c, (uint8_t)(c->irr & ~c->imr));
	uint8_t served = c->isr;

	if (wanted == 8 || c->step != 0)
		return 8;
	if (c->special_mask)
		served &= (uint8_t)~c->imr;
	/* A slave may ask again while the master still serves it. */
	if (c->nested_fully && master)
		served &= (uint8_t) ~(1u << CASCADE);
	return rank(c, wanted) < rank(c, first(c, served)) ? wanted : 8;
}

static void chip_line(struct pic_chip *c, unsigned input, bool level)
{
	uint8_t bit = (uint8_t)(1u << input);

	if (level && ((c->level & bit) || !(c->lines & bit)))
		c->irr |= bit;
	if (!level && (c->level & bit))
		c->irr &= (uint8_t)~bit;
	c->lines = level ? (c->lines | bit) : (uint8_t)(c->lines & ~bit);
}

/* Carries the slave's output to the master and the master's to INTR. */
static void update(struct platform *p)
{
	struct pic *pic = &p->pic;
	bool slave = request(&pic->chip[1], false) != 8;

	/* The cascade input follows its line: a request that goes away is taken back. */
	chip_line(&pic->chip[0], CASCADE, false);
	if (slave)
		chip_line(&pic->chip[0], CASCADE, true);
	else
		pic->chip[0].irr &= (uint8_t) ~(1u << CASCADE);

	bool output = request(&pic->chip[0], true) != 8;
	if (output == pic->output)
		return;
	/* LAPICs look at it without the lock: see lapic_publish(). */
	__atomic_store_n(&pic->output, output, __ATOMIC_SEQ_CST);
	if (output)
		lapic_send_lint0(p);
}

void pic_line(struct platform *p, unsigned irq, bool level)
{
	if (irq >= 16 || irq == CASCADE)
		return;
	chip_line(&p->pic.chip[irq / 8], irq % 8, level);
	update(p);
}

static void chip_serve(struct pic_chip *c, unsigned input)
{
	uint8_t bit = (uint8_t)(1u << input);

	if (!(c->level & bit))
		c->irr &= (uint8_t)~bit;
	if (!c->auto_eoi)
		c->isr |= bit;
	else if (c->rotate_auto)
		c->lowest = (uint8_t)input;
}

uint8_t pic_ack(struct platform *p)
{
	struct pic_chip *master = &p->pic.chip[0], *slave = &p->pic.chip[1];
	unsigned input = request(master, true);
	unsigned vector;

	if (input == 8) {
		vector = master->base + 7u; /* spurious: ISR stays as it is */
	} else {
		vector = master->base + input;
		unsigned second = input == CASCADE ? request(slave, false) : 8;
		if (second != 8)
			chip_serve(slave, second);
		chip_serve(master, input);
		if (input == CASCADE)
			vector = slave->base + (second == 8 ? 7u : second);
	}
	update(p);
	return (uint8_t)vector;
}

static void chip_icw1(struct pic_chip *c, uint8_t value)
{
	uint8_t lines = c->lines, level = c->level, base = c->base;

	/* Edge detection starts anew: a line that is high must fall first (level inputs excepted).
	 */
	*c = (struct pic_chip){.lines = lines, .level = level, .base = base, .lowest = 7};
	c->irr = lines & level;
	c->step = 2;
	c->needs_icw4 = (value & ICW1_ICW4) != 0;
	c->single = (value & ICW1_SINGLE) != 0;
}

static void chip_icw(struct pic_chip *c, uint8_t value)
{
	switch (c->step) {
	case 2:
		c->base = value & 0xf8;
		c->step = c->single ? (c->needs_icw4 ? 4 : 0) : 3;
		break;
	case 3: /* the wiring of the cascade is fixed */
		c->step = c->needs_icw4 ? 4 : 0;
		break;
	default:
		c->auto_eoi = (value & ICW4_AUTO) != 0;
		c->nested_fully = (value & ICW4_NESTED) != 0;
		c->step = 0;
	}
}

static void chip_ocw2(struct pic_chip *c, uint8_t value)
{
	unsigned input = value & 7;

	if (!(value & OCW2_EOI)) {
		if ((value & (OCW2_ROTATE | OCW2_SELECT)) == (OCW2_ROTATE | OCW2_SELECT))
			c->lowest = (uint8_t)input; /* set priority */
		else if (!(value & OCW2_SELECT))
			c->rotate_auto = (value & OCW2_ROTATE) != 0;
		return;
	}
	if (!(value & OCW2_SELECT)) {
		uint8_t set = c->special_mask ? c->isr & (uint8_t)~c->imr : c->isr;
		input = first(c, set);
	}
	if (input == 8)
		return;
	c->isr &= (uint8_t) ~(1u << input);
	if (value & OCW2_ROTATE)
		c->lowest = (uint8_t)input;
}

static void chip_ocw3(struct pic_chip *c, uint8_t value)
{
	if (value & OCW3_POLL)
		c->poll = true;
	if (value & 0x02)
		c->read_isr = (value & 0x01) != 0;
	if (value & 0x40)
		c->special_mask = (value & 0x20) != 0;
}

void pic_port_write(struct platform *p, const struct port_access *a, uint32_t value)
{
	struct pic_chip *c = &p->pic.chip[a->port >= 0xa0];
	uint8_t v = (uint8_t)value;

	if (a->port & 1) {
		if (c->step != 0)
			chip_icw(c, v);
		else
			c->imr = v;
	} else if (v & ICW1_INIT) {
		chip_icw1(c, v);
	} else if (v & OCW3) {
		chip_ocw3(c, v);
	} else {
		chip_ocw2(c, v);
	}
	update(p);
}

/* Poll mode: the next read is an acknowledge cycle that shows the input. */
static uint8_t chip_poll(struct platform *p, struct pic_chip *c)
{
	unsigned input = request(c, c == &p->pic.chip[0]);

	c->poll = false;
	if (input == 8)
		return 0;
	chip_serve(c, input);
	update(p);
	return (uint8_t)(0x80 | input);
}

uint32_t pic_port_read(struct platform *p, const struct port_access *a)
{
	struct pic_chip *c = &p->pic.chip[a->port >= 0xa0];

	if (c->poll)
		return chip_poll(p, c);
	if (a->port & 1)
		return c->imr;
	return c->read_isr ? c->isr : c->irr;
}

void elcr_port_write(struct platform *p, const struct port_access *a, uint32_t value)
{
	struct pic_chip *c = &p->pic.chip[a->port & 1];

	c->level = (uint8_t)value & elcr_mask[a->port & 1];
	c->irr = (uint8_t)((c->irr & ~c->level) | (c->lines & c->level));
	update(p);
}

uint32_t elcr_port_read(struct platform *p, const struct port_access *a)
{
	return p->pic.chip[a->port & 1].level;
}
