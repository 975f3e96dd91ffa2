/* Patterns: the parser cuts words by the same rules as text is cut (counting-rules.md section 2), so that what an author
 * writes is what the text is compared with; then the shape of what can come of the alternatives is checked. */
#include "matchers/pattern.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "matchers/fold.h"

/* What stands between the item just read and the next one. */
enum separator {
	AT_START,     /* no item yet in this list */
	NONE,         /* nothing: two items cannot follow each other so */
	HYPHEN,       /* one hyphen and nothing else: the closed form matches too */
	APART
};

struct parser {
	struct arena *arena;
	const char *text;
	size_t length, at;
	unsigned flags, depth;
	const struct lexicon_limits *limits;
	struct buf *message;
	size_t plain_stops_until; /* full stops before this offset belong to an initialism */
	struct buf word;
	/* Stacks: the lists being read push their items, and take them off when they end. */
	struct item *items;
	size_t item_count, item_capacity;
	struct item_list *lists;
	size_t list_count, list_capacity;
};

static bool refuse(struct parser *p, const char *format, ...) __attribute__((format(printf, 2, 3)));
static bool refuse(struct parser *p, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	buf_printf(p->message, "pattern '%.*s': ", (int)p->length, p->text);
	buf_vprintf(p->message, format, args);
	va_end(args);
	return false;
}

/* The code point at an offset; 0 and no bytes at the end. */
static size_t peek(const struct parser *p, size_t at, uint32_t *c)
{
	*c = 0;
	return at < p->length ? utf8_decode(p->text + at, p->length - at, c) : 0;
}

static bool in_word(uint32_t c)
{
	return c == '*' || char_class(c) == CHAR_WORD;
}

/* Whether the next character, removed ones left out, goes on with a word. */
static bool word_follows(const struct parser *p, size_t at)
{
	uint32_t c;
	for (size_t n; (n = peek(p, at, &c)) != 0; at += n)
		if (char_class(c) != CHAR_IGNORED)
			return in_word(c);
	return false;
}

/* The end of the word that starts at the cursor: section 2's token, with '*' as one of its characters. */
static size_t word_end(const struct parser *p)
{
	size_t at = p->at, end = p->at;
	uint32_t c;
	for (size_t n; (n = peek(p, at, &c)) != 0; at += n) {
		if (in_word(c))
			end = at + n;
		else if (char_class(c) == CHAR_APOSTROPHE ? !word_follows(p, at + n) : char_class(c) != CHAR_IGNORED)
			break;
	}
	return end;
}

/* Two or more single letters, each followed by a full stop, with nothing between: their end, or 0. */
static size_t initialism_end(const struct parser *p, size_t at)
{
	size_t letters = 0;
	for (;;) {
		uint32_t c, stop;
		size_t n = peek(p, at, &c);
		if (!n || !peek(p, at + n, &stop) || stop != '.' || !char_is_letter(c))
			return letters >= 2 ? at : 0;
		at += n + 1;
		letters++;
	}
}

static void push_item(struct parser *p, struct item item)
{
	MEM_GROW(p->items, p->item_count, p->item_capacity);
	p->items[p->item_count++] = item;
}

static bool ends_with(const struct buf *b, const char *a, const char *or_else)
{
	size_t n = strlen(a);
	return b->length > n && (memcmp(b->data + b->length - n, a, n) == 0 || memcmp(b->data + b->length - n, or_else, n) == 0);
}

static bool read_word(struct parser *p, struct item item)
{
	size_t start = p->at, end = word_end(p);
	buf_clear(&p->word);
	fold_append(&p->word, p->text + start, end - start, p->flags & ENTRY_CASE);
	bool wildcard = memchr(p->text + start, '*', end - start) != NULL;
	uint32_t next;
	peek(p, end, &next);
	bool apostrophe_follows = char_class(next) == CHAR_APOSTROPHE && next;
	item.kind = wildcard ? ITEM_WILDCARD : ITEM_WORD;
	if (wildcard) {
		if (apostrophe_follows && ends_with(&p->word, "s", "S"))
			return refuse(p, "a word with '*' cannot end in s'; write out the possessives, as in {stepmothers'|grandmothers'}");
		size_t kept = 0;
		for (size_t i = 0; i < p->word.length; i++)
			if (!(p->word.data[i] == '*' && kept && p->word.data[kept - 1] == '*'))
				p->word.data[kept++] = p->word.data[i];
		p->word.length = kept;
	} else if (ends_with(&p->word, "'s", "'S")) {
		item.possessive = true;
		p->word.length -= 2;
	} else if (apostrophe_follows && ends_with(&p->word, "s", "S")) {
		item.possessive = true;
		p->word.length -= 1;
	}
	item.text = arena_strndup(p->arena, p->word.data, p->word.length);
	push_item(p, item);
	size_t initialism = initialism_end(p, start);
	if (initialism)
		p->plain_stops_until = initialism;
	p->at = end;
	return true;
}

static bool read_gap(struct parser *p, struct item item)
{
	size_t at = p->at + 1;
	unsigned n = 0;
	while (at < p->length && p->text[at] >= '0' && p->text[at] <= '9' && n <= PATTERN_GAP)
		n = n * 10 + (unsigned)(p->text[at++] - '0');
	if (at == p->at + 1 || n < 1 || n > PATTERN_GAP)
		return refuse(p, "'~' needs a number from 1 to %d after it, as in 'lack ~3 curiosity'", PATTERN_GAP);
	item.kind = ITEM_GAP;
	item.gap = n;
	item.hyphen_before = false;
	push_item(p, item);
	p->at = at;
	return true;
}

static bool read_list(struct parser *p, struct item_list *out);

static bool read_choice(struct parser *p, struct item item)
{
	if (++p->depth > p->limits->nesting)
		return refuse(p, "braces within braces more than %u deep", p->limits->nesting);
	p->at++;
	size_t first = p->list_count;
	do {
		struct item_list list;
		if (!read_list(p, &list))
			return false;
		MEM_GROW(p->lists, p->list_count, p->list_capacity);
		p->lists[p->list_count++] = list;
	} while (p->text[p->at++] == '|');
	p->depth--;
	item.kind = ITEM_CHOICE;
	item.choice_count = p->list_count - first;
	item.choices = arena_calloc(p->arena, item.choice_count, sizeof *item.choices);
	memcpy(item.choices, p->lists + first, item.choice_count * sizeof *item.choices);
	p->list_count = first;
	push_item(p, item);
	return true;
}

/* Whether the stop at the cursor stands in a number, a time or an initialism, where it breaks nothing. */
static bool stop_is_plain(const struct parser *p)
{
	if (p->at < p->plain_stops_until)
		return true;
	uint32_t before = 0, after;
	peek(p, p->at + 1, &after);
	for (size_t back = 1; back <= 4 && back <= p->at; back++)
		if ((p->text[p->at - back] & 0xc0) != 0x80) {
			peek(p, p->at - back, &before);
			break;
		}
	return char_is_digit(before) && char_is_digit(after);
}

/* Reads what is not an item. Returns false if no entry can hold the character. */
static bool read_separator(struct parser *p, uint32_t c, size_t bytes, enum separator *between)
{
	enum separator wider = *between == AT_START ? AT_START : APART;
	switch (char_class(c)) {
	case CHAR_IGNORED:
		break;
	case CHAR_HYPHEN:
		*between = *between == NONE ? HYPHEN : wider;
		break;
	case CHAR_SOFT:
		if (!(p->flags & ENTRY_COMMA))
			return refuse(p, "an entry crosses '%.*s' only with flag c; add the flag or leave the character out", (int)bytes, p->text + p->at);
		*between = wider;
		break;
	case CHAR_STOP:
		if (!stop_is_plain(p))
			return refuse(p, "'%c' ends a sentence and no entry matches across it; leave it out, or write initials as U.K.", (char)c);
		*between = wider;
		break;
	case CHAR_LINE:
	case CHAR_PAGE:
		return refuse(p, "a line break inside a pattern");
	case CHAR_BREAK:
		return refuse(p, "'%.*s' (U+%04X) ends a sentence and no entry matches across it; leave it out", (int)bytes, p->text + p->at, (unsigned)c);
	default:
		*between = wider;
	}
	p->at += bytes;
	return true;
}

/* Reads items up to the end of the text or, within braces, to the '|' or '}' that the cursor is left on. */
static bool read_list(struct parser *p, struct item_list *out)
{
	size_t first = p->item_count;
	enum separator between = AT_START;
	for (;;) {
		uint32_t c;
		size_t n = peek(p, p->at, &c);
		if (!n && p->depth)
			return refuse(p, "'{' has no '}'");
		if (!n || (p->depth && (c == '|' || c == '}')))
			break;
		if (c == '|' || c == '}')
			return refuse(p, "'%c' without '{' before it", (char)c);

		bool joins_words = c == '_' && between == NONE && p->items[p->item_count - 1].text && word_follows(p, p->at + 1);
		bool starts_item = c == '{' || c == '~' || (c == '_' && !joins_words) || in_word(c);
		if (!starts_item) {
			if (joins_words) {
				between = APART;
				p->at += n;
			} else if (!read_separator(p, c, n, &between))
				return false;
			continue;
		}
		if (between == NONE)
			return refuse(p, "write a space or a hyphen before '%.*s': alternatives, gaps and '_' stand for whole words", (int)n, p->text + p->at);
		struct item item = {.hyphen_before = between == HYPHEN};
		bool read;
		if (c == '{')
			read = read_choice(p, item);
		else if (c == '~')
			read = read_gap(p, item);
		else if (c == '_') {
			item.kind = ITEM_ANY;
			item.hyphen_before = false;
			push_item(p, item);
			p->at++;
			read = true;
		} else
			read = read_word(p, item);
		if (!read)
			return false;
		between = NONE;
	}
	out->count = p->item_count - first;
	out->items = arena_calloc(p->arena, out->count, sizeof *out->items);
	if (out->count)
		memcpy(out->items, p->items + first, out->count * sizeof *out->items);
	p->item_count = first;
	/* A hyphen beside a gap has no closed form. */
	for (size_t i = 1; i < out->count; i++)
		if (out->items[i - 1].kind == ITEM_GAP || out->items[i - 1].kind == ITEM_ANY)
			out->items[i].hyphen_before = false;
	return true;
}

/* What the sequences that a list can become have in common. */
struct shape {
	unsigned words_min;    /* fewest words (bare * left out) in any of them */
	bool empty;            /* one is empty */
	bool open_start, open_end; /* one begins, ends with ~N or _ */
	int lead, trail;       /* longest sum of gaps at the start, at the end */
	int through;           /* longest sum of gaps if one has no word at all, else -1 */
	int inner;             /* longest sum of gaps that follow one another */
	uint64_t variants;     /* how many they are at most */
};

static int larger(int a, int b)
{
	return a > b ? a : b;
}

static uint64_t multiply(uint64_t a, uint64_t b)
{
	uint64_t product;
	return __builtin_mul_overflow(a, b, &product) ? UINT64_MAX : product;
}

static struct shape shape_of_list(const struct item_list *list);

static struct shape shape_of_item(const struct item *item)
{
	struct shape s = {.variants = 1, .through = -1};
	switch (item->kind) {
	case ITEM_WORD:
	case ITEM_WILDCARD:
		s.words_min = strcmp(item->text, "*") != 0;
		break;
	case ITEM_ANY:
	case ITEM_GAP:
		s.open_start = s.open_end = true;
		s.lead = s.trail = s.through = s.inner = (int)item->gap;
		break;
	case ITEM_CHOICE:
		s.words_min = UINT32_MAX;
		s.variants = 0;
		for (size_t i = 0; i < item->choice_count; i++) {
			struct shape c = shape_of_list(&item->choices[i]);
			s.words_min = c.words_min < s.words_min ? c.words_min : s.words_min;
			s.empty |= c.empty;
			s.open_start |= c.open_start;
			s.open_end |= c.open_end;
			s.lead = larger(s.lead, c.lead);
			s.trail = larger(s.trail, c.trail);
			s.through = larger(s.through, c.through);
			s.inner = larger(s.inner, c.inner);
			if (__builtin_add_overflow(s.variants, c.variants, &s.variants))
				s.variants = UINT64_MAX;
		}
		break;
	}
	return s;
}

static struct shape shape_of_list(const struct item_list *list)
{
	struct shape s = {.empty = true, .variants = 1};
	for (size_t i = 0; i < list->count; i++) {
		struct shape next = shape_of_item(&list->items[i]);
		struct shape both = {
			.words_min = s.words_min + next.words_min,
			.empty = s.empty && next.empty,
			.open_start = s.open_start || (s.empty && next.open_start),
			.open_end = next.open_end || (next.empty && s.open_end),
			.lead = s.through >= 0 ? larger(s.lead, s.through + next.lead) : s.lead,
			.trail = next.through >= 0 ? larger(next.trail, next.through + s.trail) : next.trail,
			.through = s.through >= 0 && next.through >= 0 ? s.through + next.through : -1,
			.inner = larger(larger(s.inner, next.inner), s.trail + next.lead),
			.variants = multiply(multiply(s.variants, next.variants), list->items[i].hyphen_before && i ? 2 : 1),
		};
		s = both;
	}
	return s;
}

static bool check_shape(struct parser *p, const struct item_list *list, uint64_t *variants)
{
	struct shape s = shape_of_list(list);
	*variants = s.variants;
	if (s.open_start)
		return refuse(p, "begins with '~' or '_'%s; a pattern begins with a word",
		              list->items[0].kind == ITEM_CHOICE ? " when alternatives are empty (put the gap inside the braces, as in {word ~3|})" : "");
	if (s.open_end)
		return refuse(p, "ends with '~' or '_'%s; a pattern ends with a word",
		              list->items[list->count - 1].kind == ITEM_CHOICE ? " when alternatives are empty (put the gap inside the braces, as in {~3 word|})" : "");
	if (!s.words_min)
		return refuse(p, list->count ? "matches without any word%s" : "holds no word%s", s.empty && list->count ? " when every alternative is empty" : "");
	if (s.inner > PATTERN_GAP)
		return refuse(p, "gaps that can follow one another come to %d words; at most %d", s.inner, PATTERN_GAP);
	if (s.variants > p->limits->variants)
		return refuse(p, "its alternatives and hyphens give more than %u sequences; split it into several entries", p->limits->variants);
	return true;
}

bool pattern_parse(struct arena *arena, const char *text, size_t length, unsigned flags, const struct lexicon_limits *limits,
                   struct item_list *out, uint64_t *variants, struct buf *message)
{
	struct parser p = {.arena = arena, .text = text, .length = length, .flags = flags, .limits = limits, .message = message};
	if (length > PATTERN_BYTES) {
		buf_printf(message, "the pattern has %zu bytes; at most %d", length, PATTERN_BYTES);
		return false;
	}
	bool ok = read_list(&p, out) && check_shape(&p, out, variants);
	buf_release(&p.word);
	free(p.items);
	free(p.lists);
	return ok;
}
