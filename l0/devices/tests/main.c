// SPDX-License-Identifier: Apache-2.0
#include "suites.h"
#include "tests/run_cases.h"

int main(void)
{
	make_cases *const cases[] = {
		virtio_pci_tests, virtqueue_tests,    virtio_net_tests,     virtio_net_mode_tests,
		virtio_blk_tests, virtio_small_tests, virtio_polling_tests, virtio_replay_tests,
		function_tests,   fuzz_tests,
	};

	return RUN_CASES("devices", cases);
}
