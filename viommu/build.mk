# SPDX-License-Identifier: Apache-2.0
# EPT01 and the pool are ept-compose's, and so are the tests' memory, random trees and their model.
VIOMMU_EPT := $(addprefix ept-compose/,ept_build.c ept_pool.c ept_walk.c)

UNIT_TESTS += viommu
unit_viommu_SRC := $(wildcard viommu/*.c viommu/tests/*.c) $(VIOMMU_EPT) \
	$(addprefix ept-compose/tests/,arena.c model.c trees.c)
unit_viommu_INC := viommu ept-compose viommu/tests ept-compose/tests

FUZZERS += viommu
fuzz_viommu_SRC := $(wildcard viommu/*.c viommu/tests/fuzz/*.c) $(VIOMMU_EPT) \
	$(addprefix viommu/tests/,fuzz_viommu.c world.c) \
	$(addprefix ept-compose/tests/,arena.c model.c trees.c)
fuzz_viommu_INC := $(unit_viommu_INC)
fuzz_viommu_RUNS := 4000

BENCHES += viommu
bench_viommu_SRC := $(wildcard viommu/*.c viommu/bench/*.c) $(VIOMMU_EPT)
bench_viommu_INC := viommu ept-compose ept-compose/bench
