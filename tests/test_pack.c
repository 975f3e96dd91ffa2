/* Packs: the same bytes as from the archives, whole or refused, and what they know of what they were made from. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "pipeline/pack.h"
#include "pipeline/pack_gather.h"
#include "tests/hurt.h"
#include "tests/packed.h"
#include "tests/shell.h"

static int set_up(void **state)
{
	if (shell_set_up(state) != 0)
		return -1;
	shell_run(0, "cp -r $S corpus && $T pack -q corpus -o c.pack && $T pack -q --check c.pack && mkdir hurt && cp $S/* hurt");
	/* text in Windows-1252, with and without dates; damage; what is no text; links */
	shell_run(0, "printf 'Serious case review\\nChild Z\\n\\nPublished 2014\\n\\nThe boy\\222s mother had depression \\226 neglect, \\223bullying\\224 and neglect.\\n"
	       "There was no evi-\\ndence of neglect. Sexual ab-\\nuse was caf\\351.\\n' >hurt/old.txt && printf 'a\\0b\\0\\1\\2' >hurt/binary.txt && ln -s old.txt hurt/link.txt");
	shell_run(0, "head -c 900 $S/research-digest-2012-03.txt.gz >hurt/cut.txt.gz && printf 'id,text\\n1,\"no neglect in 2015\"\\n2,\"neglect\\n' >hurt/torn.csv && "
	       "printf '{\"text\":\"Neglect in May 2011.\"}\\nnot json\\n{\"text\":\"Neglect again in 2012.\"}\\n' >hurt/bad.jsonl && : >hurt/empty.txt && mkdir hurt/deep && "
	       "for i in 1 2 3; do printf '<p>Child %s</p><p>Neglect in 201%s, caf&eacute;</p>' $i $i >hurt/deep/$i.html; done && (cd hurt && zip -q all.zip old.txt deep/* && "
	       "tar -czf - deep old.txt >deep.tar.gz)");
	return 0;
}

static void a_pack_gives_the_same_bytes(void **state)
{
	(void)state;
	shell_run(0, "$T pack -q -j 1 corpus -o 1.pack && $T pack -q -j 7 corpus -o 7.pack && cmp 1.pack 7.pack");
	static const char *const commands[] = {
		"count", "count --by fy", "count --by period:2010-14,2014-18 --year incident", "count --facet outcome", "count --where gender=female", "count --trend",
		"count --kind all --duplicates all", "count --kind other", "matrix", "matrix --wide", "matrix --format jsonl --kind all", "segment",
		"segment --kind review --duplicates once", "cooccur", "cooccur --unit sentence", "cooccur --themes parent.domestic_abuse,parent.mental_health",
		"kwic --kind all", "kwic --theme 'harm*' --sample 3 --context 200", "count --nested all", "matrix --kind other --verify 0.2"};
	for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
		char script[512];
		snprintf(script, sizeof script, "$T %s -q corpus >x && for j in 1 2 7; do $T %s -q -j $j c.pack >y && test -s x && cmp x y || exit 9; done", commands[i],
		         commands[i]);
		shell_run(0, script);
	}
}

/* Damage, what is skipped, and what is said of it. */
static void a_pack_says_what_its_archives_said(void **state)
{
	(void)state;
	shell_run(0, "printf '@lexicon name=r\\ntheme\\tpattern\\tflags\\nharm.neglect\\tneglect\\n"
	       "harm.slow\\t(a+)+(?<!a)c\\tr\\nharm.abuse\\tsexual abuse\\nharm.abuse\\tevidence of neglect\\n' >r.tsv && "
	       "printf '{\"text\":\"Neglect aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaac in 2011.\"}\\n{\"text\":\"\\\\u0000\\\\u0001\\\\u0002\\\\u0003\"}\\nnot json\\n"
	       "{\"text\":\"Neglect aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaac in 2012.\"}\\n' >hurt/slow.jsonl");
	shell_run(1, "$T pack -j 2 hurt -o h.pack");
	shell_run(0, "$T pack -q --check h.pack");
	static const char *const commands[] = {"count -l r.tsv --kind all", "segment", "kwic -l r.tsv --kind all", "matrix -l r.tsv --kind all"};
	for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
		char script[1024];
		/* the same messages in the same order, but for the time that the summary tells */
		snprintf(script, sizeof script,
		         "$T %s -j 1 hurt >x 2>ex; a=$?; $T %s -j 1 h.pack >y 2>ey; b=$?; sed -i 's/ of text in .*//' ex ey; "
		         "test $a = 1 && test $b = 1 && test -s x && cmp x y && sort ex >sx && sort ey >sy && cmp sx sy && "
		         "grep '^themetally: hurt/slow' ex >lx; grep '^themetally: hurt/slow' ey >ly; cmp lx ly && "
		         "$T %s -j 3 h.pack >y 2>/dev/null; cmp x y", commands[i], commands[i], commands[i]);
		shell_run(0, script);
	}
	shell_run(0, "test $(grep -c 'match limit' ly) = 2 && grep -q 'skipped, not-text' ly && grep -q 'hurt/cut.txt.gz: refused' ey && grep -q 'hurt/link.txt: skipped' ey");
	shell_run(3, "$T count -q --strict h.pack");
}

static void packs_and_archives_mix(void **state)
{
	(void)state;
	shell_run(0, "cp -r corpus mix && $T count -q mix >x && $T segment -q mix >sx && cd mix && ls | head -4 >../first && cd .. && "
	       "$T pack -q $(sed s,^,mix/, first) -o one.pack && $T pack -q mix/*.jsonl.gz -o two.pack");
	shell_run(0, "$T count -q one.pack two.pack mix >y && cmp x y && $T segment -q -j 3 mix two.pack one.pack >y && cmp sx y");
	/* only in the pack: as if it were still there */
	shell_run(0, "for f in $(cat first); do rm mix/$f; done && $T segment -q mix one.pack >y && cmp sx y");
	/* a review that stands in a pack and in another archive counts once */
	shell_run(0, "mkdir twice && cp corpus/board-newsletter.txt twice/a.txt && cp corpus/board-newsletter.txt twice/b.txt && $T count -q twice >x && "
	       "$T pack -q twice/a.txt -o a.pack && rm twice/a.txt && $T count -q a.pack twice >y && cmp x y");
	/* a pack among the archives of a directory is read as one */
	shell_run(0, "mkdir with && cp c.pack with/ && $T count -q with >y && $T count -q corpus >x && cmp x y");
	shell_run(2, "$T pack -q with -o again.pack");
	shell_run(0, "grep -q 'c.pack is a pack' err.before && $T pack -q corpus -o corpus/own.pack && cp corpus/own.pack p && $T pack -q corpus -o corpus/own.pack && cmp p corpus/own.pack && "
	       "$T count -q corpus >y && cmp x y && rm corpus/own.pack");
}

static void a_stale_pack_says_so(void **state)
{
	(void)state;
	shell_run(0, "cp -r corpus stale && $T pack -q stale -o s.pack && $T count -q stale >x && $T count -q s.pack 2>e >y && cmp x y && ! test -s e");
	shell_run(0, "cp stale/board-newsletter.txt kept && printf 'Published 2019. Neglect.' >stale/board-newsletter.txt && $T count -q s.pack 2>e >y && cmp x y && "
	       "grep -q 's.pack is stale: 1 of its 10 archives have changed since it was made, the first stale/board-newsletter.txt' e");
	/* named beside the pack, the file itself counts */
	shell_run(0, "$T count -q stale >x2 && $T count -q stale s.pack 2>e >y && cmp x2 y && ! cmp -s x x2");
	shell_run(1, "$T pack --check s.pack");
	shell_run(0, "grep -q 'board-newsletter.txt has changed' err.before && rm -r stale && $T count -q s.pack 2>e >y && cmp x y && ! test -s e");
	/* content changed behind an unchanged size and time: --check reads the file */
	shell_run(0, "mkdir stale && printf 'Neglect in 2019.' >stale/a.txt && $T pack -q stale -o s.pack && touch -r stale/a.txt t && printf 'Neglect in 2018.' >stale/a.txt && "
	       "touch -r t stale/a.txt && $T count -q s.pack 2>e >y && ! test -s e");
	shell_run(1, "$T pack --check s.pack");
	shell_run(0, "printf 'Neglect in 2019.' >stale/a.txt && touch -r t stale/a.txt && $T pack -q --check s.pack && printf 'x 2018' >stale/b.txt");
	shell_run(1, "$T pack --check s.pack");
	shell_run(0, "grep -q 'stale/b.txt is not in it' err.before");
}

static void other_options_are_refused(void **state)
{
	(void)state;
	shell_run(0, "$T pack -q --sections all corpus -o all.pack && $T count -q --sections all --kind all corpus >x && $T count -q --sections all --kind all all.pack >y && cmp x y");
	shell_run(2, "$T count -q all.pack");
	shell_run(0, "grep -q 'all.pack was made with --sections all, and this run has main: give the same, or pack again' err.before");
	shell_run(2, "$T count -q --text-field body c.pack");
	shell_run(2, "$T count -q --limit member=3M c.pack");
	shell_run(0, "$T count -q --limit read=4K c.pack >/dev/null && printf 'layout mine\\nentry e : ^Nothing$\\n' >m.layout");
	shell_run(2, "$T count -q --layout m.layout c.pack");
	shell_run(0, "grep -q 'other --layout files' err.before");
	shell_run(2, "$T pack corpus");
	shell_run(2, "$T pack --check -o x c.pack");
	shell_run(3, "$T pack -q nowhere -o n.pack");
	shell_run(0, "! test -e n.pack");
	shell_run(1, "$T segment -q --explain c.pack");
	shell_run(0, "grep -q 'name the archive itself' err.before");
}

static void a_store_can_be_updated_from_a_pack(void **state)
{
	(void)state;
	shell_run(0, "$T update -q --store a.db corpus && $T update -q --store p.db c.pack");
	static const char *const commands[] = {"count --kind all", "matrix", "segment", "cooccur"};
	for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
		char script[256];
		snprintf(script, sizeof script, "$T %s -q --store a.db >x && $T %s -q --store p.db >y && cmp x y", commands[i], commands[i]);
		shell_run(0, script);
	}
	/* it is the same archives: nothing is new, by identity or by hash */
	shell_run(0, "sha256sum p.db >sums && $T update --store p.db corpus && grep -q '10 archives unchanged, 0 read' err && $T update -q --check hash --store p.db c.pack && "
	       "sha256sum -c --quiet sums && $T verify --store p.db");
	/* a changed lexicon is counted from the pack, its archives gone */
	shell_run(0, "printf 'theme\\tpattern\\nharm\\tneglect\\n' >n.tsv && $T count -q -l n.tsv corpus >x && mv corpus away && $T update -q -l n.tsv --store p.db c.pack && "
	       "mv away corpus && $T count -q --store p.db >y && cmp x y");
}

/* ---- in this process ---- */

/* Every text comes out byte for byte, and every word's place with it. */
static void expect_texts(const char *path, struct buf *texts, size_t count)
{
	struct fault fault;
	struct pack *p = pack_open(path, &fault);
	struct pack_reader r = {0};
	struct buf text = BUF_INIT;
	struct tokens t = {0};
	size_t seen = 0;
	assert_non_null(p);
	for (size_t b = 0; b < p->contents.block_count; b++) {
		assert_true(pack_read(&r, p, b, PACK_TEXTS, &fault));
		for (size_t i = 0; i < r.block.review_count; i++, seen++) {
			struct pack_origins origins;
			assert_true(pack_block_text(&r.block, &p->tables, i, &text, NULL));
			assert_int_equal(text.length, texts[seen].length);
			assert_memory_equal(text.data, texts[seen].data, text.length);
			tokens_find(&t, ENGINE_PLAIN, text.data, text.length);
			assert_int_equal(r.block.reviews[i].words, t.count);
			uint32_t *gaps = mem_alloc(((size_t)t.count + 1) * sizeof *gaps);
			pack_block_gaps(&r.block, i, gaps);
			pack_origins_begin(&origins, &r.block, i);
			for (uint32_t k = t.count; k-- > 0;) {
				const char *bytes;
				assert_int_equal(pack_string_of(&p->tables.gaps, &r.block.gaps, gaps[k], &bytes)->mark, t.gaps[(ptrdiff_t)k - 1]);
				assert_int_equal(pack_origins_find(&origins, k, t.edges[2 * (size_t)k]), t.edges[2 * (size_t)k] + 7 * seen);
			}
			free(gaps);
		}
	}
	assert_int_equal(seen, count);
	tokens_release(&t);
	buf_release(&text);
	pack_reader_release(&r);
	pack_close(p);
}

static void texts_made_to_hurt_survive(void **state)
{
	(void)state;
	enum { TEXTS = 400 };
	static const enum hurt_kind kinds[] = {HURT_ORDINARY, HURT_LARGE, HURT_LONG, HURT_WIDE};
	char path[128];
	snprintf(path, sizeof path, "%s/hurt.pack", shell_folder());
	for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
		size_t count = kinds[k] == HURT_LONG ? 6 : kinds[k] == HURT_WIDE ? 40 : TEXTS;
		struct hurt *h = hurt_new(11 + k, kinds[k]);
		struct buf *texts = packed_texts(h, count);
		packed_write(path, texts, count, NULL);
		expect_texts(path, texts, count);
		packed_free_texts(texts, count);
		hurt_free(h);
	}
}

/* More strings than a thread's table holds, longer ones than it takes, and numbers of three bytes. */
static void many_different_words_survive(void **state)
{
	(void)state;
	enum { WORDS = GATHER_WORDS_MOST + 100000, TEXTS = 3 };
	struct buf texts[TEXTS] = {BUF_INIT, BUF_INIT, BUF_INIT};
	char path[128];
	snprintf(path, sizeof path, "%s/many.pack", shell_folder());
	for (size_t i = 0; i < WORDS; i++)
		buf_printf(&texts[0], "w%zx ", i);
	for (size_t i = 0; i < 70000; i++) /* of the first, and so in the tables where there is room */
		buf_printf(&texts[1], "w%zx%*s", i, (int)(1 + i % 300), "");
	for (size_t i = 0; i < 1000; i++)
		buf_printf(&texts[2], "%0*zu,", (int)(i + 1), i);
	packed_write(path, texts, TEXTS, NULL);
	expect_texts(path, texts, TEXTS);
	for (size_t i = 0; i < TEXTS; i++)
		buf_release(&texts[i]);
}

static bool reads_whole(const char *path)
{
	struct fault fault = {.code = FAULT_NONE};
	struct pack *p = pack_open(path, &fault);
	struct pack_reader r = {0};
	bool whole = p != NULL;
	for (size_t b = 0; whole && b < p->contents.block_count; b++)
		whole = pack_read(&r, p, b, PACK_TEXTS, &fault);
	if (!whole)
		assert_true(fault.code == FAULT_CHECKSUM || fault.code == FAULT_TRUNCATED || fault.code == FAULT_CORRUPT || fault.code == FAULT_UNSUPPORTED);
	if (!whole)
		assert_true(fault.packed_offset != FAULT_NO_OFFSET);
	pack_reader_release(&r);
	pack_close(p);
	return whole;
}

static void every_damage_is_seen(void **state)
{
	(void)state;
	char path[128], byte;
	struct buf text = BUF_INIT;
	snprintf(path, sizeof path, "%s/small.pack", shell_folder());
	for (int i = 0; i < 40; i++)
		buf_printf(&text, "The neglect of child %d, and of the other%s", i % 7, i % 3 ? " " : ". ");
	packed_write(path, &text, 1, NULL);
	assert_true(reads_whole(path));
	int fd = open(path, O_RDWR);
	off_t length = lseek(fd, 0, SEEK_END);
	for (off_t at = 0; at < length; at++)
		for (int bit = 0; bit < 8; bit++) {
			assert_int_equal(pread(fd, &byte, 1, at), 1);
			char changed = (char)(byte ^ 1 << bit);
			assert_int_equal(pwrite(fd, &changed, 1, at), 1);
			if (reads_whole(path))
				fail_msg("bit %d of byte %lld", bit, (long long)at);
			assert_int_equal(pwrite(fd, &byte, 1, at), 1);
		}
	assert_true(reads_whole(path));
	while (length-- > 0) {
		assert_int_equal(ftruncate(fd, length), 0);
		assert_false(reads_whole(path));
	}
	close(fd);
	buf_release(&text);
}

/* Settled once for all that is in a pack, and searched for where a run has anything else. */
static void duplicates_are_kept(void **state)
{
	(void)state;
	shell_run(0, "mkdir dups && cp corpus/* dups && cp corpus/research-digest-2012-03.txt.gz dups/again.txt.gz && cp corpus/board-newsletter.txt dups/zz.txt && $T pack -q dups -o d.pack && "
	       "$T pack -q --check d.pack && $T pack -q dups/a* -o e.pack && $T pack -q dups/[!a]* -o f.pack");
	static const char *const commands[] = {"segment", "segment --duplicates once", "count", "matrix --duplicates all", "count --kind other"};
	for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
		char script[512];
		snprintf(script, sizeof script, "$T %s -q dups >x && test -s x && for p in d.pack 'e.pack f.pack' 'e.pack dups'; do $T %s -q $p >y && cmp x y || exit 9; done", commands[i], commands[i]);
		shell_run(0, script);
	}
	struct fault fault;
	char path[128];
	snprintf(path, sizeof path, "%s/d.pack", shell_folder());
	struct pack *p = pack_open(path, &fault);
	assert_non_null(p);
	assert_true(p->duplicate_count > 0);
	size_t archives = p->contents.archive_count, count;
	uint64_t rows = p->contents.review_count;
	struct archive_path *list = mem_calloc(archives + 1, sizeof *list);
	struct duplicate *kept;
	for (size_t i = 0; i < archives; i++)
		list[i].packed = &p->contents.archives[i];
	assert_true(pack_duplicates_of(list, archives, rows, &kept, &count));
	assert_int_equal(count, p->duplicate_count);
	assert_memory_equal(kept, p->duplicates, count * sizeof *kept);
	free(kept);
	assert_false(pack_duplicates_of(list, archives, rows - 1, &kept, &count));     /* a block is damaged */
	assert_false(pack_duplicates_of(list, archives - 1, rows, &kept, &count));     /* some are read from their files */
	assert_false(pack_duplicates_of(list, archives + 1, rows, &kept, &count));     /* one more archive */
	list[archives - 1].packed = NULL;
	assert_false(pack_duplicates_of(list, archives, rows, &kept, &count));
	assert_false(pack_duplicates_of(list, 0, 0, &kept, &count));
	free(list);
	pack_close(p);
}

/* What is damaged counts nothing and is named; the rest counts. */
static void a_damaged_block_refuses_its_archives(void **state)
{
	(void)state;
	shell_run(0, "mkdir big && for i in $(seq 1 120); do echo \"Serious case review. Child A$i. Published 2015. Neglect and $i things.\"; cat $S/board-newsletter.txt; done >big/a.txt && "
	       "cp $S/board-newsletter.txt big/b.txt && $T pack -q big -o b.pack && $T count -q big/b.txt >x");
	/* the first block is of the large archive */
	shell_run(0, "cp b.pack bad.pack && printf '\\377\\377\\377' | dd of=bad.pack bs=1 seek=4000 conv=notrunc 2>/dev/null");
	shell_run(1, "$T count -q bad.pack >y");
	shell_run(0, "cmp x y && grep -q 'big/a.txt: refused, checksum at packed byte 24: a block of the pack is damaged; pack again' err.before");
	shell_run(1, "$T pack --check bad.pack");
	shell_run(3, "$T count -q --strict bad.pack");
	shell_run(0, "head -c 3000 b.pack >cut.pack");
	shell_run(3, "$T count -q cut.pack");
	shell_run(1, "$T count -q cut.pack big/b.txt >y");
	shell_run(0, "cmp x y && grep -q 'cut.pack: refused, truncated at packed byte 3000' err.before");
}

/* A column that says it is long where few bytes are is refused before memory is taken for it. */
static void no_memory_for_what_cannot_come_out(void **state)
{
	(void)state;
	struct buf bytes = BUF_INIT, column = BUF_INIT;
	ZSTD_DCtx *context = NULL;
	put_number(&bytes, PACK_COLUMN_MOST);
	put_number(&bytes, 16);
	for (int i = 0; i < 16; i++)
		buf_append_char(&bytes, 1);
	struct byte_reader r = buf_reader(&bytes);
	assert_false(pack_columns_get(&context, &r, &column, 1, 1));
	assert_true(column.capacity < 1 << 20);
	buf_release(&column);
	buf_release(&bytes);
	ZSTD_freeDCtx(context);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_pack_gives_the_same_bytes), cmocka_unit_test(a_pack_says_what_its_archives_said), cmocka_unit_test(packs_and_archives_mix),
		cmocka_unit_test(a_stale_pack_says_so), cmocka_unit_test(other_options_are_refused), cmocka_unit_test(a_store_can_be_updated_from_a_pack),
		cmocka_unit_test(texts_made_to_hurt_survive), cmocka_unit_test(many_different_words_survive), cmocka_unit_test(every_damage_is_seen),
		cmocka_unit_test(duplicates_are_kept), cmocka_unit_test(a_damaged_block_refuses_its_archives),
		cmocka_unit_test(no_memory_for_what_cannot_come_out)};
	return cmocka_run_group_tests(tests, set_up, shell_tear_down);
}
