// SPDX-License-Identifier: Apache-2.0
#include "suites.h"
#include "tests/run_cases.h"

int main(void)
{
	make_cases *const cases[] = {
		clock_tests,
		pic_tests,
		pit_tests,
		rtc_tests,
		uart_tests,
		ioapic_tests,
		lapic_tests,
		lapic_timer_tests,
		lapic_ipi_tests,
		lapic_start_tests,
		lapic_page_tests,
		lapic_direct_tests,
		msi_tests,
		smp_tests,
		x2apic_tests,
		port_tests,
		pm_tests,
		pci_tests,
		pci_bar_tests,
		pci_message_tests,
		pci_state_tests,
		pci_model_tests,
		pci_iov_tests,
		pci_port_tests,
		pci_port_model_tests,
		acpi_tests,
		decode_tests,
		decode_native_tests,
		fuzz_tests,
	};

	return RUN_CASES("platform", cases);
}
