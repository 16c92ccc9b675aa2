# SPDX-License-Identifier: Apache-2.0
# KVM as L0: what it has beside L1's image, for images/rules.mk.
PEER_DIR := workloads/peer
PEER_SOURCES := $(addprefix $(PEER_DIR)/,action peer-io marks.awk exits.awk windows.awk contents.sh testudo)
PEER_ENGINE := experiments/engines/kvm.sh $(addprefix $(BUILD)/,experiments/testudo l0/testudo.elf)
