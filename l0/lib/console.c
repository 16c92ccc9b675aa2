// SPDX-License-Identifier: Apache-2.0
#include <stdbool.h>

#include "lib/io.h"
#include "lib/console.h"

#define COM1       0x3f8
#define COM_DATA   (COM1 + 0)
#define COM_IER    (COM1 + 1)
#define IER_RX     0x01
#define IER_THRE   0x02
#define COM_FCR    (COM1 + 2)
#define COM_LCR    (COM1 + 3)
#define COM_MCR    (COM1 + 4)
#define COM_LSR    (COM1 + 5)
#define LSR_DATA   0x01
#define LSR_THRE   0x20
#define LSR_TEMT   0x40
#define COM_SCR    (COM1 + 7)
#define FIFO_BYTES 16
#define RING_BYTES 65536

/* One per machine: the line is one, and only the boot processor drives it. */
static struct {
	uint8_t ring[RING_BYTES];
	uint32_t head, tail;
	uint8_t ier;
	bool present;
} console;

void console_init(void)
{
	outb(COM_SCR, 0x5a);
	console.present = inb(COM_SCR) == 0x5a;
	if (!console.present)
		return;
	outb(COM_IER, 0);
	outb(COM_LCR, 0x80);
	outb(COM_DATA, 1);
	outb(COM_IER, 0);
	outb(COM_LCR, 3);
	outb(COM_FCR, 0x07);
	outb(COM_MCR, 0x0b);
	console.ier = IER_RX;
	outb(COM_IER, console.ier);
}

static void set_ier(uint8_t ier)
{
	if (console.ier != ier)
		outb(COM_IER, console.ier = ier);
}

/* Fills the transmit FIFO once it is empty; the interrupt stays on while the ring has more. */
static void transmit(void)
{
	if (console.head != console.tail && (inb(COM_LSR) & LSR_THRE))
		for (unsigned i = 0; i < FIFO_BYTES && console.head != console.tail; i++)
			outb(COM_DATA, console.ring[console.tail++ % RING_BYTES]);
	set_ier(console.head != console.tail ? IER_RX | IER_THRE : IER_RX);
}

void console_put(uint8_t c)
{
	if (!console.present)
		return;
	while (console.head - console.tail == RING_BYTES)
		transmit();
	console.ring[console.head++ % RING_BYTES] = c;
	if (!(console.ier & IER_THRE))
		transmit();
}

void console_interrupt(void (*receive)(void *context, uint8_t c), void *context)
{
	if (!console.present)
		return;
	for (unsigned i = 0; i < FIFO_BYTES && (inb(COM_LSR) & LSR_DATA); i++)
		receive(context, inb(COM_DATA));
	(void)inb(COM_FCR); /* reading the identification register acknowledges THRE */
	transmit();
}

void console_drain(void)
{
	if (!console.present)
		return;
	while (console.head != console.tail)
		transmit();
	while (!(inb(COM_LSR) & LSR_TEMT))
		;
}

_Noreturn void machine_off(void)
{
	console_drain();
	for (const char *p = "Shutdown"; *p; p++)
		outb(0x8900, (uint8_t)*p); /* Bochs */
	outw(0x604, 0x2000);               /* QEMU, both of its PC machines */
	outw(0xb004, 0x2000);
	for (;;)
		__asm__ volatile("cli; hlt");
}
