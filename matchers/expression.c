/* A reader of PCRE2's syntax that keeps of each part only what its cost depends on: how short it can be, whether it can be
 * arbitrarily long, and which characters it can match. Characters are the 128 of ASCII and one for all others. It errs
 * towards a warning where it cannot tell. */
#include "matchers/expression.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "matchers/fold.h"

#define NESTING_MOST 50
#define REPEAT_MOST 50

struct set {
	uint64_t ascii[2];
	bool other;
};

struct part {
	unsigned min;    /* fewest characters */
	bool unbounded;
	bool single;     /* one character at most */
	struct set all;  /* all that it can match */
};

struct parts {
	struct part *items;
	size_t count, capacity;
};

struct scan_state {
	const char *text;
	size_t length, at;
	unsigned depth;
	bool keep_case;
	struct buf *refusal; /* set while accepting */
	bool refused;
	void (*report)(void *context, const char *message); /* set while checking */
	void *context;
	bool said_nested, said_chain;
};

/* ---- sets ---- */

static void set_add(struct set *s, uint32_t c)
{
	if (c < 128)
		s->ascii[c / 64] |= (uint64_t)1 << c % 64;
	else
		s->other = true;
}

static void set_add_range(struct set *s, uint32_t first, uint32_t last)
{
	for (uint32_t c = first; c <= last && c < 128; c++)
		set_add(s, c);
	if (last >= 128)
		s->other = true;
}

static void set_join(struct set *s, const struct set *more)
{
	s->ascii[0] |= more->ascii[0];
	s->ascii[1] |= more->ascii[1];
	s->other |= more->other;
}

static struct set set_not(struct set s)
{
	return (struct set){{~s.ascii[0], ~s.ascii[1]}, true};
}

static bool sets_meet(const struct set *a, const struct set *b)
{
	return (a->ascii[0] & b->ascii[0]) || (a->ascii[1] & b->ascii[1]) || (a->other && b->other);
}

static struct set set_everything(void)
{
	return set_not((struct set){{0, 0}, false});
}

static struct set set_words(void)
{
	struct set s = {{0, 0}, true};
	set_add_range(&s, '0', '9');
	set_add_range(&s, 'A', 'Z');
	set_add_range(&s, 'a', 'z');
	set_add(&s, '_');
	return s;
}

static struct set set_spaces(void)
{
	struct set s = {{0, 0}, false};
	set_add_range(&s, '\t', '\r');
	set_add(&s, ' ');
	return s;
}

static struct set set_digits(void)
{
	struct set s = {{0, 0}, false};
	set_add_range(&s, '0', '9');
	return s;
}

/* ---- characters ---- */

static bool more(const struct scan_state *s)
{
	return s->at < s->length;
}

static bool looking_at(const struct scan_state *s, const char *word)
{
	size_t n = strlen(word);
	return s->length - s->at >= n && memcmp(s->text + s->at, word, n) == 0;
}

static uint32_t take_point(struct scan_state *s)
{
	uint32_t c = 0;
	size_t n = utf8_decode(s->text + s->at, s->length - s->at, &c);
	s->at += n ? n : 1;
	return c;
}

static void refuse(struct scan_state *s, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void refuse(struct scan_state *s, const char *format, ...)
{
	if (!s->refusal || s->refused)
		return;
	s->refused = true;
	va_list args;
	va_start(args, format);
	buf_printf(s->refusal, "expression '%.*s': ", (int)s->length, s->text);
	buf_vprintf(s->refusal, format, args);
	va_end(args);
}

static void report(struct scan_state *s, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void report(struct scan_state *s, const char *format, ...)
{
	if (!s->report)
		return;
	struct buf message = BUF_INIT;
	va_list args;
	va_start(args, format);
	buf_vprintf(&message, format, args);
	va_end(args);
	s->report(s->context, message.data);
	buf_release(&message);
}

/* A character that the expression spells out. */
static void check_literal(struct scan_state *s, uint32_t c)
{
	if (!s->report)
		return;
	struct buf one = BUF_INIT, folded = BUF_INIT;
	utf8_append(&one, c);
	fold_append(&folded, one.data, one.length, s->keep_case);
	if (folded.length != one.length || memcmp(folded.data, one.data, one.length) != 0)
		report(s, "'%s' never stands in a folded sentence%s%s%s", one.data, folded.length ? "; write '" : "", folded.length ? folded.data : "",
		       folded.length ? (char_is_upper(c) ? "' or add flag C" : "'") : "");
	else if (char_class(c) == CHAR_BREAK)
		report(s, "'%s' (U+%04X) ends a sentence and never stands in one", one.data, (unsigned)c);
	buf_release(&one);
	buf_release(&folded);
}

/* Skips to behind the closing character, which is not escaped. */
static void skip_past(struct scan_state *s, char close)
{
	while (more(s) && s->text[s->at] != close)
		s->at++;
	if (more(s))
		s->at++;
}

/* After the backslash: the characters the escape can match. width is 0 for those that match a place, not a character. */
static struct set read_escape(struct scan_state *s, bool in_class, unsigned *width)
{
	struct set set = {{0, 0}, false};
	*width = 1;
	if (!more(s))
		return set;
	uint32_t c = take_point(s);
	switch (c) {
	case 'd': return set_digits();
	case 'D': return set_not(set_digits());
	case 'w': return set_words();
	case 'W': set = set_not(set_words()); return set;
	case 's': case 'h': case 'v': case 'R': return set_spaces();
	case 'S': case 'H': case 'V': return set_not(set_spaces());
	case 'N': case 'X':
		if (more(s) && s->text[s->at] == '{')
			skip_past(s, '}');
		return set_everything();
	case 'p': case 'P':
		if (more(s) && s->text[s->at] == '{')
			skip_past(s, '}');
		else if (more(s))
			s->at++;
		return set_everything();
	case 'x': case 'o':
		if (more(s) && s->text[s->at] == '{')
			skip_past(s, '}');
		else
			for (int i = 0; i < 2 && more(s) && strchr("0123456789abcdefABCDEF", s->text[s->at]); i++)
				s->at++;
		return set_everything();
	case 'C':
		refuse(s, "\\C can cut a character in two and is not allowed");
		return set_everything();
	case 'g': case 'k':
		if (more(s) && strchr("{<'", s->text[s->at])) {
			char open = s->text[s->at++];
			if (c == 'g' && open != '{')
				refuse(s, "recursion (\\g) is not allowed");
			skip_past(s, open == '{' ? '}' : open == '<' ? '>' : '\'');
		} else
			while (more(s) && ((s->text[s->at] >= '0' && s->text[s->at] <= '9') || s->text[s->at] == '-' || s->text[s->at] == '+'))
				s->at++;
		*width = 0;
		return set_everything();
	case 'b':
		if (in_class) {
			set_add(&set, '\b');
			return set;
		}
		*width = 0;
		return set;
	case 'B': case 'A': case 'Z': case 'z': case 'G': case 'K': case 'E': case 'Q':
		*width = 0;
		return set;
	case 'n': case 'r': case 't': case 'f': case 'a': case 'e':
		return set_spaces();
	case 'c':
		if (more(s))
			s->at++;
		return set_everything();
	default:
		if (c >= '0' && c <= '9') { /* a back-reference or an octal number */
			while (more(s) && s->text[s->at] >= '0' && s->text[s->at] <= '9')
				s->at++;
			*width = in_class || c == '0';
			return set_everything();
		}
		set_add(&set, c);
		if (!in_class)
			check_literal(s, c);
		return set;
	}
}

/* After the '['. */
static struct set read_class(struct scan_state *s)
{
	struct set set = {{0, 0}, false};
	bool negated = more(s) && s->text[s->at] == '^', first = true;
	s->at += negated;
	uint32_t last = 0;
	bool range = false, has_last = false;
	for (; more(s) && (first || s->text[s->at] != ']'); first = false) {
		if (looking_at(s, "[:")) {
			const char *close = memmem(s->text + s->at, s->length - s->at, ":]", 2);
			if (close) {
				s->at = (size_t)(close - s->text) + 2;
				set = set_everything();
				has_last = false;
				continue;
			}
		}
		if (looking_at(s, "\\Q")) {
			s->at += 2;
			while (more(s) && !looking_at(s, "\\E"))
				set_add(&set, take_point(s));
			s->at += more(s) ? 2 : 0;
			continue;
		}
		uint32_t c = take_point(s);
		if (c == '\\') {
			unsigned width;
			struct set escape = read_escape(s, true, &width);
			set_join(&set, &escape);
			has_last = range = false;
			continue;
		}
		if (c == '-' && has_last && more(s) && s->text[s->at] != ']') {
			range = true;
			has_last = false;
			continue;
		}
		if (range && c >= last)
			set_add_range(&set, last, c);
		set_add(&set, c);
		has_last = !range;
		range = false;
		last = c;
	}
	if (more(s))
		s->at++;
	struct set capitals = {{0, 0}, false}, others;
	set_add_range(&capitals, 'A', 'Z');
	others = set_not(capitals);
	if (!negated && !s->keep_case && sets_meet(&set, &capitals) && !sets_meet(&set, &others))
		report(s, "a class of capitals, which never stand in a folded sentence; write small letters or add flag C");
	return negated ? set_not(set) : set;
}

/* ---- parts ---- */

static void push(struct parts *p, struct part part)
{
	MEM_GROW(p->items, p->count, p->capacity);
	p->items[p->count++] = part;
}

static struct part sum_of(const struct part *parts, size_t count)
{
	struct part sum = {.single = count <= 1};
	for (size_t i = 0; i < count; i++) {
		sum.min = sum.min + parts[i].min < 100000 ? sum.min + parts[i].min : 100000;
		sum.unbounded |= parts[i].unbounded;
		sum.single &= parts[i].single;
		set_join(&sum.all, &parts[i].all);
	}
	return sum;
}

/* In a repeated sequence: a part of any length, and nothing that must stand beside it which it could not match itself. Then
 * one text can be cut into repetitions in a number of ways that doubles with each character. */
static bool repeats_double(const struct part *parts, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (!parts[i].unbounded)
			continue;
		bool delimited = false;
		for (size_t k = 0; k < count; k++)
			delimited |= k != i && parts[k].min && !sets_meet(&parts[i].all, &parts[k].all);
		if (!delimited)
			return true;
	}
	return false;
}

/* Three parts of any length in a row that can match the same characters. */
static void check_chain(struct scan_state *s, const struct part *parts, size_t count)
{
	unsigned chain = 0;
	struct set set = {{0, 0}, false};
	for (size_t i = 0; i < count; i++) {
		if (parts[i].unbounded) {
			chain = chain && sets_meet(&set, &parts[i].all) ? chain + 1 : 1;
			set = parts[i].all;
		} else if (parts[i].min && !sets_meet(&set, &parts[i].all))
			chain = 0;
		if (chain >= 3 && !s->said_chain) {
			s->said_chain = true;
			report(s, "three repeats without limit that can match the same text: its cost grows with the cube of a sentence's length; give them limits, as in {0,40}");
		}
	}
}

struct repeat {
	bool there, unbounded, possessive;
	unsigned min, max;
};

static bool read_number(struct scan_state *s, unsigned *n)
{
	size_t start = s->at;
	for (*n = 0; more(s) && s->text[s->at] >= '0' && s->text[s->at] <= '9'; s->at++)
		*n = *n < 100000 ? *n * 10 + (unsigned)(s->text[s->at] - '0') : *n;
	return s->at > start;
}

static struct repeat read_repeat(struct scan_state *s)
{
	struct repeat r = {false, false, false, 1, 1};
	if (!more(s))
		return r;
	char c = s->text[s->at];
	if (c == '*' || c == '+') {
		r = (struct repeat){true, true, false, c == '+', 0};
		s->at++;
	} else if (c == '?') {
		r = (struct repeat){true, false, false, 0, 1};
		s->at++;
	} else if (c == '{') {
		size_t start = s->at++;
		if (read_number(s, &r.min)) {
			r.max = r.min;
			if (more(s) && s->text[s->at] == ',') {
				s->at++;
				r.unbounded = !read_number(s, &r.max);
			}
			r.there = more(s) && s->text[s->at] == '}';
		}
		if (!r.there) { /* just a brace */
			s->at = start;
			return (struct repeat){false, false, false, 1, 1};
		}
		s->at++;
		if (r.min > REPEAT_MOST || (!r.unbounded && r.max > REPEAT_MOST))
			refuse(s, "a repeat of more than %d; to reach over words use gaps (~N) or (?:\\w+\\W+){0,8}", REPEAT_MOST);
	} else
		return r;
	if (more(s) && (s->text[s->at] == '?' || s->text[s->at] == '+'))
		r.possessive = s->text[s->at++] == '+';
	return r;
}

static void read_alternatives(struct scan_state *s, struct parts *out, bool *one_sequence, bool *doubles);

/* After a '('. Leaves the cursor where the group's alternatives begin; false if it has none to read. */
static bool enter_group(struct scan_state *s, bool *matches_text, bool *atomic)
{
	*matches_text = true;
	*atomic = false;
	if (!more(s))
		return false;
	if (s->text[s->at] == '*') {
		refuse(s, "verbs and names after '(*' are not allowed");
		skip_past(s, ')');
		return false;
	}
	if (s->text[s->at] != '?')
		return true;
	s->at++;
	if (!more(s))
		return false;
	char c = s->text[s->at];
	char next = s->at + 1 < s->length ? s->text[s->at + 1] : '\0';
	switch (c) {
	case '#':
		skip_past(s, ')');
		return false;
	case 'C':
		refuse(s, "callouts are not allowed");
		skip_past(s, ')');
		return false;
	case 'R': case '&': case '+': case '0': case '1': case '2': case '3': case '4': case '5': case '6': case '7': case '8': case '9':
		refuse(s, "recursion is not allowed");
		skip_past(s, ')');
		return false;
	case 'P':
		if (next == '>' || next == '=') {
			if (next == '>')
				refuse(s, "recursion is not allowed");
			skip_past(s, ')');
			return false;
		}
		skip_past(s, '>');
		return true;
	case '<':
		if (next == '=' || next == '!') {
			*matches_text = false;
			s->at += 2;
		} else
			skip_past(s, '>');
		return true;
	case '\'':
		s->at++;
		skip_past(s, '\'');
		return true;
	case '=': case '!':
		*matches_text = false;
		s->at++;
		return true;
	case '>':
		*atomic = true;
		s->at++;
		return true;
	case '|':
		s->at++;
		return true;
	case '(': /* a condition */
		refuse(s, "conditions are not allowed");
		skip_past(s, ')');
		return true;
	case '-':
		if (next >= '0' && next <= '9') {
			refuse(s, "recursion is not allowed");
			skip_past(s, ')');
			return false;
		}
		break;
	default:
		break;
	}
	while (more(s) && s->text[s->at] != ':' && s->text[s->at] != ')') /* options */
		s->at++;
	if (more(s) && s->text[s->at] == ')') {
		s->at++;
		return false;
	}
	s->at += more(s);
	return true;
}

static void read_group(struct scan_state *s, struct parts *out)
{
	bool matches_text, atomic;
	if (!enter_group(s, &matches_text, &atomic))
		return;
	if (++s->depth > NESTING_MOST) {
		refuse(s, "groups within groups more than %d deep", NESTING_MOST);
		s->at = s->length;
		return;
	}
	struct parts body = {NULL, 0, 0};
	bool one_sequence, doubles;
	read_alternatives(s, &body, &one_sequence, &doubles);
	s->depth--;
	if (more(s))
		s->at++; /* ')' */
	struct repeat repeat = read_repeat(s);
	if (repeat.unbounded && !repeat.possessive && !atomic && doubles && !s->said_nested) {
		s->said_nested = true;
		report(s, "a repeat within a repeat that can match the same text, as in (a+)+: its cost doubles with each character");
	}
	if (matches_text) {
		if (!repeat.there && one_sequence && !atomic)
			for (size_t i = 0; i < body.count; i++)
				push(out, body.items[i]);
		else {
			struct part whole = sum_of(body.items, body.count);
			whole.min = repeat.min ? whole.min : 0;
			whole.unbounded = (repeat.unbounded || whole.unbounded) && !repeat.possessive && !atomic;
			whole.single = whole.single && !repeat.unbounded && repeat.max <= 1;
			push(out, whole);
		}
	}
	free(body.items);
}

static void read_sequence(struct scan_state *s, struct parts *out)
{
	while (more(s) && s->text[s->at] != '|' && s->text[s->at] != ')') {
		struct part part = {.min = 1, .single = true};
		if (looking_at(s, "\\Q")) {
			for (s->at += 2; more(s) && !looking_at(s, "\\E");) {
				uint32_t c = take_point(s);
				check_literal(s, c);
				part.all = (struct set){{0, 0}, false};
				set_add(&part.all, c);
				push(out, part);
			}
			s->at += more(s) ? 2 : 0;
			continue;
		}
		uint32_t c = take_point(s);
		if (c == '(') {
			read_group(s, out);
			continue;
		}
		if (c == '[')
			part.all = read_class(s);
		else if (c == '\\')
			part.all = read_escape(s, false, &part.min);
		else if (c == '.')
			part.all = set_everything();
		else if (c == '^' || c == '$')
			part.min = 0;
		else {
			set_add(&part.all, c);
			check_literal(s, c);
		}
		struct repeat repeat = read_repeat(s);
		part.min *= repeat.min;
		part.unbounded = repeat.unbounded && !repeat.possessive;
		part.single = !repeat.unbounded && repeat.max <= 1;
		push(out, part);
	}
}

/* Reads up to a ')' or the end. Without '|' out gets the parts of the one sequence, else one part for all of them. doubles: repeating it is dear. */
static void read_alternatives(struct scan_state *s, struct parts *out, bool *one_sequence, bool *doubles)
{
	struct part joined = {.min = UINT32_MAX, .single = true};
	struct set singles = {{0, 0}, false};
	*one_sequence = true;
	*doubles = false;
	for (;;) {
		size_t first = out->count;
		read_sequence(s, out);
		size_t count = out->count - first;
		const struct part *parts = count ? &out->items[first] : NULL;
		check_chain(s, parts, count);
		*doubles |= repeats_double(parts, count);
		struct part sum = sum_of(parts, count);
		joined.min = sum.min < joined.min ? sum.min : joined.min;
		joined.unbounded |= sum.unbounded;
		joined.single &= sum.single;
		set_join(&joined.all, &sum.all);
		bool another = more(s) && s->text[s->at] == '|';
		if (another)
			*one_sequence = false;
		if (!*one_sequence) {
			if (sum.single && sets_meet(&singles, &sum.all))
				*doubles = true; /* (a|a)* */
			if (sum.single)
				set_join(&singles, &sum.all);
			out->count = first;
		}
		if (!another)
			break;
		s->at++;
	}
	if (!*one_sequence)
		push(out, joined);
}

static void scan(struct scan_state *s)
{
	struct parts parts = {NULL, 0, 0};
	bool one_sequence, doubles;
	while (more(s) && !s->refused) {
		read_alternatives(s, &parts, &one_sequence, &doubles);
		s->at += more(s); /* a ')' too many: the engine will say so */
		parts.count = 0;
	}
	free(parts.items);
}

bool expression_accept(const char *text, size_t length, struct buf *message)
{
	struct scan_state s = {.text = text, .length = length, .refusal = message};
	scan(&s);
	return !s.refused;
}

void expression_check(const char *text, size_t length, bool keep_case, void (*report_to)(void *context, const char *message), void *context)
{
	struct scan_state s = {.text = text, .length = length, .keep_case = keep_case, .report = report_to, .context = context};
	scan(&s);
}
