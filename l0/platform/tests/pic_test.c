// SPDX-License-Identifier: Apache-2.0
#include "machine.h"
#include "suites.h"

START_TEST(edge_ack_eoi)
{
	machine_start(1, false);
	machine_pic(0x30, 0xffff);
	platform_irq_line(&m.p, 4, true);
	ck_assert(platform_extint_pending(&m.p, 0));
	ck_assert_uint_gt(m.kicks[0], 0);
	ck_assert_int_eq(platform_extint_ack(&m.p), 0x34);
	/* In service and the line still high: nothing more comes. */
	ck_assert(!platform_extint_pending(&m.p, 0));
	outb(0x20, 0x20);
	ck_assert(!platform_extint_pending(&m.p, 0));
	platform_irq_line(&m.p, 4, false);
	platform_irq_line(&m.p, 4, true);
	ck_assert(platform_extint_pending(&m.p, 0));
}
END_TEST

START_TEST(priority_and_cascade)
{
	machine_start(1, false);
	machine_pic(0x30, 0xffff);
	platform_irq_line(&m.p, 12, true);
	platform_irq_line(&m.p, 4, true);
	platform_irq_line(&m.p, 8, true);
	/* 8 to 15 stand at the place of input 2: before 4. */
	ck_assert_int_eq(platform_extint_ack(&m.p), 0x38);
	ck_assert(!platform_extint_pending(&m.p, 0));
	outb(0xa0, 0x20);
	ck_assert(!platform_extint_pending(&m.p, 0)); /* master still serves 2 */
	outb(0x20, 0x20);
	ck_assert_int_eq(platform_extint_ack(&m.p), 0x3c);
	outb(0xa0, 0x20);
	outb(0x20, 0x20);
	ck_assert_int_eq(platform_extint_ack(&m.p), 0x34);
	/* A higher one interrupts. */
	platform_irq_line(&m.p, 0, true);
	ck_assert_int_eq(platform_extint_ack(&m.p), 0x30);
	outb(0x20, 0x0b);
	ck_assert_uint_eq(inb(0x20), 0x11);
	outb(0x20, 0x20);
	ck_assert_uint_eq(inb(0x20), 0x10);
	outb(0x20, 0x64); /* specific EOI */
	ck_assert_uint_eq(inb(0x20), 0x00);
}
END_TEST

START_TEST(level_follows_line)
{
	machine_start(1, false);
	machine_pic(0x30, 0xffff);
	outb(0x4d1, 0x02); /* IRQ 9 */
	ck_assert_uint_eq(inb(0x4d1), 0x02);
	platform_irq_line(&m.p, 9, true);
	ck_assert_int_eq(platform_extint_ack(&m.p), 0x39);
	outb(0xa0, 0x20);
	outb(0x20, 0x20);
	ck_assert(platform_extint_pending(&m.p, 0));
	platform_irq_line(&m.p, 9, false);
	ck_assert(!platform_extint_pending(&m.p, 0));
	/* Nobody asks any more: the chip calls it spurious, a vCPU hears nothing. */
	ck_assert_int_eq(platform_extint_ack(&m.p), -1);
	ck_assert_int_eq(pic_ack(&m.p), 0x37);
	/* Lines that a PC keeps edge-triggered. */
	outb(0x4d0, 0xff);
	ck_assert_uint_eq(inb(0x4d0), 0xf8);
}
END_TEST

START_TEST(masks_rotation_poll)
{
	machine_start(1, false);
	machine_pic(0x20, 0);
	platform_irq_line(&m.p, 5, true);
	ck_assert(!platform_extint_pending(&m.p, 0));
	ck_assert_uint_eq(inb(0x20), 0x20); /* IRR shows it */
	outb(0x21, 0x00);
	ck_assert_uint_eq(inb(0x21), 0x00);
	outb(0x20, 0x0c); /* poll */
	ck_assert_uint_eq(inb(0x20), 0x85);
	outb(0x20, 0xa0); /* rotate on EOI: 5 is lowest, 6 highest */
	platform_irq_line(&m.p, 4, true);
	platform_irq_line(&m.p, 6, true);
	ck_assert_int_eq(platform_extint_ack(&m.p), 0x26);
	outb(0x20, 0xc7); /* set priority: 7 lowest again */
	ck_assert_int_eq(platform_extint_ack(&m.p), 0x24);
}
END_TEST

START_TEST(auto_eoi_and_single)
{
	machine_start(1, false);
	outb(0x20, 0x13); /* single, ICW4 */
	outb(0x21, 0x48);
	outb(0x21, 0x03);
	outb(0x21, 0x00);
	platform_irq_line(&m.p, 1, true);
	ck_assert_int_eq(platform_extint_ack(&m.p), 0x49);
	outb(0x20, 0x0b);
	ck_assert_uint_eq(inb(0x20), 0);
}
END_TEST

START_TEST(special_mask_mode)
{
	machine_start(1, false);
	machine_pic(0x20, 0xffff);
	platform_irq_line(&m.p, 1, true);
	platform_extint_ack(&m.p);
	platform_irq_line(&m.p, 5, true);
	ck_assert(!platform_extint_pending(&m.p, 0));
	outb(0x20, 0x68);
	outb(0x21, 0x02); /* what is served and masked no longer blocks */
	ck_assert_int_eq(platform_extint_ack(&m.p), 0x25);
}
END_TEST

TCase *pic_tests(void)
{
	TCase *t = tcase_create("8259");

	tcase_add_test(t, edge_ack_eoi);
	tcase_add_test(t, priority_and_cascade);
	tcase_add_test(t, level_follows_line);
	tcase_add_test(t, masks_rotation_poll);
	tcase_add_test(t, auto_eoi_and_single);
	tcase_add_test(t, special_mask_mode);
	return t;
}
