/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLATFORM_TESTS_SUITES_H
#define PLATFORM_TESTS_SUITES_H

#include <check.h>

TCase *clock_tests(void);
TCase *pic_tests(void);
TCase *pit_tests(void);
TCase *rtc_tests(void);
TCase *uart_tests(void);
TCase *ioapic_tests(void);
TCase *lapic_tests(void);
TCase *lapic_timer_tests(void);
TCase *lapic_ipi_tests(void);
TCase *lapic_start_tests(void);
TCase *lapic_page_tests(void);
TCase *lapic_direct_tests(void);
TCase *msi_tests(void);
TCase *smp_tests(void);
TCase *x2apic_tests(void);
TCase *port_tests(void);
TCase *pm_tests(void);
TCase *pci_tests(void);
TCase *pci_bar_tests(void);
TCase *pci_message_tests(void);
TCase *pci_state_tests(void);
TCase *pci_model_tests(void);
TCase *pci_iov_tests(void);
TCase *pci_port_tests(void);
TCase *pci_port_model_tests(void);
TCase *acpi_tests(void);
TCase *decode_tests(void);
TCase *decode_native_tests(void);
TCase *fuzz_tests(void);

#endif
