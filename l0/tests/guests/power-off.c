// SPDX-License-Identifier: Apache-2.0
// Ends its machine as kernels do that know QEMU's PC and read no DSDT, Testudo itself among them.
#include "guest.h"
#include "processor.h"

TEST(power_off)
{
	outw(0x604, 0x2000);
	check("the machine is off", false);
}
