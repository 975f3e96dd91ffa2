/* Dictionaries of other programs: what each becomes, and what is said to be left out. All of them are invented. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "matchers/dictionary.h"

static void show(const struct problem_list *problems)
{
	problem_list_print(problems, stderr);
}

/* Imports; the rows after the header line must be those expected, and the warnings "line: words", up to NULL. */
static char *imports(const char *name, const char *text, const char *directives, const char *rows, const char *const *warnings)
{
	struct buf native = BUF_INIT;
	struct problem_list problems = {NULL, 0, 0};
	enum dictionary_format format = dictionary_guess(name, text, strlen(text));
	if (dictionary_import(format, name, text, strlen(text), &native, &problems) != 0) {
		show(&problems);
		fail_msg("%s was refused", name);
	}
	static const char header[] = "theme\tpattern\tflags\tnote\n";
	char *body = strstr(native.data, header);
	assert_non_null(body);
	if (directives) {
		char *before = mem_strndup(native.data, (size_t)(body - native.data));
		assert_string_equal(before, directives);
		free(before);
	}
	assert_string_equal(body + strlen(header), rows);
	size_t i = 0;
	bool fine = true;
	for (; i < problems.count && warnings[i]; i++) {
		char *words;
		unsigned long line = strtoul(warnings[i], &words, 10);
		fine &= problems.items[i].line == line && problems.items[i].grade == PROBLEM_WARNING && strstr(problems.items[i].message, words + 2);
	}
	if (!fine || i < problems.count || warnings[i]) {
		show(&problems);
		fail_msg("%s: not the warnings expected, from '%s' on", name, warnings[i] ? warnings[i] : "(none)");
	}
	problem_list_release(&problems);
	/* whatever an import gives can be read */
	struct lexicon_source source = {"imported", native.data, native.length};
	struct lexicon *l = lexicon_read(&source, 1, NULL, &problems);
	show(&problems);
	assert_non_null(l);
	lexicon_free(l);
	problem_list_release(&problems);
	return buf_detach(&native);
}

#define IMPORTS(name, text, directives, rows, ...) free(imports(name, text, directives, rows, (const char *const[]){__VA_ARGS__ NULL}))

static void refuses(enum dictionary_format format, const char *bytes, size_t length, uint32_t line, const char *words)
{
	struct buf native = BUF_INIT;
	struct problem_list problems = {NULL, 0, 0};
	assert_int_equal(dictionary_import(format, "x", bytes, length, &native, &problems), -1);
	const struct problem *last = &problems.items[problems.count - 1];
	if (last->grade != PROBLEM_ERROR || last->line != line || !strstr(last->message, words)) {
		show(&problems);
		fail();
	}
	assert_int_equal(native.length, 0);
	buf_release(&native);
	problem_list_release(&problems);
}

#define REFUSES(format, text, line, words) refuses(format, text, strlen(text), line, words)

static void formats_are_guessed(void **state)
{
	(void)state;
	static const struct {
		const char *name, *text;
		enum dictionary_format format;
	} cases[] = {
		{"a/b.dic", "", DICTIONARY_LIWC},
		{"b.DICX", "", DICTIONARY_DICX},
		{"b.cat", "", DICTIONARY_WORDSTAT},
		{"b.ykd", "", DICTIONARY_YOSHIKODER},
		{"b.lcd", "", DICTIONARY_YOSHIKODER},
		{"b.lc3", "", DICTIONARY_LEXICODER},
		{"b.yml", "", DICTIONARY_QUANTEDA},
		{"b.yaml", "", DICTIONARY_QUANTEDA},
		{"b.jsonl", "", DICTIONARY_SPACY},
		{"b.tsv", "", DICTIONARY_NATIVE},
		{"a.dic/b", "one\n", DICTIONARY_PHRASES},
		{"b.txt", "%\n1\tx\n%\n", DICTIONARY_LIWC},
		{"b.csv", "DicTerm,x\n", DICTIONARY_DICX},
		{"b.txt", "\xef\xbb\xbf \n+x\nb\n", DICTIONARY_LEXICODER},
		{"b.xml", "<?xml?>", DICTIONARY_YOSHIKODER},
		{"b.cat", " <?xml version=\"1.0\"?><dictionary/>", DICTIONARY_YOSHIKODER},
		{"-", "{\"label\": 1}", DICTIONARY_SPACY},
		{"-", "theme\tpattern\n", DICTIONARY_NATIVE},
		{"-", "@lexicon name=x\n", DICTIONARY_NATIVE},
		{"-", "---\na: b\n", DICTIONARY_QUANTEDA},
		{"-", "a=>b\n\nc=>d\nb\n", DICTIONARY_FLASHTEXT},
		{"-", "a=>b\nc\nd\n", DICTIONARY_PHRASES},
		{"-", "", DICTIONARY_PHRASES},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		assert_string_equal(dictionary_word(dictionary_guess(cases[i].name, cases[i].text, strlen(cases[i].text))), dictionary_word(cases[i].format));
	enum dictionary_format f;
	assert_int_equal(dictionary_parse("wordstat", &f), 0);
	assert_int_equal(f, DICTIONARY_WORDSTAT);
	assert_int_equal(dictionary_parse("unknown", &f), -1);
}

static void liwc(void **state)
{
	(void)state;
	IMPORTS("dir/risks.dic",
	        "%\r\n1\tHarm (Harm words)\r\n\t2\tNeglect\r\n\t3\tAnger\r\n4\thelp\r\n%\r\n"
	        "neglect*\t1\t2\r\n"
	        "cross with\t1 3\r\n"
	        "support\t4\r\n"
	        "visit 4\r\n"
	        "kind\t(02 134)125/464\t4\r\n"
	        "(i) like\t4\r\n"
	        "odd\t9\r\n"
	        "alone\r\n"
	        ":)\t4\r\n"
	        "well, then\t4\r\n",
	        "@lexicon name=\"risks\"\n@theme harm label=\"Harm words\"\n@theme harm.neglect label=\"Neglect\"\n"
	        "@theme harm.anger label=\"Anger\"\n@theme help\n",
	        "harm.neglect\tneglect*\t\t\nharm.anger\tcross with\t\t\nhelp\tsupport\t\t\nhelp\tvisit\t\t\nhelp\tkind\t\t\nhelp\twell then\t\t\n", "11: the condition '(02 134)125/464'",
	        "12: under a condition", "13: the unknown category '9'", "13: has no category", "14: has no category", "15: ':)' is left out", "16: becomes 'well then': no entry can hold ','", );
	REFUSES(DICTIONARY_LIWC, "word\t1\n", 0, "between two lines of '%'");
	IMPORTS("pad.dic", "%\n01\tlow\n2\thigh words (of some)\n%\na\t1\nb\t02 1\nc\t001\n", "@lexicon name=\"pad\"\n@theme low\n@theme high_words label=\"high words\" description=\"of some\"\n",
	        "low\ta\t\t\nhigh_words\tb\t\t\nlow\tb\t\t\nlow\tc\t\t\n", );
	IMPORTS("a.dic", "%\n1\ta\n%\n", NULL, "", "0: not one entry was found in it", );
	IMPORTS("a.dic", "before\n%\n1\ta\nx\n1\ta\n%\nw\t1\t1\n", NULL, "a\tw\t\t\n", "1: stands before", "4: 'x' is no category", "5: is there twice", );
}

static void dicx(void **state)
{
	(void)state;
	IMPORTS("x.dicx", "\xef\xbb\xbf" "DicTerm,Harm,\"Care, good\"\r\nneglect*,X,\r\n\"hot \"\"meal\"\"\",,X\r\nboth,1,x\r\nheavy,0.5,0\r\nnone,,\r\nlong,X,,X\r\n",
	        "@lexicon name=\"x\"\n@theme harm label=\"Harm\"\n@theme care_good label=\"Care, good\"\n",
	        "harm\tneglect*\t\t\ncare_good\thot \"meal\"\t\t\nharm\tboth\t\t\ncare_good\tboth\t\t\nharm\theavy\t\t\nharm\tlong\t\t\n", "5: the weight 0.5", "6: 'none' has no category",
	        "7: more cells than the header", );
	REFUSES(DICTIONARY_DICX, "word,a\nx,X\n", 1, "begins with DicTerm");
}

static void wordstat(void **state)
{
	(void)state;
	IMPORTS("x.cat",
	        "NEGATIVE\n"
	        "\tNEG WORDS\n"
	        "\t\tNEGLECT* (1)\n"
	        "\t\tPOOR_CARE (1)\n"
	        "\t\tWOM?N (2)\n"
	        "   \tRules\n"
	        "   \t\t@NOT_SAFE [#GOOD AFTER #NEGATIONS /S 3] (1)\n"
	        "   \t\t@NEAR [RISK NEAR HIGH /S 1] (1)\n"
	        "   \t\t@FAR [risk BEFORE harm /S] (1)\n"
	        "   \tNOT\n"
	        "   \t\t@BAD [POOR_CARE NOT NEAR never /S 4] (1)\n"
	        "GOOD\n"
	        "\tSAFE (1)\n"
	        "\tWELL_CARED_FOR (1)\n"
	        "NEGATIONS\n"
	        "\tNOT (1)\n"
	        "\tNEVER (1)\n"
	        "\t@ODD [SAFE AND WELL] (1)\n"
	        "\t@ODD2 [SAFE AFTER NOT /P 3] (1)\n"
	        "\t@ODD3 [SAFE AFTER #NONE /S 3] (1)\n"
	        "\t@ODD4 [SAFE AFTER A AND NEAR B /S 3] (1)\n"
	        "\t@ODD5 (1)\n",
	        "@lexicon name=\"x\"\n@theme negative label=\"NEGATIVE\"\n@theme negative.neg_words label=\"NEG WORDS\"\n@theme negative.rules label=\"Rules\"\n"
	        "@theme negative.not label=\"NOT\"\n@theme good label=\"GOOD\"\n@theme negations label=\"NEGATIONS\"\n",
	        "negative.neg_words\tNEGLECT*\t\t\n"
	        "negative.neg_words\tPOOR_CARE\t\t\n"
	        "negative.neg_words\t(?<![\\w'])wom\\wn(?:'s)?(?![\\w'])\tr\t\n"
	        "negative.rules\t{NOT|NEVER} ~2 {SAFE|WELL_CARED_FOR}\tc\t@NOT_SAFE [#GOOD AFTER #NEGATIONS /S 3]\n"
	        "negative.rules\t{RISK} {HIGH}\tc\t@NEAR [RISK NEAR HIGH /S 1]\n"
	        "negative.rules\t{HIGH} {RISK}\tc\t@NEAR [RISK NEAR HIGH /S 1]\n"
	        "negative.rules\t{risk} ~20 {harm}\tc\t@FAR [risk BEFORE harm /S]\n"
	        "negative.not\t{POOR_CARE}\t\t@BAD [POOR_CARE NOT NEAR never /S 4]\n"
	        "negative.not\t{POOR_CARE} ~3 {never}\tcx\t@BAD [POOR_CARE NOT NEAR never /S 4]\n"
	        "negative.not\t{never} ~3 {POOR_CARE}\tcx\t@BAD [POOR_CARE NOT NEAR never /S 4]\n"
	        "good\tSAFE\t\t\ngood\tWELL_CARED_FOR\t\t\nnegations\tNOT\t\t\nnegations\tNEVER\t\t\n",
	        "5: the weight 2", "5: becomes the regular expression", "9: its reach becomes 20 words", "11: its NOT becomes exclusions", "18: an entry can say A [NOT] NEAR", "19: an entry can say",
	        "20: which the dictionary does not have", "20: one of its sides is empty", "21: an entry can say", "22: an entry can say", );
	IMPORTS("loose.cat", "WORD (1)\nA\n\tB\n\t\tx (1)\n\ty (1)\n", NULL, "loose\tWORD\t\t\na.b\tx\t\t\na\ty\t\t\n", );
}

/* Large categories in a rule are cut into patterns that can be read. */
static void wordstat_rules_over_large_categories(void **state)
{
	(void)state;
	struct buf text = BUF_INIT;
	buf_append_str(&text, "R\n\t@R [#ONE AFTER #TWO /S 2] (1)\nONE\n");
	for (int i = 0; i < 300; i++)
		buf_printf(&text, "\tword%d-part (1)\n", i);
	buf_append_str(&text, "TWO\n");
	for (int i = 0; i < 60; i++)
		buf_printf(&text, "\tnot%d (1)\n", i);
	struct buf native = BUF_INIT;
	struct problem_list problems = {NULL, 0, 0};
	assert_int_equal(dictionary_import(DICTIONARY_WORDSTAT, "x.cat", text.data, text.length, &native, &problems), 0);
	assert_int_equal(problems.count, 0);
	struct lexicon_source source = {"x", native.data, native.length};
	struct lexicon *l = lexicon_read(&source, 1, NULL, &problems);
	assert_non_null(l);
	size_t sequences = 0;
	for (size_t i = 0; i < l->entry_count; i++)
		if (l->entries[i].theme == lexicon_theme(l, "r")) {
			size_t count;
			struct item_list *lists = entry_expand(&l->entries[i], &count);
			sequences += count;
			item_lists_free(lists, count);
		}
	assert_int_equal(sequences, 300 * 2 * 60);
	lexicon_free(l);
	buf_release(&text);
	buf_release(&native);
}

static void yoshikoder_and_lexicoder(void **state)
{
	(void)state;
	IMPORTS("x.ykd",
	        "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>\n"
	        "<dictionary style=\"050805\" patternengine=\"substring\">\n"
	        " <cnode name=\"Care &amp; harm\" desc=\"top\">\n"
	        "  <cnode name=\"Harm\" desc=\"what hurts\" color=\"1 2 3\"><pnode name=\"na\xefve*\"/>\n"
	        "   <cnode name=\"Neglect\"><pnode name=\"left alone\" score=\"2.0\"/></cnode>\n"
	        "   <other/>\n"
	        "  </cnode>\n"
	        "  <cnode name=\"Empty\"/>\n"
	        " </cnode>\n"
	        "</dictionary>\n",
	        "@lexicon name=\"Care & harm\"\n@theme harm label=\"Harm\" description=\"what hurts\"\n@theme harm.neglect label=\"Neglect\"\n@theme empty label=\"Empty\"\n",
	        "harm\tna\xc3\xafve*\t\t\nharm.neglect\tleft alone\t\t\n", "5: score=\"2.0\" is left out", "6: element <other>", );
	IMPORTS("x.lcd", "<dictionary style=\"Lexicoder\" name=\"agendas\">\n<cnode name=\"t100\"><pnode name=\" spending \"></pnode></cnode><pnode name=\"loose\"/></dictionary>",
	        "@lexicon name=\"agendas\"\n@theme t100\n@theme x\n", "t100\tspending\t\t\nx\tloose\t\t\n", );
	IMPORTS("x.lc3", "loose\r\n+negative#AA0000\r\nbad*\r\n not good\r\n+Positive\r\ngood\r\nno! no\r\n",
	        "@lexicon name=\"x\"\n@theme x\n@theme negative\n@theme positive label=\"Positive\"\n",
	        "x\tloose\t\t\nnegative\tbad*\t\t\nnegative\tnot good\t\t\npositive\tgood\t\t\npositive\tno no\t\t\n", "7: no entry can hold '!'", );
	REFUSES(DICTIONARY_YOSHIKODER, "<dictionary><cnode>\n</dictionary>", 2, "not well-formed XML");
	REFUSES(DICTIONARY_YOSHIKODER, "", 1, "not well-formed XML");
	REFUSES(DICTIONARY_YOSHIKODER, "<html/>", 0, "its root is <dictionary>");
	REFUSES(DICTIONARY_YOSHIKODER, "<!DOCTYPE d [<!ENTITY e \"x\">]><dictionary><pnode name=\"&e;\"/></dictionary>", 0, "document type declaration");
	REFUSES(DICTIONARY_YOSHIKODER, "<!DOCTYPE d SYSTEM \"file:///etc/passwd\"><dictionary/>", 0, "document type declaration");
	REFUSES(DICTIONARY_YOSHIKODER, "<dictionary patternengine=\"regexp\"/>", 1, "regular expressions");
}

static void quanteda(void **state)
{
	(void)state;
	IMPORTS("x.yml",
	        "# a comment\n"
	        "Harm:\n"
	        "  Neglect: [neglect*, \"left alone\"]\n"
	        "  \"__\":\n"
	        "    - harm*\n"
	        "    - wom?n\n"
	        "  '': hurt\n"
	        "Caf\xc3\xa9 owner: caf\xc3\xa9\n"
	        "empty:\n"
	        "nothing: ~\n"
	        "again: &a [x1]\n"
	        "alias: *a\n"
	        "maps:\n  - inner: deep\n  - plain\n"
	        "empty: [more]\n"
	        "merge: {<<: [x9], y: b9}\n",
	        "@lexicon name=\"x\"\n@theme harm label=\"Harm\"\n@theme harm.neglect label=\"Neglect\"\n@theme cafe_owner label=\"Caf\xc3\xa9 owner\"\n@theme empty\n@theme nothing\n"
	        "@theme again\n@theme alias\n@theme maps\n@theme maps.inner\n@theme merge\n@theme merge.y\n",
	        "harm.neglect\tneglect*\t\t\nharm.neglect\tleft alone\t\t\nharm\tharm*\t\t\nharm\t(?<![\\w'])wom\\wn(?:'s)?(?![\\w'])\tr\t\nharm\thurt\t\t\ncafe_owner\tcaf\xc3\xa9\t\t\nagain\tx1\t\t\n"
	        "maps.inner\tdeep\t\t\nmaps\tplain\t\t\nempty\tmore\t\t\nmerge.y\tb9\t\t\n",
	        "6: becomes the regular expression", "12: the alias *a", "17: the merge key <<", "17: 'x9' is left out with its category", );
	REFUSES(DICTIONARY_QUANTEDA, "just a word\n", 1, "mapping of keys");
	REFUSES(DICTIONARY_QUANTEDA, "- a\n- b\n", 1, "mapping of keys");
	REFUSES(DICTIONARY_QUANTEDA, "a: [b\nc: d\n", 2, "not well-formed YAML");
	REFUSES(DICTIONARY_QUANTEDA, "? [a]\n: b\n", 1, "keys are words");
	struct buf deep = BUF_INIT;
	buf_append_str(&deep, "a: ");
	for (int i = 0; i < 100; i++)
		buf_append_char(&deep, '[');
	REFUSES(DICTIONARY_QUANTEDA, deep.data, 1, "nested more than 64 deep");
	buf_release(&deep);
}

static void spacy(void **state)
{
	(void)state;
	IMPORTS("x.jsonl",
	        "{\"label\": \"AGENCY\", \"pattern\": \"Social Care\", \"id\": \"sc\"}\n"
	        "\n"
	        "{\"label\": \"HARM\", \"pattern\": [{\"LOWER\": \"co\"}, {\"ORTH\": \"-\"}, {\"LOWER\": \"sleeping\"}]}\n"
	        "{\"label\": \"HARM\", \"pattern\": [{\"LOWER\": {\"IN\": [\"hit\", \"struck\"]}}, {\"OP\": \"?\"}, {}, {\"LOWER\": \"child\", \"OP\": \"?\"}, {\"LOWER\": \"hard\"}]}\n"
	        "{\"label\": \"HARM\", \"pattern\": [{\"TEXT\": \"SEN\"}]}\n"
	        "{\"label\": \"HARM\", \"pattern\": [{\"TEXT\": \"SEN\"}, {\"LOWER\": \"support\"}]}\n"
	        "{\"label\": \"HARM\", \"pattern\": [{\"LOWER\": \"a1\"}, {\"OP\": \"*\"}, {\"LOWER\": \"b\", \"OP\": \"{1,2}\"}]}\n"
	        "{\"label\": \"HARM\", \"pattern\": [{\"LEMMA\": \"hit\"}]}\n"
	        "{\"label\": \"HARM\", \"pattern\": [{\"LOWER\": \"x\", \"POS\": \"NOUN\"}]}\n"
	        "{\"label\": \"HARM\", \"pattern\": [{\"LOWER\": {\"REGEX\": \"^x\"}}]}\n"
	        "{\"label\": \"HARM\", \"pattern\": [{}, {\"LOWER\": \"x\"}]}\n"
	        "{\"label\": \"HARM\", \"pattern\": [{\"LOWER\": \"x\"}, {\"IS_PUNCT\": true}, {\"LOWER\": \"y\", \"OP\": \"!\"}]}\n"
	        "not json\n"
	        "[1]\n"
	        "{\"label\": \"HARM\"}\n"
	        "{\"label\": \"HARM\", \"pattern\": \"well*\", \"weight\": 2}\n",
	        "@lexicon name=\"x\"\n@theme agency label=\"AGENCY\"\n@theme harm label=\"HARM\"\n",
	        "agency\tSocial Care\tC\tid: sc\n"
	        "harm\tco-sleeping\t\t\n"
	        "harm\t{hit|struck} ~1 _ {child|} hard\t\t\n"
	        "harm\tSEN\tC\t\n"
	        "harm\tSEN support\t\t\n"
	        "harm\ta1 ~20 b {b|}\t\t\n"
	        "harm\twell\tC\t\n",
	        "6: ignores case in all its words", "7: a run of words without limit", "8: cannot say the token {\"LEMMA\":\"hit\"}", "9: cannot say", "10: cannot say", "11: left out: pattern '_ x': begins with",
	        "12: punctuation that must be there", "12: cannot say", "13: left out", "14: no JSON object", "15: no object with a label and a pattern", "16: \"weight\" is left out",
	        "16: becomes 'well': no entry can hold '*'", );
	REFUSES(DICTIONARY_SPACY, "nothing\n", 0, "no line holds a JSON object");
}

static void flashtext_and_phrases(void **state)
{
	(void)state;
	IMPORTS("x.txt", "java_2e=>Java\njava programing => Java\nproduct management\nodd=>\n{a}=>Java\n", NULL, "java\tjava_2e\t\t\njava\tjava programing\t\t\nproduct_management\tproduct management\t\t\njava\ta\t\t\n",
	        "4: no name after '=>'", "5: becomes 'a': no entry can hold '{}'", );
	IMPORTS("My list.txt", "# comment\nlack of care\n\n  co-sleeping  \n...\nU.K. law\ne.g. etc. and\n_under_ score_\na | b ~ c\n", "@lexicon name=\"My list\"\n@theme my_list label=\"My list\"\n",
	        "my_list\tlack of care\t\t\nmy_list\tco-sleeping\t\t\nmy_list\tU.K. law\t\t\nmy_list\te g etc and\t\t\nmy_list\tunder score\t\t\nmy_list\ta b c\t\t\n", "5: '...' is left out: it holds no word",
	        "7: becomes 'e g etc and'", "9: becomes 'a b c': no entry can hold '|~'", );
}

static void labels_become_codes_of_their_own(void **state)
{
	(void)state;
	IMPORTS("x.lc3", "+Big One\na\n+big-one\nb\n+BIG ONE!\nc\n+\xd0\x96\nd\n+it's\ne\n", "@lexicon name=\"x\"\n@theme big_one label=\"Big One\"\n@theme big_one_2 label=\"big-one\"\n@theme big_one_3 label=\"BIG ONE!\"\n"
	                                                                                    "@theme theme label=\"\xd0\x96\"\n@theme its label=\"it's\"\n",
	        "big_one\ta\t\t\nbig_one_2\tb\t\t\nbig_one_3\tc\t\t\ntheme\td\t\t\nits\te\t\t\n", );
	struct buf text = BUF_INIT;
	for (int depth = 0; depth < 20; depth++) {
		for (int i = 0; i < depth; i++)
			buf_append_char(&text, '\t');
		buf_printf(&text, "c%d\n", depth);
	}
	for (int i = 0; i < 20; i++)
		buf_append_char(&text, '\t');
	buf_append_str(&text, "deep (1)\n");
	struct buf native = BUF_INIT;
	struct problem_list problems = {NULL, 0, 0};
	assert_int_equal(dictionary_import(DICTIONARY_WORDSTAT, "x.cat", text.data, text.length, &native, &problems), 0);
	assert_int_equal(problems.count, 3); /* the seventeenth category, the word below it, and that no entry is left */
	assert_int_equal(problems.items[0].line, 17);
	assert_int_equal(problems.items[1].line, 21);
	problem_list_release(&problems);
	buf_release(&text);
	buf_release(&native);
}

static void bytes_that_are_no_text_are_refused(void **state)
{
	(void)state;
	refuses(DICTIONARY_PHRASES, "a\nb\0c\n", 6, 2, "NUL byte");
	refuses(DICTIONARY_PHRASES, "a\nna\xefve\n", 8, 2, "not UTF-8");
	refuses(DICTIONARY_UNKNOWN, "a\n", 2, 0, "cannot be imported");
}

/* ---- export ---- */

static struct lexicon *read_fine(const char *text)
{
	struct lexicon_source source = {"test.tsv", text, strlen(text)};
	struct problem_list problems = {NULL, 0, 0};
	struct lexicon *l = lexicon_read(&source, 1, NULL, &problems);
	show(&problems);
	assert_non_null(l);
	return l;
}

static void exports(const char *text, enum dictionary_format format, const char *expected, const char *const *warnings)
{
	struct lexicon *l = read_fine(text);
	struct buf out = BUF_INIT;
	struct problem_list problems = {NULL, 0, 0};
	assert_int_equal(dictionary_export(l, format, &out, &problems), 0);
	assert_string_equal(out.data, expected);
	size_t i = 0;
	bool fine = true;
	for (; i < problems.count && warnings[i]; i++) {
		char *words;
		unsigned long line = strtoul(warnings[i], &words, 10);
		fine &= problems.items[i].line == line && strstr(problems.items[i].message, words + 2);
	}
	if (!fine || i < problems.count || warnings[i]) {
		show(&problems);
		fail_msg("not the warnings expected, from '%s' on", warnings[i] ? warnings[i] : "(none)");
	}
	lexicon_free(l);
	buf_release(&out);
	problem_list_release(&problems);
}

#define LEXICON                                                                                                                                                       \
	"@lexicon name=\"a b\" version=2\n@theme harm label=\"Harm \\\"all\\\"\" negatable=yes description=\"d\"\n@negation before no\ntheme\tpattern\tflags\tnote\n"             \
	"harm\tco-sleeping\t\tn\nharm.neglect\t{left|leaves} alone\nharm.neglect\tlack _ ~1 care*\nharm.neglect\tunder*ed\t\t\nharm.neglect\t\\d+ days\tr\nharm.neglect\tDA\tCw\n" \
	"harm\tpolicy\tx\n*\tword\tx\nother\tparents' wish\nother\tleft alone\n"

static void native_is_written_as_it_was_read(void **state)
{
	(void)state;
	static const char written[] =
		"@lexicon name=\"a b\" version=\"2\"\n@theme harm label=\"Harm \\\"all\\\"\" negatable=yes description=\"d\"\n@theme harm.neglect label=\"neglect\"\n@theme other label=\"other\"\n@negation before no\n"
		"theme\tpattern\tflags\tnote\nharm\tco-sleeping\t\tn\nharm.neglect\t{left|leaves} alone\t\t\nharm.neglect\tlack _ ~1 care*\t\t\nharm.neglect\tunder*ed\t\t\nharm.neglect\t\\d+ days\tr\t\nharm.neglect\tDA\tCw\t\n"
		"harm\tpolicy\tx\t\n*\tword\tx\t\nother\tparents' wish\t\t\nother\tleft alone\t\t\n";
	exports(LEXICON, DICTIONARY_NATIVE, written, (const char *const[]){NULL});
	exports(written, DICTIONARY_NATIVE, written, (const char *const[]){NULL});
}

static void quanteda_gets_every_phrase(void **state)
{
	(void)state;
	exports(LEXICON, DICTIONARY_QUANTEDA,
	        "\"harm\":\n  \"__\":\n    - \"co sleeping\"\n    - \"cosleeping\"\n    - \"co-sleeping\"\n  \"neglect\":\n    - \"left alone\"\n    - \"leaves alone\"\n    - \"lack * care*\"\n"
	        "    - \"lack * * care*\"\n    - \"under*ed\"\n    - \"DA\"\n\"other\":\n  - \"parent's wish\"\n  - \"left alone\"\n",
	        (const char *const[]){"3: 'no' is left out: the format has no negation cues", "12: 'word' is left out: the format has no exclusions", "11: 'policy' is left out: the format has no exclusions",
	                              "9: no regular expressions", "10: flag C", "2: no labels: 1 are left out", "2: no descriptions: 1 are", "2: no themes that can be negated: 2 are",
	                              "5: no notes: 1 are", NULL});
}

static void liwc_gets_words_with_all_their_categories(void **state)
{
	(void)state;
	exports(LEXICON, DICTIONARY_LIWC,
	        "%\n1\tharm (Harm \"all\")\n\t2\tneglect\n3\tother\n%\nco sleeping\t1\ncosleeping\t1\nco-sleeping\t1\nleft alone\t2\t1\t3\nleaves alone\t2\t1\nDA\t2\t1\nparent's wish\t3\n",
	        (const char *const[]){"3: cues", "7: has no gaps, '_' or '*'", "8: has no gaps", "9: expressions", "10: flag C", "11: exclusions", "12: exclusions", "2: no descriptions",
	                              "2: no themes that can be negated", "5: no notes", NULL});
}

/* Phrases of every theme, each once, as a text to compare. */
static char *phrases_by_theme(const struct lexicon *l)
{
	struct buf out = BUF_INIT;
	struct problem_list problems = {NULL, 0, 0};
	assert_int_equal(dictionary_export(l, DICTIONARY_QUANTEDA, &out, &problems), 0);
	problem_list_release(&problems);
	return buf_detach(&out);
}

static void what_is_exported_can_be_imported_again(void **state)
{
	(void)state;
	static const char text[] = "@theme harm.neglect label=\"Neglect (all)\"\ntheme\tpattern\nharm\thurt* badly\nharm.neglect\tleft alone\nharm.neglect\tneglect*\ncare.good.best\tchild's wishes\ncare\tkind\n";
	static const enum dictionary_format formats[] = {DICTIONARY_NATIVE, DICTIONARY_QUANTEDA, DICTIONARY_LIWC};
	static const char *const names[] = {"x.tsv", "x.yml", "x.dic"};
	for (int k = 0; k < 3; k++) {
		struct lexicon *l = read_fine(text);
		char *before = phrases_by_theme(l);
		struct buf out = BUF_INIT, native = BUF_INIT;
		struct problem_list problems = {NULL, 0, 0};
		assert_int_equal(dictionary_export(l, formats[k], &out, &problems), 0);
		bool labels_lost = formats[k] == DICTIONARY_QUANTEDA;
		assert_int_equal(problems.count, labels_lost);
		problem_list_release(&problems);
		assert_int_equal(dictionary_import(dictionary_guess(names[k], out.data, out.length), names[k], out.data, out.length, &native, &problems), 0);
		show(&problems);
		assert_int_equal(problems.count, 0);
		struct lexicon *again = read_fine(native.data);
		char *after = phrases_by_theme(again);
		assert_string_equal(before, after);
		assert_int_equal(again->theme_count, l->theme_count);
		for (size_t i = 0; i < l->theme_count; i++) {
			uint32_t theme = lexicon_theme(again, l->themes[i].code);
			assert_int_not_equal(theme, THEME_NONE);
			if (!labels_lost)
				assert_string_equal(again->themes[theme].label, l->themes[i].label);
		}
		lexicon_free(l);
		lexicon_free(again);
		free(before);
		free(after);
		buf_release(&out);
		buf_release(&native);
	}
}

static void entries_that_become_too_many_phrases_are_left_out(void **state)
{
	(void)state;
	exports("theme\tpattern\na\tw ~20 x ~20 y ~20 z\na\tb\n", DICTIONARY_QUANTEDA, "\"a\":\n  - \"b\"\n", (const char *const[]){"2: more than 2000 phrases", NULL});
	struct lexicon *l = read_fine("theme\tpattern\na\tb\n");
	struct buf out = BUF_INIT;
	struct problem_list problems = {NULL, 0, 0};
	assert_int_equal(dictionary_export(l, DICTIONARY_SPACY, &out, &problems), -1);
	assert_non_null(strstr(problems.items[0].message, "not as spacy"));
	problem_list_release(&problems);
	lexicon_free(l);
}

/* Any bytes as any format: imported into what can be read, or refused. */
static void a_dictionary_too_large_for_a_lexicon_is_refused(void **state)
{
	(void)state;
	const struct lexicon_limits limits = LEXICON_LIMITS_DEFAULT;
	struct buf text = BUF_INIT, native = BUF_INIT;
	struct problem_list problems = {NULL, 0, 0};
	for (size_t i = 0; i < limits.lines; i++)
		buf_append_str(&text, "w\n");
	assert_int_equal(dictionary_import(DICTIONARY_PHRASES, "x", text.data, text.length, &native, &problems), 0);
	buf_release(&native);
	buf_append_str(&text, "one more\nand another\n");
	REFUSES(DICTIONARY_PHRASES, text.data, (uint32_t)limits.lines + 1, "more than 200000 phrases");
	buf_release(&text);
}

static void any_bytes_are_imported_or_refused(void **state)
{
	(void)state;
	static const char *const pieces[] = {"a", "b c", "\n", "\n", "\t", " ", "%", "+", "{", "}", "[", "]", "(1)", "@R [", " AFTER ", " NEAR ", "/S 3]", "#a", "=>", "*", "?", "~", "|", "_", "-", ".", ",", "\"", "'", ":", "<cnode name=\"",
	                                     "<pnode name=\"", "\"/>", "\">", "</cnode>", "<dictionary>", "</dictionary>", "{\"label\":\"L\",\"pattern\":", "\"LOWER\"", "\"OP\"", "DicTerm", ",X", "\xc3\xa9", "\r", "1", "9", "&a", "*a", "---\n", "~20"};
	uint64_t random = 4711;
	for (int round = 0; round < 12000; round++) {
		struct buf text = BUF_INIT, native = BUF_INIT;
		for (int i = 0; i < 5 + round % 60; i++) {
			random = random * 6364136223846793005u + 1442695040888963407u;
			buf_append_str(&text, pieces[(random >> 33) % (sizeof pieces / sizeof *pieces)]);
		}
		enum dictionary_format format = (enum dictionary_format)(DICTIONARY_LIWC + round % (DICTIONARY_PHRASES - DICTIONARY_LIWC + 1));
		struct problem_list problems = {NULL, 0, 0};
		int result = dictionary_import(format, "x", text.data, text.length, &native, &problems);
		assert_int_equal(result != 0, problem_errors(&problems) > 0);
		if (result == 0) {
			struct lexicon_source source = {"x", native.data, native.length};
			struct lexicon *l = lexicon_read(&source, 1, NULL, &problems);
			if (!l) {
				show(&problems);
				fail_msg("%s of %s gave what cannot be read:\n%s", text.data, dictionary_word(format), native.data);
			}
			lexicon_free(l);
		}
		problem_list_release(&problems);
		buf_release(&text);
		buf_release(&native);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(formats_are_guessed),
		cmocka_unit_test(liwc),
		cmocka_unit_test(dicx),
		cmocka_unit_test(wordstat),
		cmocka_unit_test(wordstat_rules_over_large_categories),
		cmocka_unit_test(yoshikoder_and_lexicoder),
		cmocka_unit_test(quanteda),
		cmocka_unit_test(spacy),
		cmocka_unit_test(flashtext_and_phrases),
		cmocka_unit_test(labels_become_codes_of_their_own),
		cmocka_unit_test(bytes_that_are_no_text_are_refused),
		cmocka_unit_test(native_is_written_as_it_was_read),
		cmocka_unit_test(quanteda_gets_every_phrase),
		cmocka_unit_test(liwc_gets_words_with_all_their_categories),
		cmocka_unit_test(what_is_exported_can_be_imported_again),
		cmocka_unit_test(entries_that_become_too_many_phrases_are_left_out),
		cmocka_unit_test(a_dictionary_too_large_for_a_lexicon_is_refused),
		cmocka_unit_test(any_bytes_are_imported_or_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
