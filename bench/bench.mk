# The sample corpus, the synthetic corpora and the benchmarks.
BENCH := $(BUILD)/bench

$(BENCH)/gen_sample: $(BENCH)/gen_sample.o $(BENCH)/sample_cases.o $(BUILD)/base/mem.o
	$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

sample: $(BENCH)/gen_sample ## write corpora/sample/ and its truth again from bench/sample/
	@mkdir -p corpora/sample && rm -f corpora/sample/*
	$< bench/sample corpora/sample corpora/sample-truth.jsonl

.PHONY: sample

$(BENCH)/gen_lexicon: $(BENCH)/gen_lexicon.o $(BENCH)/vocabulary.o $(BUILD)/libthemetally.a
	$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(BENCH)/gen_corpus: $(addprefix $(BENCH)/,gen_corpus.o corpus_writer.o sentences.o phrases.o vocabulary.o) $(BUILD)/libthemetally.a
	$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(BENCH)/bench: $(addprefix $(BENCH)/,bench.o work.o world.o definition.o stages.o peers.o commands.o launcher.o) $(BUILD)/libthemetally.a
	$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

BENCH_PROGRAMS := $(addprefix $(BENCH)/,bench gen_corpus gen_lexicon) $(BUILD)/themetally
RUN_BENCH = $(BENCH)/bench --programs=$(BUILD) --data=build/bench-data

bench: $(BENCH_PROGRAMS) ## measure the stages, the growth with the lexicon and a rerun over a pack (minutes; makes its corpora first)
	@mkdir -p build/bench-data
	$(RUN_BENCH) bench/defs/stages.def bench/defs/growth.def bench/defs/rerun.def

bench-full: $(BENCH_PROGRAMS) ## measure everything, peers too, and keep the samples in bench/runs/ (an hour)
	@mkdir -p build/bench-data
	$(RUN_BENCH) --runs=bench/runs $(sort $(wildcard bench/defs/*.def))

bench-peers: ## install the Debian packages of the programs that bench-full compares with
	apt-get install -y -qq isal ripgrep ugrep python3-ahocorasick librsvg2-bin

.PHONY: bench bench-full bench-peers

$(BENCH)/draw: $(BENCH)/draw.o $(BUILD)/base/mem.o
	$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

# The newest run of a definition.
NEWEST = $(lastword $(sort $(wildcard bench/runs/*-$(1).json)))
bench-pictures: $(BENCH)/draw ## draw docs/pictures/ from the newest runs in bench/runs/, and print the tables of docs/benchmarks.md
	@mkdir -p docs/pictures
	@$(BENCH)/draw bars $(call NEWEST,peers) >docs/pictures/peers.svg
	@$(BENCH)/draw bars $(call NEWEST,stages) >docs/pictures/stages.svg
	@$(BENCH)/draw growth $(call NEWEST,growth) >docs/pictures/growth.svg
	@$(BENCH)/draw table $(sort $(foreach d,$(patsubst bench/defs/%.def,%,$(wildcard bench/defs/*.def)),$(call NEWEST,$(d))))

.PHONY: bench-pictures

$(BENCH)/bench_segment: $(BENCH)/bench_segment.o $(BUILD)/libthemetally.a
	$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(BENCH)/gen_store: $(BENCH)/gen_store.o $(BUILD)/libthemetally.a
	$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

bench-store: $(BENCH)/gen_store $(BENCH)/gen_corpus $(BUILD)/themetally ## measure the store: a million reviews, and a night with 10,000 archives
	@command -v sqlite3 strace >/dev/null || DEBIAN_FRONTEND=noninteractive apt-get install -y -qq sqlite3 strace
	@bench/store.sh $(BUILD) build/bench-store

.PHONY: bench-store
