# SPDX-License-Identifier: Apache-2.0
# Guest images: `make images` leaves the kernels, the initramfs images of IMAGE_OUT and manifest.json
# in IMAGES. Other folders put static programs into L1's /bin by IMAGE_BINARIES += FILE, and payloads
# into its /payloads by IMAGE_PAYLOADS += FILE.
IMAGES := $(BUILD)/images
IMAGE_CACHE := $(CACHE)/images
IMAGE_DIR := workloads/images
IMAGE_OUT := $(addprefix $(IMAGES)/,bzImage vmlinux l2.cpio l1-micro.cpio l1-full.cpio \
	l1-build.cpio l1-full-build.cpio l2-io.cpio l1-io.cpio l1-io-full.cpio peer.cpio peer-io.cpio \
	peer-engine.cpio)
IMAGE_SOURCES := $(IMAGE_DIR)/cmdline.l2 $(shell find $(IMAGE_DIR)/l1 $(IMAGE_DIR)/l2 -type f) $(MACRO_SOURCES) $(IO_SOURCES) \
	$(PEER_SOURCES)
IMAGE_MODULES := $(addprefix $(IMAGE_DIR)/,modules depends.sh)

.PHONY: images images-force
.PRECIOUS: $(IMAGES)/%.list
images: $(IMAGES)/manifest.json $(IMAGES)/disk.img

$(IMAGE_CACHE)/versions: $(IMAGE_DIR)/packages $(IMAGE_DIR)/sources $(IMAGE_MODULES) $(IMAGE_DIR)/fetch.sh
	@$(IMAGE_DIR)/fetch.sh $(IMAGE_CACHE)

$(IMAGES)/mkcpio $(IMAGES)/trimelf: $(IMAGES)/%: $(IMAGE_DIR)/%.c
	@mkdir -p $(@D)
	$(CC) $(HOST_CFLAGS) -o $@ $<

$(IMAGES)/hw: $(IMAGE_DIR)/hw.c
	@mkdir -p $(@D)
	$(CC) $(filter-out -g,$(HOST_CFLAGS)) -static -s -o $@ $<

# For what only reads: how long a read takes does not hang on what is there.
$(IMAGES)/disk.img:
	@mkdir -p $(@D)
	truncate -s 4M $@

$(IMAGES)/bzImage: $(IMAGE_CACHE)/versions
	@mkdir -p $(@D)
	cp $(IMAGE_CACHE)/root/boot/vmlinuz-* $@

$(IMAGES)/vmlinux: $(IMAGES)/bzImage $(IMAGE_DIR)/vmlinux.sh $(IMAGES)/trimelf
	$(IMAGE_DIR)/vmlinux.sh $< | $(IMAGES)/trimelf >$@

# The large ones are compressed, for GRUB costs eleven ticks a byte and lz4 one or two; the kernel tells by the
# first bytes. The small ones gain nothing by it, nor does what QEMU loads; these are whole sectors, so that one can be a disk.
IMAGE_PACKED := l1-full l1-full-build l1-io l1-io-full peer peer-io peer-engine
# The list is made anew each time and kept when it says the same, so that an image follows what is in it.
$(IMAGES)/%.list: images-force $(IMAGE_DIR)/contents.sh $(IMAGE_MODULES) $(MACRO_CONTENTS) $(IO_CONTENTS) \
		$(PEER_SOURCES) $(IMAGE_CACHE)/versions $(IMAGES)/bzImage
	@$(IMAGE_DIR)/contents.sh $* $(IMAGE_CACHE) $(IMAGES) $(IMAGE_BINARIES) -- $(IMAGE_PAYLOADS) >$@.new
	@cmp -s $@.new $@ && rm $@.new || mv $@.new $@

$(IMAGES)/%.cpio: $(IMAGES)/%.list $(IMAGES)/mkcpio $(IMAGES)/hw $(IMAGE_SOURCES)
	$(IMAGES)/mkcpio <$< $(if $(filter $*,$(IMAGE_PACKED)),| lz4 -l -9 -q) >$@
	$(if $(filter $*,$(IMAGE_PACKED)),,truncate -s %512 $@)
$(IMAGES)/l1-full.cpio $(IMAGES)/l1-full-build.cpio: $(IMAGES)/l2.cpio $(IMAGES)/vmlinux
$(IMAGES)/l1-full-build.cpio: $(IMAGES)/l1-build.cpio
$(IMAGES)/l1-io-full.cpio $(IMAGES)/peer-io.cpio: $(IMAGES)/l2-io.cpio $(IMAGES)/vmlinux $(GUEST_OUT)/bad-guest-dma.elf $(IO_CANARY)
$(IMAGES)/peer.cpio $(IMAGES)/peer-engine.cpio: $(IMAGES)/l1-micro.cpio $(IMAGES)/vmlinux $(IMAGE_DIR)/cmdline.l1
# Its list names the libraries of the harness.
$(IMAGES)/peer-engine.list $(IMAGES)/peer-engine.cpio: $(PEER_ENGINE)
$(IMAGES)/l1-build.cpio $(IMAGES)/l1-full-build.cpio: $(MACRO_PROGRAMS)
$(addprefix $(IMAGES)/,l2-io.cpio l1-io.cpio l1-io-full.cpio peer-io.cpio): $(IO_PROGRAMS) $(MACRO_PROGRAMS)
$(addprefix $(IMAGES)/,l1-micro.cpio l1-full.cpio l1-full-build.cpio l1-io.cpio l1-io-full.cpio peer.cpio peer-io.cpio \
	peer-engine.cpio): \
	$(IMAGE_BINARIES) $(IMAGE_PAYLOADS)

$(IMAGES)/manifest.json: $(IMAGE_DIR)/manifest.sh $(IMAGE_OUT)
	$< $(IMAGE_CACHE)/versions $(IMAGE_OUT) >$@
