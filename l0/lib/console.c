// SPDX-License-Identifier: Apache-2.0
#include "lib/console.h"
#include "lib/io.h"

/* Registers from the UART's base. */
#define COM_DATA 0
#define COM_IER  1
#define IER_RX   0x01
#define IER_THRE 0x02
#define COM_FCR  2
#define COM_LCR  3
#define COM_MCR  4
#define COM_LSR  5
#define LSR_DATA 0x01
#define LSR_THRE 0x20
#define LSR_TEMT 0x40
#define COM_SCR  7

#define FIFO_BYTES 16

struct console console[CONSOLES] = {
	{.base = 0x3f8, .irq = 4, .divisor = 1},
	{.base = 0x2f8, .irq = 3, .divisor = 1},
	[CONSOLE_MONITOR] = {.base = 0x3e8, .irq = 4, .divisor = 12},
};

static void set(const struct console *c, unsigned reg, uint8_t value)
{
	outb((uint16_t)(c->base + reg), value);
}

static uint8_t get(const struct console *c, unsigned reg)
{
	return inb((uint16_t)(c->base + reg));
}

static void init_uart(struct console *c)
{
	set(c, COM_SCR, 0x5a);
	c->present = get(c, COM_SCR) == 0x5a;
	if (!c->present)
		return;
	set(c, COM_IER, 0);
	set(c, COM_LCR, 0x80);
	set(c, COM_DATA, c->divisor);
	set(c, COM_IER, 0);
	set(c, COM_LCR, 3);
	set(c, COM_FCR, 0x07);
	set(c, COM_MCR, 0x0b);
	c->ier = IER_RX;
	set(c, COM_IER, c->ier);
}

void console_init(void)
{
	for (unsigned i = 0; i < CONSOLES; i++)
		init_uart(&console[i]);
}

static void set_ier(struct console *c, uint8_t ier)
{
	if (c->ier != ier)
		set(c, COM_IER, c->ier = ier);
}

/* Fills the transmit FIFO once it is empty; the interrupt stays on while the ring has more. */
static void transmit(struct console *c)
{
	if (c->head != c->tail && (get(c, COM_LSR) & LSR_THRE))
		for (unsigned i = 0; i < FIFO_BYTES && c->head != c->tail; i++)
			set(c, COM_DATA, c->ring[c->tail++ % CONSOLE_RING]);
	set_ier(c, c->head != c->tail ? IER_RX | IER_THRE : IER_RX);
}

static void queue(struct console *c, uint8_t byte)
{
	while (c->head - c->tail == CONSOLE_RING)
		transmit(c);
	c->ring[c->head++ % CONSOLE_RING] = byte;
	if (!(c->ier & IER_THRE))
		transmit(c);
}

void console_write(struct console *c, const char *text, size_t length)
{
	if (!c->present)
		return;
	lock_take(&c->lock);
	for (size_t i = 0; i < length; i++)
		queue(c, (uint8_t)text[i]);
	lock_give(&c->lock);
}

unsigned console_interrupt(struct console *c, uint8_t received[CONSOLE_RECEIVED])
{
	unsigned n = 0;

	if (!c->present)
		return 0;
	lock_take(&c->lock);
	while (n < CONSOLE_RECEIVED && (get(c, COM_LSR) & LSR_DATA))
		received[n++] = get(c, COM_DATA);
	(void)get(c, COM_FCR); /* reading the identification register acknowledges THRE */
	transmit(c);
	lock_give(&c->lock);
	return n;
}

void console_drain(struct console *c)
{
	if (!c->present)
		return;
	lock_take(&c->lock);
	while (c->head != c->tail)
		transmit(c);
	while (!(get(c, COM_LSR) & LSR_TEMT))
		;
	lock_give(&c->lock);
}

void console_break(void)
{
	for (unsigned i = 0; i < CONSOLES; i++)
		lock_break(&console[i].lock);
}

_Noreturn void machine_off(void)
{
	for (unsigned i = 0; i < CONSOLES; i++)
		console_drain(&console[i]);
	for (const char *p = "Shutdown"; *p; p++)
		outb(0x8900, (uint8_t)*p); /* Bochs */
	outw(0x604, 0x2000);               /* QEMU, both of its PC machines */
	outw(0xb004, 0x2000);
	for (;;)
		__asm__ volatile("cli; hlt");
}
