// SPDX-License-Identifier: Apache-2.0
#include "machine.h"
#include "suites.h"

#define COM1 0x3f8

static bool asks(void)
{
	return platform_extint_pending(&m.p, 0);
}

static void start(void)
{
	machine_start(1, false);
	machine_pic(0x30, 0x10);
	outb(0x4d0, 0x10); /* level: the output of the 8259 shows the line itself */
	outb(COM1 + 4, 0x0b);
}

START_TEST(transmit)
{
	start();
	outb(COM1, 'h');
	outb(COM1, 'i');
	ck_assert_uint_eq(m.console_count, 2);
	ck_assert_uint_eq(m.console[1], 'i');
	ck_assert_uint_eq(inb(COM1 + 5), 0x60);
}
END_TEST

START_TEST(receive_with_fifo)
{
	start();
	outb(COM1 + 2, 0xc7);
	outb(COM1 + 1, 0x01);
	for (unsigned i = 0; i < 16; i++) {
		ck_assert(uart_receive(&m.p, (uint8_t)('a' + i)));
		ck_assert(asks());
		ck_assert_uint_eq(inb(COM1 + 2), i < 13 ? 0xcc : 0xc4);
	}
	ck_assert(!uart_receive(&m.p, 'z'));
	for (unsigned i = 0; i < 16; i++) {
		ck_assert_uint_eq(inb(COM1 + 5), 0x61);
		ck_assert_uint_eq(inb(COM1), 'a' + i);
	}
	ck_assert(!asks());
	ck_assert_uint_eq(inb(COM1 + 5), 0x60);
	ck_assert_uint_eq(inb(COM1 + 2), 0xc1);
}
END_TEST

START_TEST(receive_without_fifo)
{
	start();
	ck_assert(uart_receive(&m.p, 'x'));
	ck_assert(!uart_receive(&m.p, 'y'));
	ck_assert(!asks());
	outb(COM1 + 1, 0x01);
	ck_assert(asks());
	ck_assert_uint_eq(inb(COM1 + 2), 0x04);
	ck_assert_uint_eq(inb(COM1), 'x');
}
END_TEST

START_TEST(transmitter_empty_interrupt)
{
	start();
	outb(COM1 + 1, 0x02);
	ck_assert(asks());
	ck_assert_uint_eq(inb(COM1 + 2), 0x02); /* reading it acknowledges */
	ck_assert_uint_eq(inb(COM1 + 2), 0x01);
	ck_assert(!asks());
	outb(COM1, 'a');
	ck_assert(asks());
	/* Linux's test at start-up: off and on again must raise it again. */
	inb(COM1 + 2);
	outb(COM1 + 1, 0x00);
	outb(COM1 + 1, 0x02);
	ck_assert_uint_eq(inb(COM1 + 2), 0x02);
	/* Without OUT2 the line stays low. */
	outb(COM1, 'b');
	outb(COM1 + 4, 0x03);
	ck_assert(!asks());
}
END_TEST

/* The checks of Linux's autoconfig(): scratch, IER, loop-back of the modem lines, FIFO identity. */
START_TEST(autoconfig)
{
	start();
	outb(COM1 + 7, 0x5a);
	ck_assert_uint_eq(inb(COM1 + 7), 0x5a);
	outb(COM1 + 1, 0xff);
	ck_assert_uint_eq(inb(COM1 + 1), 0x0f);
	outb(COM1 + 1, 0x00);
	outb(COM1 + 4, 0x1a); /* loop-back, OUT2, RTS */
	ck_assert_uint_eq(inb(COM1 + 6) & 0xf0, 0x90);
	outb(COM1 + 4, 0x0b);
	ck_assert_uint_eq(inb(COM1 + 6) & 0xf0, 0xb0);
	outb(COM1 + 2, 0x01);
	ck_assert_uint_eq(inb(COM1 + 2) >> 6, 3);
	outb(COM1 + 3, 0x80);
	ck_assert_uint_ne(inb(COM1 + 2), 0); /* no EFR */
	outb(COM1, 1);
	outb(COM1 + 1, 0);
	ck_assert_uint_eq(inb(COM1), 1);
	ck_assert_uint_eq(inb(COM1 + 1), 0);
	outb(COM1 + 3, 0x03);
	ck_assert_uint_eq(m.console_count, 0);
}
END_TEST

START_TEST(loop_back)
{
	start();
	outb(COM1 + 2, 0x01);
	outb(COM1 + 4, 0x10);
	for (unsigned i = 0; i < 17; i++)
		outb(COM1, i);
	ck_assert_uint_eq(m.console_count, 0);
	ck_assert_uint_eq(inb(COM1 + 5), 0x63); /* one too many: overrun */
	ck_assert_uint_eq(inb(COM1 + 5), 0x61);
	for (unsigned i = 0; i < 16; i++)
		ck_assert_uint_eq(inb(COM1), i);
	inb(COM1 + 6);
	outb(COM1 + 4, 0x11); /* DTR to DSR */
	ck_assert_uint_eq(inb(COM1 + 6), 0x22);
	ck_assert_uint_eq(inb(COM1 + 6), 0x20);
	outb(COM1 + 4, 0x15); /* OUT1 to RI: only its end counts */
	ck_assert_uint_eq(inb(COM1 + 6), 0x60);
	outb(COM1 + 4, 0x11);
	ck_assert_uint_eq(inb(COM1 + 6), 0x24);
	ck_assert(!uart_receive(&m.p, 'x'));
}
END_TEST

START_TEST(line_and_modem_interrupts)
{
	start();
	outb(COM1 + 1, 0x0f);
	inb(COM1 + 2);
	m.p.uart.lsr_errors = 2;
	uart_receive(&m.p, 'x');
	ck_assert_uint_eq(inb(COM1 + 2), 0x06);
	inb(COM1 + 5);
	ck_assert_uint_eq(inb(COM1 + 2), 0x04);
	inb(COM1);
	outb(COM1 + 4, 0x1b); /* all lines change but OUT1 and DCD's OUT2 */
	outb(COM1 + 4, 0x18);
	ck_assert_uint_eq(inb(COM1 + 2), 0x00);
	inb(COM1 + 6);
	ck_assert_uint_eq(inb(COM1 + 2), 0x01);
}
END_TEST

TCase *uart_tests(void)
{
	TCase *t = tcase_create("16550");

	tcase_add_test(t, transmit);
	tcase_add_test(t, receive_with_fifo);
	tcase_add_test(t, receive_without_fifo);
	tcase_add_test(t, transmitter_empty_interrupt);
	tcase_add_test(t, autoconfig);
	tcase_add_test(t, loop_back);
	tcase_add_test(t, line_and_modem_interrupts);
	return t;
}
