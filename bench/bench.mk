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

$(BENCH)/bench: $(addprefix $(BENCH)/,bench.o work.o world.o definition.o stages.o peers.o commands.o) $(BUILD)/libthemetally.a
	$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)
