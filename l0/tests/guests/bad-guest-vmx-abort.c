// SPDX-License-Identifier: Apache-2.0
// Makes a VM exit load an MSR that cannot be loaded: a VMX abort, which is a shutdown.
#include "guest.h"
#include "processor.h"
#include "vmx.h"

L2_CODE(leave, "");

/* SDM vol. 3, 28.7: the failure of the exit's MSR-load list is not reported, it ends the processor.
 */
TEST(vmx_abort)
{
	uint32_t *list;

	if (!vmx_begin())
		return;
	vm_setup(leave);
	list = page_alloc();
	list[0] = MSR_FS_BASE;
	vmwrite(EXIT_MSR_LOAD, address_of(list));
	vmwrite(EXIT_MSR_LOAD_COUNT, 1);
	vm_run();
	check("the end", false);
}
