/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DEVICES_TESTS_SUITES_H
#define DEVICES_TESTS_SUITES_H

#include <check.h>

TCase *virtio_pci_tests(void);
TCase *virtqueue_tests(void);
TCase *virtio_net_tests(void);
TCase *virtio_net_mode_tests(void);
TCase *virtio_blk_tests(void);
TCase *virtio_small_tests(void);
TCase *virtio_polling_tests(void);
TCase *virtio_replay_tests(void);
TCase *function_tests(void);
TCase *fuzz_tests(void);

#endif
