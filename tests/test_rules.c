/* docs/counting-rules.md, rule by rule: a lexicon, a text, and what is counted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "matchers/reference.h"
#include "tests/judge.h"

/* ---- section 2: tokens and sentences ---- */

static const struct {
	const char *text, *tokens; /* as they stand in the text, with a space between and | between sentences */
} cutting[] = {
	{"", ""},
	{" \n\t", ""},
	{"word", "word"},
	{"One two,three (four) five", "One two three four five"},
	{"a/b_c-d \"e\" f&g", "a b c d e f g"},
	{"Café 12 ½ Ⅻ 第一", "Café 12 ½ Ⅻ 第一"},
	{"e\u0301 \u0301x", "e\u0301 \u0301x"},
	/* apostrophes */
	{"child's child\u2019s o'clock d'un'autre", "child's child\u2019s o'clock d'un'autre"},
	{"'quoted' rock ''n'' roll it''s", "quoted rock n roll it s"},
	{"parents' child\u02BCs \u02BCtis", "parents child\u02BCs tis"},
	/* removed characters stand inside tokens only */
	{"neg\u00ADlect \u00ADa\u200B b\u200B\u200Dc", "neg\u00ADlect a b\u200B\u200Dc"},
	{"it\u200B'\u200Bs it'\u200B's", "it\u200B'\u200Bs it s"},
	/* breaks */
	{"a! b? c; d| e\u2026 f\u00A6 g", "a | b | c | d | e | f | g"},
	{"a \u2022 b \u2023 c\u2043d \u204C e \u204D f \u2219 g \u00B7 h \u25A0 i \u25FF j \u2713 k", "a | b | c | d | e | f | g | h | i | j | k"},
	{"a \uE000 b\uF0B7c \x01 d\x1D" "e\x7F" "f", "a | b | c | d | e | f"},
	{"a. b: c", "a | b | c"},
	{"a\u2776b \u2776 c", "a\u2776b \u2776 c"}, /* a number in a ring is a token character, though a dingbat */
	/* list marks */
	{"a\n- b\n* c\n + d\n\u2013 e\n\u2010\tf", "a | b | c | d | e | f"},
	{"a - b * c\n-d\n\u2212 e\n\t- f", "a b c d e f"},
	{"a\n\u00A0 - b", "a | b"},
	/* full stops and colons */
	{"2.5 10:30 1.2.3 3. 4", "2 5 10 30 1 2 3 3 | 4"},
	{"\u0663.\u0664 2..5 2.\u00AD5 \u00B2.3", "\u0663 \u0664 2 | 5 2 | 5 \u00B2 | 3"},
	{"x:y 3:x", "x | y 3 | x"},
	{"e.g. the U.K. law", "e g the U K law"},
	{"in the U.K. The law", "in the U K | The law"},
	{"in the U.K.\nThe law", "in the U K | The law"},
	{"in the U.K.) The law, the U.K., too", "in the U K The law the U K too"},
	{"a.b.c.d x", "a b c d x"},
	{"A. Smith and a.b.com", "A | Smith and a b com"},
	{"J.R.R. tolkien J.R.R.Tolkien", "J R R tolkien J R R Tolkien"},
	{"ab.c.d. x 1.a.b. y", "ab | c d x 1 | a b y"},
	{"o'e.g. x 'e.g.' y", "o'e | g | x e g y"},
	{"e\u0301.g. x", "e\u0301 | g | x"},
	{"e.g.. x e.g: y", "e g | x e | g | y"},
	{"a.b. \u01C5x", "a b | \u01C5x"},
	/* tabs */
	{"a\tb\nc\n\td\t\ne \t f", "a | b c d e | f"},
	{"a \t\n\t b", "a b"},
	{"\"\ta", "a"},
	{"a,\tb", "a | b"},
	/* blank lines and pages */
	{"a\n\nB c\n\nd", "a | B c d"},
	{"a\r\nB\r\n\r\nC\r\rD\n\rE", "a B | C | D | E"},
	{"a\n \t \nB \u2028\xC2\x85 C \v\v D", "a | B | C | D"},
	{"a\n\n1 \n\n\"b \n\n\u00E9 \n\n\u4E00", "a | 1 | b \u00E9 | \u4E00"},
	{"a\fB \f b\u2029C \u2029 c", "a | B b | C c"},
	{"a\n\n- b", "a | b"},
	{"a\n\n(b", "a | b"},
	{"a\n\"\nB", "a B"}, /* no blank line: a quotation mark stands between */
	{"a\f\n\nb\f", "a b"},
	{"abc\f\tdef x\f\tDef", "abc def x | Def"}, /* a page ends a line, so the tab stands at its start */
};

static void print_tokens(const char *text, const struct reference *r, struct buf *out)
{
	for (uint32_t i = 0; i < r->words; i++) {
		if (i > 0)
			buf_append_str(out, r->token_sentence[i] == r->token_sentence[i - 1] ? " " : " | ");
		buf_append(out, text + r->token_start[i], r->token_end[i] - r->token_start[i]);
	}
	buf_append_char(out, '\0');
}

static void texts_are_cut_into_tokens_and_sentences(void **state)
{
	(void)state;
	struct lexicon *lexicon = judge_lexicon("t\tx");
	unsigned failed = 0;

	for (size_t i = 0; i < sizeof cutting / sizeof *cutting; i++) {
		const char *text = cutting[i].text;
		struct buf out = BUF_INIT;
		struct reference r;

		reference_count(lexicon, NESTED_THEME, text, strlen(text), &r);
		print_tokens(text, &r, &out);
		if (strcmp(out.data, cutting[i].tokens) != 0) {
			print_error("'%s'\n  is cut into '%s'\n  expected      '%s'\n", text, out.data, cutting[i].tokens);
			failed++;
		}
		assert_int_equal(r.sentences, r.words ? r.token_sentence[r.words - 1] + 1 : 0);
		reference_release(&r);
		buf_release(&out);
	}
	lexicon_free(lexicon);
	assert_int_equal(failed, 0);
}

/* ---- sections 1 and 3 to 5: counts ---- */

struct rule {
	const char *name;
	const char *lexicon; /* lines of a lexicon, without the header */
	const char *text;
	const char *counts;  /* "theme=mentions" or "theme=mentions/negated", in lexicon order */
	enum nested nested;
};

static const struct rule rules[] = {
	/* ---- 1.2 folding ---- */
	{"case", "t\tNeglect", "neglect NEGLECT Neglect", "t=3", 0},
	{"accents", "t\tcafé", "Café CAFÉ cafe cafe\u0301", "t=4", 0},
	{"ligatures", "t\tfire", "\uFB01re", "t=1", 0},
	{"soft hyphen", "t\tneglect", "neg\u00ADlect", "t=1", 0},
	{"full folding", "t\tstrasse", "Straße STRASSE", "t=2", 0},
	{"marks on other scripts", "t\tй", "и й и\u0306", "t=2", 0},
	/* ---- 1.3 cuts ---- */
	{"cut: joined", "t\tneglect", "neg-\nlect neg-\r\n  lect neg\u2010\nlect neg\u2011\nlect neg\u00AD\nlect", "t=5", 0},
	{"cut: two words", "t\tmulti agency", "multi-\nagency", "t=1", 0},
	{"cut: one candidate in both readings", "t\tco-sleeping", "co-\nsleeping", "t=1", NESTED_ALL},
	{"cut: in a phrase", "t\tlack of professional curiosity", "lack of profes-\nsional curi-\nosity", "t=1", 0},
	{"cut: other dashes are none", "t\tneglect", "neg\u2013\nlect neg\u2212\nlect neg--\nlect neg- \"\nlect", "", 0},
	{"cut: needs a line end", "t\tneglect", "neg- lect neg-\flect neg-\tlect", "", 0},
	{"cut: over a page, with a line end", "t\tneglect", "neg-\n\f\nlect", "t=1", 0},
	{"cut: not over a break", "t\tneglect", "neg-\n\nLect neg-\f\nLect", "", 0},
	{"cut: sentence goes on over a blank line", "t\tneglect", "neg-\n\nlect", "t=1", 0},
	{"cut: of two in a row one is joined", "t\tabc\nu\tab c\nv\ta bc\nw\ta b c", "a-\nb-\nc", "u=1 v=1 w=1", 0},
	{"cut: joined words are folded together", "t\tefg", "e-\n\u0301fg", "t=1", 0},
	{"cut: possessive", "t\tpartner\nu\tpartner's", "part-\nner's part-\nners' part-\nner", "t=3 u=2", 0},
	{"cut: gaps and single tokens take a joined word", "t\ta _ b\nu\ta ~1 b", "a x-\ny b", "t=1 u=1", 0},
	{"cut: wildcard", "t\tneg*ct", "neg-\nlect", "t=1", 0},
	/* ---- 2 possessives ---- */
	{"possessive of a word", "t\tpartner", "partner's partners' partner\u2019s PARTNER'S partner partners", "t=5", 0},
	{"the token itself matches as well", "t\tparents\nu\tparent", "parents'", "t=1 u=1", 0},
	{"written with a possessive", "t\tchild's", "child's childs' child\u2019s child childs children's", "t=3", 0},
	{"written with s'", "t\tparents'", "parents' parent's parents parent", "t=2", 0},
	{"written with a possessive, in a phrase", "t\tchild's wishes", "child's wishes; childs' wishes; the child wishes to", "t=2", 0},
	{"any other token that ends in s", "t\tbos\nu\tboss", "boss's'", "u=1", 0},
	{"directly followed", "t\tparent", "parents ' parents\u00AD'", "", 0},
	/* ---- 3 items ---- */
	{"a word is the whole token", "t\tneglect", "neglected neglect unneglect", "t=1", 0},
	{"separators are equal to one another", "t\tco sleeping", "co sleeping co-sleeping co/sleeping co_sleeping co\nsleeping cosleeping", "t=5", 0},
	{"quotation marks are plain", "t\ta b", "a \"b\" a' b \u201Ea\u201F b \u201Aa\u2018 b", "t=4", 0},
	{"wildcard at the end", "t\tneglect*", "neglect neglected neglectful's unneglect", "t=3", 0},
	{"wildcard at the start", "t\t*mother", "mother stepmother stepmother's mothers", "t=3", 0},
	{"wildcard with a possessive written out", "t\t*mother's", "stepmother's stepmothers' stepmother", "t=1", 0},
	{"wildcard inside", "t\tunder*age", "underage under-age underXYZage underag", "t=2", 0},
	{"several wildcards", "t\t*a*b*", "ab xaxbx ba aab bab", "t=4", 0},
	{"a single star is any token", "t\ta *", "a b a's", "t=1", 0},
	{"any one token", "t\ta _ b", "a b a x b a x y b", "t=1", 0},
	{"alternatives", "t\t{a|b c|d} e", "a e b c e d e c e", "t=3", 0},
	{"optional part", "t\ta {b|} c", "a c a b c a b b c", "t=2", 0},
	{"nested alternatives", "t\t{a|{b|c d} {e|}} f", "a f b f c d f b e f c d e f d f", "t=5", 0},
	{"gap", "t\tlack ~3 curiosity", "lack curiosity; lack of curiosity; lack x y z curiosity; lack w x y z curiosity", "t=3", 0},
	{"gap: every way is a candidate", "t\ta ~2 b", "a b b b", "t=3", NESTED_ALL},
	{"gap next to another", "t\ta ~1 {~2 b|c}", "a x y z b a x y z c", "t=1", 0},
	{"entry written with other separators", "t\tco/sleeping_with", "co sleeping-with", "t=1", 0},
	{"initials in an entry", "t\tU.K. law", "the U.K. law and UK law", "t=1", 0},
	/* ---- 3 closed forms ---- */
	{"closed form", "t\tco-sleeping", "co-sleeping co sleeping cosleeping", "t=3", 0},
	{"each hyphen independently", "t\ta-b-c", "a b c; ab c; a bc; abc; a-bc", "t=5", 0},
	{"no closed form without a hyphen", "t\tco sleeping", "cosleeping", "", 0},
	{"the reverse does not hold, except as a cut", "t\tcosleeping", "co-sleeping co sleeping co-\nsleeping", "t=1", 0},
	{"closed across braces", "t\t{step|half}-sister", "stepsister half-sister halfsister step sister", "t=4", 0},
	{"closed within braces", "t\t{step-sister|x} y", "stepsister y", "t=1", 0},
	{"closed over an empty alternative between hyphens", "t\tco-{residential|}-sleeping", "cosleeping coresidentialsleeping co residentialsleeping", "t=3", 0},
	{"not closed where one is no hyphen", "t\tchild {half|}-sister", "childsister child sister child halfsister", "t=2", 0},
	{"no closed form next to _ or a gap", "t\ta-_-b\nu\ta-~1-b", "ab axb", "", 0},
	{"closed with a wildcard", "t\tco-sle*", "cosleeps co-slept cosle", "t=3", 0},
	{"closed with a possessive at the end", "t\tstep-father's", "stepfather's stepfathers' stepfather step father's", "t=3", 0},
	{"not closed after a possessive", "t\tchild's-play", "childplay childsplay child's play child's-play", "t=2", 0},
	{"closed form takes the possessive of a token", "t\tco-parent", "coparent's coparents'", "t=2", 0},
	/* ---- 3 gaps between words ---- */
	{"no break inside", "t\ta b", "a. b a: b a; b a! b a? b a\n\nB a | b a \u2022 b a\tb", "", 0},
	{"no soft gap inside", "t\ta b\nu\ta ~1 b", "a, b a (b a) b a [b]", "", 0},
	{"flag c", "t\ta b\tc\nu\ta ~1 b\tc", "a, b a (b) a x, b a. b", "t=2 u=3", 0},
	{"numbers and initials do not break", "t\t2.5 a.m. on\nu\tg the", "2.5 a.m. on e.g. the", "t=1 u=1", 0},
	{"single line ends are plain", "t\ta b", "a\nb a\r\nb a \n b", "t=3", 0},
	{"sentence goes on over a page", "t\ta b", "a\n\f\nb a\n\nb a\fB", "t=2", 0},
	/* ---- 3 flags ---- */
	{"flag C", "t\tSEN\tC\nu\tSEN", "SEN sen Sen SEN's SENS' SENs'", "t=4 u=6", 0},
	{"flag C: other foldings hold", "t\tCAF\u00C9\tC", "CAFE cafe CAFÉ", "t=2", 0},
	{"flag C: possessive in the entry", "t\tSEN's\tC", "SEN's SEN'S SENS' SEN sen's", "t=3", 0},
	{"flag C: wildcard", "t\tSE*\tC", "SEN sen SEn", "t=2", 0},
	{"flag C: closed form", "t\tCo-Sleeping\tC", "CoSleeping cosleeping Co Sleeping", "t=2", 0},
	{"flag w", "t\trisk\tw", "risk at-risk risk-taking \u2014risk\u2013 risk - risk - risk (risk)", "t=6", 0},
	{"flag w: dashes and cuts", "t\trisk\tw", "a\u2212risk risk\u2010a at-\nrisk risk\u00AD\ntaking risk/a", "t=1", 0},
	{"flag w: inside the entry hyphens may be", "t\tat-risk\tw", "at-risk not-at-risk", "t=1", 0},
	/* ---- 3 expressions ---- */
	{"flag r", "t\tnegl\\w+ of\tr", "Neglect of\nneglecting  of", "t=2", 0},
	{"flag r: tokens touched", "t\tegle\tr\nt2\tt of\tr", "a neglect of b", "t=1 t2=1", 0},
	{"flag r: one sentence at a time", "t\ta.*b\tr", "a x b. a. b a", "t=1", 0},
	{"flag r: empty matches and matches of no token", "t\tx*\tr\nu\t, \tr\nv\t -\tr", "a, - b", "", 0},
	{"flag r: not anchored, and can be", "t\t^b\tr\nu\tb$\tr", "a b; b a; b", "t=2 u=2", 0},
	{"flag r: case", "t\tSEN\tr\nu\tSEN\tCr\nv\tsen\tr", "SEN sen", "u=1 v=2", 0},
	{"flag r: foldings and white space", "t\tcafe's \"it\" - 2.5\tr", "Café\u2019s \t\n \u201CIT\u201D \u2013 2.5", "t=1", 0},
	{"flag r: commas are seen", "t\ta,? b\tr", "a, b a b", "t=2", 0},
	{"flag r: cuts are two words", "t\tneg lect\tr\nu\tneglect\tr", "neg-\nlect", "t=1", 0},
	{"flag r: removed characters", "t\ta b\tr\nu\ta  b\tr", "a\u200B b a \u200B b", "t=1 u=1", 0},
	{"flag r: one after another", "t\ta a\tr", "a a a a a", "t=2", NESTED_ALL},
	{"flag r: the empty match gives way to a longer one", "t\t|a|ab\tr", "ab", "t=1", 0},
	{"flag r: Unicode properties", "t\t\\bй\\w\tr", "йй ий", "t=1", 0},
	{"flag r: w", "t\trisk\trw", "risk at-risk", "t=1", 0},
	/* ---- 4.1 ---- */
	{"one span, one theme: one candidate", "t\ta b\nt\ta {b|c}\nt\ta _ c\nu\ta b", "a b", "t=1 u=1", NESTED_ALL},
	/* ---- 4.2 exclusions ---- */
	{"exclusion", "t\tneglect\nt\tbenign neglect\tx", "neglect benign neglect", "t=1", 0},
	{"exclusion of the same tokens", "t\tneglect*\nt\tneglected\tx", "neglect neglected", "t=1", 0},
	{"exclusion acts on the theme and its descendants only", "a.b\tx\na\tx y\tx\na.b\tz\nc\tx\na.c\tx", "x y", "c=1", 0},
	{"exclusion of a descendant does not act on its ancestor's own", "a\tx\na.b\tx\na.b\tx y\tx", "x y", "a=1", 0},
	{"exclusion of every theme", "a\tx\nb.c\tx\n*\tx y\tx", "x y x", "a=1 b=1 b.c=1", 0},
	{"not wholly within", "t\ta b\nt\tb c\tx", "a b c", "t=1", 0},
	{"what is excluded beats nothing", "t\ta b c\nt\tb\nt\ta b c d\tx", "a b c d b", "t=1", 0},
	{"exclusion with other flags", "t\tsen\nt\tSEN\tCx", "SEN sen", "t=1", 0},
	/* ---- 4.3 within a theme ---- */
	{"leftmost, then longest", "t\ta b\nt\tb c d\nt\ta", "a b c d", "t=1", 0},
	{"no token twice", "t\ta a", "a a a a a", "t=2", 0},
	{"what comes free counts", "t\ta b c\nt\tb\nt\tc d\nt\td", "a b c d", "t=2", 0},
	{"an ancestor is not the sum of its children", "p.a\tx y\np.b\ty z\np\tw", "x y z w", "p=2 p.a=1 p.b=1", 0},
	{"ancestors of ancestors", "p.a.b\tx\np.c\tx y", "x y x", "p=2 p.a=2 p.a.b=2 p.c=1", 0},
	/* ---- 4.4 nested ---- */
	{"themes do not affect each other", "a\tx\nb\tx y", "x y", "a=1 b=1", NESTED_THEME},
	{"lexicon: strictly within another theme", "a\tx\nb\tx y", "x y", "b=1", NESTED_LEXICON},
	{"lexicon: the same tokens are not strictly within", "a\tx\nb\tx", "x", "a=1 b=1", NESTED_LEXICON},
	{"lexicon: not an ancestor's, not a descendant's", "a\tx\na.b\tx y\na.b.c\ty", "x y", "a=1 a.b=1 a.b.c=1", NESTED_LEXICON},
	{"lexicon: a sibling's", "p.a\tx\np.b\tx y", "x y", "p=1 p.b=1", NESTED_LEXICON},
	{"lexicon: only survivors hold", "a\ty\nb\ty z\nb\tx y", "x y z", "b=1", NESTED_LEXICON},
	{"lexicon: what is beaten holds nothing", "a\tz\nb\ty z\nb\tx y", "x y z", "a=1 b=1", NESTED_LEXICON},
	{"lexicon: decided at once", "a\tx\nb\tx y\nc\tx y z", "x y z", "c=1", NESTED_LEXICON},
	{"lexicon: beaten by what is dropped", "a\tx y\na\ty z\nb\tw x y", "w x y z", "a=1 b=1", NESTED_LEXICON},
	{"all: every candidate counts", "a\tx\na\tx y\na.b\tx\nc\ty", "x y", "a=3 a.b=1 c=1", NESTED_ALL},
	{"all: exclusions hold", "a\tx\na\tx y\tx", "x y x", "a=1", NESTED_ALL},
	{"quanteda-key: longest first", "t\ta b\nt\tb c d", "a b c d", "t=1", NESTED_QUANTEDA_KEY},
	{"quanteda-key: the longest in the middle", "t\ta b\nt\tb c d\nt\td e", "a b c d e", "t=1", NESTED_QUANTEDA_KEY},
	{"the same, leftmost", "t\ta b\nt\tb c d\nt\td e", "a b c d e", "t=2", NESTED_THEME},
	{"quanteda-key: keys do not affect each other", "paper\tnew york times\ncity\tnew york", "The New York Times is a New York paper", "paper=1 city=2",
	 NESTED_QUANTEDA_KEY},
	{"quanteda-dictionary: the longer key only", "paper\tnew york times\ncity\tnew york", "The New York Times is a New York paper", "paper=1 city=1",
	 NESTED_QUANTEDA_DICTIONARY},
	{"quanteda-dictionary: overlapping keys both count", "t\ta b\nu\tb a", "a b a", "t=1 u=1", NESTED_QUANTEDA_DICTIONARY},
	{"quanteda-dictionary: decided from the longest down", "t\ta b c\nt\td e\nu\tc d", "a b c d e", "t=2 u=1", NESTED_QUANTEDA_DICTIONARY},
	{"quanteda-dictionary: longer ones together hold", "t\ta b c\nt\td e f\nu\tc d", "a b c d e f", "t=2", NESTED_QUANTEDA_DICTIONARY},
	{"the same, lexicon", "t\ta b c\nt\td e f\nu\tc d", "a b c d e f", "t=2 u=1", NESTED_LEXICON},
	{"quanteda-dictionary: same tokens, two keys", "t\ta b\nu\ta b", "a b", "t=1 u=1", NESTED_QUANTEDA_DICTIONARY},
	{"quanteda-dictionary: ancestors", "p.a\tx y\np.b\ty z\np.c\ty", "x y z", "p=1 p.a=1 p.b=1", NESTED_QUANTEDA_DICTIONARY},
	/* ---- 5 assertion ---- */
	{"before", "@theme t negatable=yes\nt\tneglect\n@negation before no", "no neglect. neglect", "t=1/1", 0},
	{"not negatable", "t\tneglect\n@negation before no", "no neglect", "t=1", 0},
	{"negatable by the parent", "@theme t negatable=yes\nt.u\tneglect\n@negation before no", "no neglect", "t=0/1 t.u=0/1", 0},
	{"an ancestor's mention has the assertion of its entry's theme", "@theme t.u negatable=yes\nt.u\tneglect\nt\tabuse\n@negation before no", "no neglect; no abuse",
	 "t=1/1 t.u=0/1", 0},
	{"before: 8 tokens", "@theme t negatable=yes\nt\tx y\n@negation before no", "no 1 2 3 4 5 6 7 x y; no 1 2 3 4 5 6 7 8 x y", "t=1/1", 0},
	{"after: 5 tokens", "@theme t negatable=yes\nt\tx y\n@negation after ruled out", "x y 1 2 3 4 ruled out; x y 1 2 3 4 5 ruled out", "t=1/1", 0},
	{"scope crosses commas, not breaks", "@theme t negatable=yes\nt\tx\n@negation before no\n@negation after out", "no, x; no. x; (x) out; x: out", "t=2/2", 0},
	{"before does not negate what stands before", "@theme t negatable=yes\nt\tx\n@negation before no\n@negation after out", "x no; out x", "t=2", 0},
	{"terminator", "@theme t negatable=yes\nt\tx\n@negation before no\n@negation after out\n@negation terminator but", "no y but x; no x but; x but out; but x out", "t=2/2", 0},
	{"terminator wholly between", "@theme t negatable=yes\nt\tx\n@negation before no\n@negation terminator no but\n@negation terminator but x", "no but x", "t=0/1", 0},
	{"pseudo-cue", "@theme t negatable=yes\nt\tx\n@negation before no\n@negation pseudo no doubt\n@negation pseudo not\n@negation before not", "no doubt x; not x; no x", "t=2/1", 0},
	{"cue and mention do not overlap", "@theme t negatable=yes\nt\tno x\n@negation before no", "no x", "t=1", 0},
	{"all modes have assertion", "@theme t negatable=yes\nt\tx\nt\tx y\n@negation before no", "no x y", "t=0/2", NESTED_ALL},
};

static void print_counts(const struct lexicon *lexicon, const struct theme_tally *tallies, size_t count, struct buf *out)
{
	for (size_t i = 0; i < count; i++) {
		buf_printf(out, "%s%s=%u", i ? " " : "", lexicon->themes[tallies[i].theme].code, tallies[i].mentions);
		if (tallies[i].negated)
			buf_printf(out, "/%u", tallies[i].negated);
	}
	buf_append_char(out, '\0');
}

static bool counts_as(const struct rule *rule, const struct lexicon *lexicon, const struct theme_tally *tallies, size_t count, const char *who)
{
	struct buf out = BUF_INIT;

	print_counts(lexicon, tallies, count, &out);
	bool right = strcmp(out.data, rule->counts) == 0;
	if (!right)
		print_error("%s: the %s counts '%s', expected '%s'\nlexicon:\n%s\ntext: '%s'\n", rule->name, who, out.data, rule->counts, rule->lexicon,
		            rule->text);
	buf_release(&out);
	return right;
}

static void the_reference_counts_by_every_rule(void **state)
{
	(void)state;
	unsigned failed = 0;

	for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
		const struct rule *rule = &rules[i];
		struct lexicon *lexicon = judge_lexicon(rule->lexicon);
		struct reference r;

		reference_count(lexicon, rule->nested, rule->text, strlen(rule->text), &r);
		failed += !counts_as(rule, lexicon, r.tallies, r.tally_count, "reference");
		reference_release(&r);
		lexicon_free(lexicon);
	}
	assert_int_equal(failed, 0);
}

static void every_engine_counts_by_every_rule(void **state)
{
	(void)state;
	unsigned failed = 0;

	for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
		const struct rule *rule = &rules[i];
		struct lexicon *lexicon = judge_lexicon(rule->lexicon);

		for (int e = 0; e < ENGINE_COUNT; e++) {
			if (!engine_available((enum engine)e))
				continue;
			struct judge *j = judge_new(lexicon, (enum engine)e);
			struct engine_result result;

			assert_non_null(j);
			assert_true(judge_run(j, rule->nested, rule->text, strlen(rule->text), &result));
			failed += !counts_as(rule, lexicon, result.resolution.tallies, result.resolution.tally_count, engine_word((enum engine)e));
			judge_free(j);
		}
		lexicon_free(lexicon);
	}
	assert_int_equal(failed, 0);
}

static void every_engine_cuts_texts_alike(void **state)
{
	(void)state;
	struct lexicon *lexicon = judge_lexicon("t\tx");

	for (int e = 0; e < ENGINE_COUNT; e++) {
		if (!engine_available((enum engine)e))
			continue;
		struct judge *j = judge_new(lexicon, (enum engine)e);

		assert_non_null(j);
		for (size_t i = 0; i < sizeof cutting / sizeof *cutting; i++) {
			struct buf what = BUF_INIT;

			if (judge_differs(j, cutting[i].text, strlen(cutting[i].text), &what))
				fail_msg("engine %s, '%s': %s", engine_word((enum engine)e), cutting[i].text, what.data);
			buf_release(&what);
		}
		judge_free(j);
	}
	lexicon_free(lexicon);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_are_cut_into_tokens_and_sentences),
		cmocka_unit_test(the_reference_counts_by_every_rule),
		cmocka_unit_test(every_engine_cuts_texts_alike),
		cmocka_unit_test(every_engine_counts_by_every_rule),
	};
	return cmocka_run_group_tests_name("rules", tests, NULL, NULL);
}
