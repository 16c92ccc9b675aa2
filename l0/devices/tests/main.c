// SPDX-License-Identifier: Apache-2.0
#include "suites.h"

#include <stdlib.h>

int main(void)
{
	TCase *(*const cases[])(void) = {
		virtio_pci_tests, virtqueue_tests,    virtio_net_tests,     virtio_net_mode_tests,
		virtio_blk_tests, virtio_small_tests, virtio_polling_tests, virtio_replay_tests,
		function_tests,   fuzz_tests,
	};
	Suite *suite = suite_create("devices");
	SRunner *runner;
	int failed;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		suite_add_tcase(suite, cases[i]());
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
