// SPDX-License-Identifier: Apache-2.0
#include "machine.h"

#include <stdbool.h>

#include "cpu.h"
#include "measure.h"

#define PORT_CHANNEL    0xe9
#define PORT_DEBUG_EXIT 0xf4
#define PORT_COM1       0x3f8
#define COM1_LSR        (PORT_COM1 + 5)
#define LSR_EMPTY       0x20
#define LSR_IDLE        0x40
#define COM1_LCR        (PORT_COM1 + 3)
#define LCR_8N1         0x03
#define LCR_DLAB        0x80

static enum end end_wanted = END_DEBUG_EXIT;

void channel_send(struct line *line)
{
	for (size_t i = 0; i < line->used; i++)
		outb(PORT_CHANNEL, (uint8_t)line->text[i]);
	outb(PORT_CHANNEL, '\n');
}

static void serial_put(char c)
{
	// Bounded: a machine without a COM1 must not hang us.
	for (int i = 0; i < 1000000 && !(inb(COM1_LSR) & LSR_EMPTY); i++)
		;
	outb(PORT_COM1, (uint8_t)c);
}

// What is still in the UART when the machine goes off is lost.
static void serial_drain(void)
{
	for (int i = 0; i < 1000000 && !(inb(COM1_LSR) & LSR_IDLE); i++)
		;
}

// 115,200 baud. After reset characters have five bits.
static void serial_init(void)
{
	outb(COM1_LCR, LCR_DLAB);
	outb(PORT_COM1, 1);
	outb(PORT_COM1 + 1, 0);
	outb(COM1_LCR, LCR_8N1);
}

void serial_say(struct line *line)
{
	static bool ready;

	if (!ready)
		serial_init();
	ready = true;
	for (size_t i = 0; i < line->used; i++)
		serial_put(line->text[i]);
	serial_put('\r');
	serial_put('\n');
}

void machine_end_by(enum end end)
{
	end_wanted = end;
}

_Noreturn void machine_end(uint8_t status)
{
	serial_drain();
	if (end_wanted == END_DEBUG_EXIT)
		outb(PORT_DEBUG_EXIT, status);
	if (end_wanted == END_POWEROFF)
		acpi_power_off();
	for (;;)
		asm volatile("cli; hlt");
}

_Noreturn void die_of_exception(uint8_t vector, uint64_t code, uint64_t rip)
{
	static struct line why, line;

	line_text(&why, "exception ");
	line_number(&why, vector);
	line_text(&why, " code ");
	line_hex(&why, code);
	line_text(&why, " at ");
	line_hex(&why, rip);
	line_text(&why, " cr2 ");
	line_hex(&why, read_cr2());
	error_line(&line, measured, why.text);
	channel_send(&line);
	machine_end(1);
}
