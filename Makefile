# themetally. `make help` lists the targets.
#   MODE=release|debug|asan|tsan|coverage   one build folder each (build/MODE)
#   CC=gcc|clang   WERROR=1   V=1 (show commands)
MODE ?= release
CC = gcc
Q := $(if $(V),,@)
BUILD := build/$(MODE)$(if $(filter-out gcc,$(CC)),-$(CC))

PACKAGES := libhs libpcre2-8 \
	zlib libisal libdeflate libzstd liblzma \
	libutf8proc jansson libxxhash nettle libxml-2.0 yaml-0.1 libseccomp \
	sqlite3 gsl
WARNINGS := -Wall -Wextra -Wshadow -Wpointer-arith -Wstrict-prototypes -Wmissing-prototypes -Wwrite-strings -Wundef -Wvla \
	-Wformat=2 -Wimplicit-fallthrough $(if $(WERROR),-Werror)
CPPFLAGS += -I. -I$(BUILD) -D_GNU_SOURCE -DPCRE2_CODE_UNIT_WIDTH=8 $(shell pkg-config --cflags $(PACKAGES))
# -lc first: what most libraries look for is then found at once when the program is loaded.
LDLIBS += -lc $(shell pkg-config --libs $(PACKAGES)) -lbz2 -lcsv -lglpk -lreadstat -lpthread -lm
CFLAGS_release := -O2 -g -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fstack-clash-protection $(if $(filter x86_64,$(shell uname -m)),-fcf-protection)
CFLAGS_debug := -O0 -g3
CFLAGS_asan := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
CFLAGS_tsan := -O1 -g -fsanitize=thread
CFLAGS_coverage := -O0 -g --coverage -fprofile-update=atomic
# for make fuzz, which uses clang; it does not define what gcc does under the address sanitizer
CFLAGS_fuzz := -O1 -g -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all -D__SANITIZE_ADDRESS__
CFLAGS += -std=gnu17 -fPIE $(WARNINGS) $(CFLAGS_$(MODE))
LDFLAGS += -pie -Wl,-z,relro,-z,now,-z,noexecstack $(filter -fsanitize% --coverage,$(CFLAGS_$(MODE)))

SOURCES := $(filter-out pipeline/main.c,$(wildcard base/*.c corpora/*.c matchers/*.c pipeline/*.c))
OBJECTS := $(SOURCES:%.c=$(BUILD)/%.o)
EMBEDDED := $(sort $(wildcard lexicons/*/*.tsv) $(wildcard corpora/layouts/*) matchers/frequency.tsv report/dist/report.js report/dist/report.css)
TESTS := $(patsubst tests/%.c,$(BUILD)/tests/%,$(wildcard tests/test_*.c))
FUZZERS := $(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
REPLAYS := $(FUZZERS:%=$(BUILD)/tests/fuzz/%)
FUZZ_SUPPORT := $(BUILD)/tests/fuzz/agree.o
SUPPORT := $(patsubst %.c,$(BUILD)/%.o,$(filter-out $(wildcard tests/test_*.c),$(wildcard tests/*.c)))

all: deps themetally ## install what is missing, build ./themetally

themetally: $(BUILD)/themetally
	@cp $< $@.new && mv $@.new $@

$(BUILD)/themetally: $(BUILD)/pipeline/main.o $(BUILD)/libthemetally.a
	@echo "  LINK $@"
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(BUILD)/libthemetally.a: $(OBJECTS) $(BUILD)/embed.o
	@rm -f $@
	@ar rcs $@ $^

$(BUILD)/embed.S: $(EMBEDDED) scripts/embed.sh Makefile
	@mkdir -p $(@D)
	@scripts/embed.sh $(EMBEDDED) >$@.new && mv $@.new $@
$(BUILD)/embed.o: $(BUILD)/embed.S
	$(Q)$(CC) -c -o $@ $<

# Lexicons and rules are kept from run to run, and finds in packs, for the build that made them only: this names what they depend on.
KEEPING := $(sort $(wildcard base/*.[ch] corpora/*.[ch] matchers/*.[ch] lexicons/*/*.tsv) matchers/frequency.tsv)
$(BUILD)/build_of_sources.h: $(KEEPING) Makefile
	@mkdir -p $(@D)
	@printf '#define BUILD_OF_SOURCES "%s"\n#define BUILD_OF_MATCHERS "%s"\n' "$$(cat $(KEEPING) Makefile | sha256sum | cut -d' ' -f1)" \
		"$$(cat $(filter-out corpora/% lexicons/%,$(KEEPING)) Makefile | sha256sum | cut -d' ' -f1)" >$@
$(BUILD)/base/cache.o $(BUILD)/matchers/matcher.o: $(BUILD)/build_of_sources.h

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	@echo "  CC   $<"
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/tests/%: $(BUILD)/tests/%.o $(SUPPORT) $(BUILD)/libthemetally.a
	@echo "  LINK $@"
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ -lcmocka $(LDLIBS)

# This one breaks the engine on purpose.
$(BUILD)/tests/test_verify: LDFLAGS += -Wl,--wrap=scanner_scan

# In these, calls fail one after another, or do not end.
wrap = $(addprefix -Wl$(comma)--wrap=,$1)
comma := ,
$(BUILD)/tests/test_expression_limits: LDFLAGS += $(call wrap,automaton_prefilter)
$(BUILD)/tests/test_output: LDFLAGS += $(call wrap,open fdopen fflush ferror fsync fclose rename raise)
$(BUILD)/tests/test_store_fails: LDFLAGS += $(call wrap,sqlite3_prepare_v2 sqlite3_step sqlite3_exec)

# Every fuzz target twice: run over its corpus by the ordinary tests, and under libFuzzer.
$(REPLAYS): %: %.o $(BUILD)/tests/fuzz/replay.o $(FUZZ_SUPPORT) $(SUPPORT) $(BUILD)/libthemetally.a
	@echo "  LINK $@"
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ -lcmocka $(LDLIBS)

$(FUZZERS:%=$(BUILD)/%): $(BUILD)/%: $(BUILD)/tests/fuzz/%.o $(FUZZ_SUPPORT) $(SUPPORT) $(BUILD)/libthemetally.a
	@echo "  LINK $@"
	$(Q)$(CC) $(LDFLAGS) -fsanitize=fuzzer -o $@ $^ -lcmocka $(LDLIBS)

# Its loops over the numbers of a block are plain enough for vectors.
$(BUILD)/pipeline/pack_block.o: CFLAGS_release += -O3

deps: ## install the Debian packages that are missing (sudo where not root)
	@scripts/deps.sh

deps-report: ## install what make test-report and make report-bundle need besides: Chromium, node, npm (large)
	@apt-get install -y -qq --no-install-recommends chromium nodejs npm fonts-dejavu-core

deps-r: ## install R, which the statistics and the tutorial are held against where it is there (large)
	@apt-get install -y -qq --no-install-recommends r-base-core

test: deps themetally tests ## build and run every test

tests: $(BUILD)/themetally $(TESTS) $(REPLAYS) ## run the tests of this MODE
	@if command -v python3 >/dev/null; then THEMETALLY=$(BUILD)/themetally python3 scripts/tutorial.py; else echo "skipped: docs/tutorial.md: python3 is not installed"; fi
	@THEMETALLY=$(BUILD)/themetally scripts/run-tests.sh $(TESTS) $(REPLAYS)

# make check-archive runs tests/test_archive.c alone
check-%: $(BUILD)/tests/test_%
	$<

CASES ?= 1000000
SEED ?= 1
differential: $(BUILD)/tests/stress/differential ## hold the engine against the reference on CASES random cases from SEED, then on FILES
	$< $(CASES) $(SEED) $(FILES)

SECONDS_EACH ?= 120
fuzz: ## run every fuzz target under libFuzzer for SECONDS_EACH; FUZZ="fuzz_a fuzz_b" chooses; needs clang
	@$(MAKE) --no-print-directory MODE=fuzz CC=clang fuzz-run
fuzz-run: $(FUZZERS:%=$(BUILD)/%)
	@scripts/fuzz.sh $(BUILD) $(SECONDS_EACH) $(or $(FUZZ),$(FUZZERS))

SHARED ?= $(or $(THEMETALLY_SHARED),../shared)
eval: deps themetally ## agreement with the hand-coded reviews in SHARED: themes, cutting, dates, duplicates
	@if [ -e $(SHARED)/gold/dev.jsonl ]; then ./themetally evaluate -q --leave-one-out --format table --gold $(SHARED)/gold/dev.jsonl $(SHARED)/reviews; \
	else echo "skipped: no coded reviews in $(SHARED)/gold"; ./themetally evaluate -q --format table --gold corpora/sample-truth.jsonl corpora/sample; fi

demo: deps themetally ## build, then count themes by year in the sample archives
	@scripts/demo.sh

test-cluster: themetally ## a real Slurm on this machine: array, dead node, resume, merge (root)
	@dpkg -s slurmctld slurmd slurm-client munge bc parallel >/dev/null 2>&1 || \
		DEBIAN_FRONTEND=noninteractive apt-get install -y -qq slurmctld slurmd slurm-client munge bc parallel
	@tests/cluster/run.sh ./themetally corpora/sample

test-faults: themetally ## kill, I/O errors, full disk, power loss, no memory in the middle of an update (QUICK=1: every seventh)
	@which strace sqlite3 >/dev/null || DEBIAN_FRONTEND=noninteractive apt-get install -y -qq strace sqlite3
	@tests/faults/store.sh ./themetally corpora/sample
	@$(MAKE) --no-print-directory $(BUILD)/tests/test_power_loss
	@CUTS=$(if $(QUICK),200,1000) $(BUILD)/tests/test_power_loss
	@tests/faults/memory.sh ./themetally corpora/sample

test-disclosure: $(BUILD)/themetally $(BUILD)/tests/test_suppress ## play the reader of suppressed tables over SUPPRESS_CASES random corpora (60; minutes)
	@SUPPRESS_CASES=$(or $(SUPPRESS_CASES),60) THEMETALLY=$(BUILD)/themetally $(BUILD)/tests/test_suppress

test-promises: tests ## break each promise of docs/reliability.md in a copy of the source: a test must fail
	@tests/faults/promises.sh

test-inputs: themetally ## damaged archives and stores, bombs, runs that must not differ (QUICK=1: a twentieth)
	@which sqlite3 zip zstd xz bzip2 bc python3 /usr/bin/time >/dev/null || DEBIAN_FRONTEND=noninteractive apt-get install -y -qq sqlite3 zip zstd xz-utils bzip2 bc python3 time
	@tests/faults/inputs.sh ./themetally corpora/sample

reliability: themetally ## all of docs/reliability.md: faults, hostile input, fuzzing, one closing count (QUICK=1: under five minutes)
	@which strace sqlite3 zip zstd xz bzip2 bc python3 /usr/bin/time >/dev/null || DEBIAN_FRONTEND=noninteractive apt-get install -y -qq strace sqlite3 zip zstd xz-utils bzip2 bc python3 time
	@$(MAKE) --no-print-directory $(REPLAYS)
	@scripts/reliability.sh $(BUILD)

report-bundle: ## build report/dist, the page's script and style, from report/src and npm packages
	@cd report && npm ci --silent --ignore-scripts && node build.js

test-report: themetally ## report/dist is what its sources give, and the page works in headless Chromium (SHOTS=folder keeps pictures)
	@THEMETALLY=$(CURDIR)/themetally report/test/run.sh $(SHOTS)

man: $(BUILD)/themetally ## man pages of the program and its commands in build/man, from --help
	@command -v help2man >/dev/null || DEBIAN_FRONTEND=noninteractive apt-get install -y -qq help2man
	@scripts/man.sh $< build/man

PREFIX ?= /usr/local
install: $(BUILD)/themetally man ## install the program, man pages, completion and documentation under DESTDIR and PREFIX
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/share/man/man1 $(DESTDIR)$(PREFIX)/share/doc/themetally \
		$(DESTDIR)$(PREFIX)/share/bash-completion/completions
	install $(BUILD)/themetally $(DESTDIR)$(PREFIX)/bin
	install -m 644 build/man/*.1 $(DESTDIR)$(PREFIX)/share/man/man1
	install -m 644 scripts/completion.bash $(DESTDIR)$(PREFIX)/share/bash-completion/completions/themetally
	install -m 644 LICENSE README.md SECURITY.md $(wildcard docs/*.md) $(DESTDIR)$(PREFIX)/share/doc/themetally

lint: $(BUILD)/build_of_sources.h ## warnings of gcc and clang as errors, headers alone, dependency directions, unsafe functions
	@scripts/check-layers.sh
	@CC=gcc scripts/check-headers.sh $(shell pkg-config --cflags $(PACKAGES))
	@CC=clang scripts/check-headers.sh $(shell pkg-config --cflags $(PACKAGES))
	@for f in $(wildcard base/*.c corpora/*.c matchers/*.c pipeline/*.c bench/*.c tests/*.c tests/stress/*.c tests/fuzz/*.c); do \
		for cc in gcc clang; do $$cc $(CPPFLAGS) -std=gnu17 $(WARNINGS) -Werror -fsyntax-only $$f || exit 1; done; done

coverage: deps ## lines and branches that the tests reach; every branch of the code that seals, keeps accounts and writes is taken or argued
	@which gcovr jq >/dev/null || DEBIAN_FRONTEND=noninteractive apt-get install -y -qq gcovr jq
	@$(MAKE) --no-print-directory MODE=coverage tests
	@scripts/coverage.sh build/coverage

# Every source once through gcc's and once through clang's analyser; what they find is an error. A file that has not changed since is not looked at again.
ANALYSED := $(SOURCES) pipeline/main.c
analyze: $(ANALYSED:%=build/analyze/%.gcc) $(ANALYSED:%=build/analyze/%.clang) ## gcc -fanalyzer and clang --analyze over every source; any finding fails
	@echo "$(words $(ANALYSED)) sources, two analysers, nothing found"
build/analyze/%.gcc: % $(BUILD)/build_of_sources.h
	@mkdir -p $(@D)
	@echo "  GCC   $<"
	$(Q)gcc $(CPPFLAGS) -std=gnu17 -O1 -fanalyzer -Werror -MMD -MP -MF $@.d -MT $@ -c -o /dev/null $< && touch $@
build/analyze/%.clang: % $(BUILD)/build_of_sources.h
	@mkdir -p $(@D)
	@echo "  CLANG $<"
	$(Q)clang $(CPPFLAGS) -std=gnu17 --analyze --analyzer-output text -Xclang -analyzer-werror -MMD -MP -MF $@.d -MT $@ -o /dev/null $< && touch $@

clean: ## remove build/ and the program
	rm -rf build themetally

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' Makefile bench/bench.mk | sed -E 's/:.*## /\t/' | sort | expand -t 16

.PHONY: man install report-bundle test-disclosure test-report all deps test tests differential eval fuzz fuzz-run demo lint clean help
include bench/bench.mk

.SECONDARY:
-include $(shell find build -name '*.d' 2>/dev/null)
