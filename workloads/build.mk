# SPDX-License-Identifier: Apache-2.0
# Each folder brings a rules.mk; the images come last, for they take in what the others build.
IMAGE_BINARIES :=
IMAGE_PAYLOADS :=
-include $(filter-out workloads/images/rules.mk,$(sort $(wildcard workloads/*/rules.mk)))
-include workloads/images/rules.mk
