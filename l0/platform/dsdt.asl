// SPDX-License-Identifier: Apache-2.0
// The PC that l0/platform makes, as the guest's ACPI interpreter sees it. The numbers are those of
// the port table (ports.c), pm.h, pci.h and platform_config.h.
DefinitionBlock ("", "DSDT", 2, "TESTUD", "TESTUDO", 1)
{
	// Soft off: SLP_TYP 5, PM_SLEEP_S5 of pm.h. Written as type 0 it powers off too.
	Name (\_S5, Package () { 5, 5, 0, 0 })

	// How many processors there are: acpi.c writes the byte.
	Name (NCPU, 0xA5)

	Scope (\_SB)
	{
		Device (PCI0)
		{
			Name (_HID, EisaId ("PNP0A03"))
			Name (_UID, 0)
			Name (_CRS, ResourceTemplate () {
				WordBusNumber (ResourceProducer, MinFixed, MaxFixed, PosDecode,
					0, 0, 3, 0, 4)
				IO (Decode16, 0xCF8, 0xCF8, 1, 8)
				WordIO (ResourceProducer, MinFixed, MaxFixed, PosDecode, EntireRange,
					0, 0x0000, 0x0CF7, 0, 0x0CF8)
				WordIO (ResourceProducer, MinFixed, MaxFixed, PosDecode, EntireRange,
					0, 0x0D00, 0xFFFF, 0, 0xF300)
				DWordMemory (ResourceProducer, PosDecode, MinFixed, MaxFixed,
					NonCacheable, ReadWrite,
					0, 0xC0000000, 0xDFFFFFFF, 0, 0x20000000)
			})

			// Interrupt pin A of slots 1 to 15, by turns on GSI 10 and 11, which the
			// 8259 and the IOAPIC both have: the same table serves both modes.
			Name (_PRT, Package () {
				Package () { 0x0001FFFF, 0, 0, 10 }, Package () { 0x0002FFFF, 0, 0, 11 },
				Package () { 0x0003FFFF, 0, 0, 10 }, Package () { 0x0004FFFF, 0, 0, 11 },
				Package () { 0x0005FFFF, 0, 0, 10 }, Package () { 0x0006FFFF, 0, 0, 11 },
				Package () { 0x0007FFFF, 0, 0, 10 }, Package () { 0x0008FFFF, 0, 0, 11 },
				Package () { 0x0009FFFF, 0, 0, 10 }, Package () { 0x000AFFFF, 0, 0, 11 },
				Package () { 0x000BFFFF, 0, 0, 10 }, Package () { 0x000CFFFF, 0, 0, 11 },
				Package () { 0x000DFFFF, 0, 0, 10 }, Package () { 0x000EFFFF, 0, 0, 11 },
				Package () { 0x000FFFFF, 0, 0, 10 }
			})
		}

		Device (PIC0)
		{
			Name (_HID, EisaId ("PNP0000"))
			Name (_CRS, ResourceTemplate () {
				IO (Decode16, 0x20, 0x20, 1, 2)
				IO (Decode16, 0xA0, 0xA0, 1, 2)
				IRQNoFlags () { 2 }
			})
		}

		Device (TMR0)
		{
			Name (_HID, EisaId ("PNP0100"))
			Name (_CRS, ResourceTemplate () {
				IO (Decode16, 0x40, 0x40, 1, 4)
				IRQNoFlags () { 0 }
			})
		}

		Device (RTC0)
		{
			Name (_HID, EisaId ("PNP0B00"))
			Name (_CRS, ResourceTemplate () {
				IO (Decode16, 0x70, 0x70, 1, 2)
				IRQNoFlags () { 8 }
			})
		}

		Device (COM1)
		{
			Name (_HID, EisaId ("PNP0501"))
			Name (_UID, 1)
			Name (_CRS, ResourceTemplate () {
				IO (Decode16, 0x3F8, 0x3F8, 1, 8)
				IRQNoFlags () { 4 }
			})
		}

		// What belongs to the board, so that nobody else is given it.
		Device (MBRD)
		{
			Name (_HID, EisaId ("PNP0C02"))
			Name (_CRS, ResourceTemplate () {
				IO (Decode16, 0x92, 0x92, 1, 1)
				IO (Decode16, 0xE9, 0xE9, 1, 1)
				IO (Decode16, 0xED, 0xED, 1, 1)
				IO (Decode16, 0xF4, 0xF4, 1, 4)
				IO (Decode16, 0x4D0, 0x4D0, 1, 2)
				IO (Decode16, 0x600, 0x600, 1, 12)
				Memory32Fixed (ReadWrite, 0xE0000000, 0x400000)
				Memory32Fixed (ReadWrite, 0xFEC00000, 0x1000)
				Memory32Fixed (ReadWrite, 0xFEE00000, 0x1000)
			})
		}

		// Processor n: its _UID is that of its MADT entry.
		Method (CSTA, 1, NotSerialized)
		{
			If (Arg0 < NCPU) { Return (0x0F) }
			Return (0)
		}

		Device (C000) { Name (_HID, "ACPI0007") Name (_UID, 0) Method (_STA) { Return (CSTA (0)) } }
		Device (C001) { Name (_HID, "ACPI0007") Name (_UID, 1) Method (_STA) { Return (CSTA (1)) } }
		Device (C002) { Name (_HID, "ACPI0007") Name (_UID, 2) Method (_STA) { Return (CSTA (2)) } }
		Device (C003) { Name (_HID, "ACPI0007") Name (_UID, 3) Method (_STA) { Return (CSTA (3)) } }
		Device (C004) { Name (_HID, "ACPI0007") Name (_UID, 4) Method (_STA) { Return (CSTA (4)) } }
		Device (C005) { Name (_HID, "ACPI0007") Name (_UID, 5) Method (_STA) { Return (CSTA (5)) } }
		Device (C006) { Name (_HID, "ACPI0007") Name (_UID, 6) Method (_STA) { Return (CSTA (6)) } }
		Device (C007) { Name (_HID, "ACPI0007") Name (_UID, 7) Method (_STA) { Return (CSTA (7)) } }
	}
}
