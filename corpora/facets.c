#include "corpora/facets.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* A sentence farther down says nothing of the incident any more, in a digest. */
#define STATEMENT_SENTENCES 4
#define READ_SENTENCES 6
#define NAME_BYTES 4000

enum age_band age_band_of(int months)
{
	return months < 0 ? AGE_UNKNOWN : months < 12 ? AGE_UNDER_1 : months < 72 ? AGE_1_5 : months < 132 ? AGE_6_10
	     : months < 192 ? AGE_11_15 : months < 216 ? AGE_16_17 : AGE_UNKNOWN;
}

static bool lower(char c)
{
	return c >= 'a' && c <= 'z';
}

/* Whether a sentence ends between the word that ends at `end` and the one that starts at `start`: a full stop, question or
 * exclamation mark that white space and no lower-case letter follow, a blank line, or the edge of a column. */
static bool sentence_ends(const char *text, size_t end, size_t start)
{
	if (start - end == 1)
		return false;
	bool stop = false, gap = false, line = false;
	for (size_t at = end; at < start; at++) {
		char c = text[at];
		if (c == '\x1D')
			return true;
		if (c == '.' || c == '?' || c == '!') {
			stop = true;
			gap = false;
		} else if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
			gap = true;
			if (c == '\n' && line)
				return !lower(text[start]);
			line |= c == '\n';
		}
	}
	return stop && gap && !lower(text[start]);
}

/* A number in digits or words up to seventeen; -1 if it is none. */
static int count_of(const char *s, size_t n)
{
	static const char *const words[] = {"one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
	                                    "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
	                                    "twenty"};
	if (n && s[0] >= '0' && s[0] <= '9') {
		int value = 0;
		for (size_t i = 0; i < n && s[i] >= '0' && s[i] <= '9' && value < 10000; i++)
			value = value * 10 + (s[i] - '0');
		return value;
	}
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (strlen(words[i]) == n && strncasecmp(words[i], s, n) == 0)
			return (int)i + 1;
	return n == 2 && strncasecmp(s, "no", 2) == 0 ? 0 : -1;
}

static bool group(const struct rule *rule, const struct regex_memory *m, enum capture capture, size_t *start, size_t *end)
{
	return rule_span(rule, m, capture, start, end);
}

/* An age rule's count and unit, as months; without a unit they are years. */
static int months_of(const struct rule *rule, const struct regex_memory *m, const char *text)
{
	size_t start, end;
	if (!group(rule, m, CAP_COUNT, &start, &end))
		return -1;
	int count = count_of(text + start, end - start), half = 0;
	if (count < 0 || count > 400)
		return -1;
	if (memmem(text + start, end - start, "\xC2\xBD", 2)) /* ½ */
		half = 1;
	char unit = group(rule, m, CAP_UNIT, &start, &end) ? (char)(text[start] | 0x20) : 'y';
	int months = unit == 'd' || unit == 'h' ? 0 : unit == 'w' ? count * 7 * 12 / 365 : unit == 'm' ? count : count * 12 + half * 6;
	if (unit == 'y' && group(rule, m, CAP_MONTHS, &start, &end))
		months += count_of(text + start, end - start);
	return months < 18 * 12 + 12 ? months : -1;
}

/* What one sentence says. */
struct sentence {
	size_t start, history; /* history: where the first word of it stands, SIZE_MAX: nowhere */
	size_t year[2];        /* where the first years stand */
	unsigned years;
	const struct rule *outcome;
	bool incident, general, adult;
	int age;
	enum gender gender;
	size_t gender_at; /* the word that told it */
};

struct reading {
	const struct rules *rules;
	const struct layout *layout;
	struct regex_memory *memory;
	const char *text;
	size_t length;
	bool whole;
	struct facets *facets;
	struct sentence sentence;
	unsigned sentences;
	size_t word[8]; /* starts of the last words, the last one at `words` - 1, modulo 8 */
	unsigned words;
	bool outcome_settled, age_settled, gender_settled;
};

static void begin_sentence(struct reading *r, size_t start)
{
	r->sentence = (struct sentence){.start = start, .history = SIZE_MAX, .age = -1};
}

/* "between 2011 and 2014", "2012 to 2015" is one range, no conflict. */
static bool is_range(const char *text, size_t start, size_t end)
{
	static const char *const words[] = {"and", "to", "until", "till", "-", "\xE2\x80\x93"};
	while (start < end && strchr(" \t\r\n,", text[start]))
		start++;
	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		size_t n = strlen(words[i]);
		if (end - start >= n && strncasecmp(text + start, words[i], n) == 0) {
			size_t at = start + n;
			while (at < end && strchr(" \t\r\n", text[at]))
				at++;
			return at == end;
		}
	}
	return false;
}

static void take_incident(struct reading *r)
{
	const struct sentence *s = &r->sentence;
	struct facets *f = r->facets;
	struct date next;
	if (!s->years || (r->sentences == 0 ? s->year[0] >= s->history : s->history != SIZE_MAX) ||
	    !date_at(r->text, r->length, s->year[0], &f->incident))
		return;
	if (s->years > 1 && s->year[1] < s->history && date_at(r->text, r->length, s->year[1], &next) && next.year != f->incident.year &&
	    !is_range(r->text, f->incident.end, next.start))
		f->conflict = next;
}

/* Takes what the sentence says into the facets. Returns false when nothing is left to be learnt. */
static bool end_sentence(struct reading *r)
{
	struct facets *f = r->facets;
	const struct sentence *s = &r->sentence;
	bool states = (s->outcome || s->incident) && !s->general && (r->whole || r->sentences < STATEMENT_SENTENCES);
	if (s->outcome && !s->general && !r->outcome_settled && (!r->whole || s->history == SIZE_MAX)) {
		f->outcome = (enum outcome)s->outcome->number;
		r->outcome_settled = true;
	}
	/* what the sentence says that states the incident goes before what an earlier one said */
	if (s->age >= 0 && !r->age_settled && (states || (f->age_months < 0 && r->sentences < 2)))
		f->age_months = s->age;
	if (s->gender && !r->gender_settled && (states || !f->gender))
		f->gender = s->gender;
	r->age_settled |= states && s->age >= 0;
	r->gender_settled |= states && s->gender;
	if (states && !f->incident.year)
		take_incident(r);
	r->sentences++;
	return !(r->outcome_settled && r->age_settled && r->gender_settled && f->incident.year) &&
	       (r->whole || r->sentences < READ_SENTENCES);
}

/* Whether a match of the rule could still change anything. */
static bool wanted(const struct reading *r, const struct rule *rule)
{
	const struct sentence *s = &r->sentence;
	switch (rule->kind) {
	case RULE_OUTCOME:
		return !s->outcome || rule->weight > s->outcome->weight;
	case RULE_INCIDENT:
		return !s->incident && !s->outcome && !r->facets->incident.year;
	case RULE_HISTORY:
		return s->history == SIZE_MAX && (r->whole || !r->facets->incident.year);
	case RULE_GENERAL:
		return !s->general;
	case RULE_AGE:
		return s->age < 0 && !r->age_settled;
	case RULE_GENDER:
		return (rule->number == GENDER_MIXED) == (s->gender != GENDER_UNKNOWN && s->gender_at != r->word[(r->words - 1) % 8]) && !r->gender_settled && (rule->weight > 0 || !s->adult);
	case RULE_STOP:
		return !r->whole && s->start + r->sentences > 0;
	default:
		return false;
	}
}

static bool matches(const struct reading *r, const struct rule *rule)
{
	if (!rule->regex)
		return true;
	unsigned back = rule->from < r->words - 1 ? rule->from : r->words - 1;
	if (back < rule->from && rule->kind == RULE_AGE)
		return false;
	size_t at = r->word[(r->words - 1 - back) % 8];
	size_t end = r->length - at > rule->ahead ? at + rule->ahead : r->length;
	while (end < r->length && ((unsigned char)r->text[end] & 0xC0) == 0x80)
		end++;
	return regex_match(rule->regex, r->memory, r->text, end, at, end < r->length) == REGEX_YES;
}

/* Returns false where the statement ends. */
static bool note(struct reading *r, const struct rule *rule, size_t at)
{
	struct sentence *s = &r->sentence;
	switch (rule->kind) {
	case RULE_OUTCOME:
		s->outcome = rule;
		return true;
	case RULE_INCIDENT:
		s->incident = true;
		return true;
	case RULE_HISTORY:
		s->history = at;
		return true;
	case RULE_GENERAL:
		s->general = true;
		return true;
	case RULE_AGE:
		s->age = months_of(rule, r->memory, r->text);
		return true;
	case RULE_GENDER:
		if (rule->number == GENDER_UNKNOWN)
			s->adult = true;
		else
			s->gender = (enum gender)rule->number;
		s->gender_at = at;
		return true;
	default:
		return false;
	}
}

/* Reads one word; false where the statement ends. */
static bool read_word(struct reading *r, struct word word)
{
	const struct words *head = &r->rules->head;
	struct sentence *s = &r->sentence;
	r->word[r->words++ % 8] = word.start;
	if (r->text[word.start] >= '0' && r->text[word.start] <= '9') {
		if (word.end - word.start == 4 && s->years < 2 && !r->facets->incident.year) {
			struct date d;
			if (date_at(r->text, r->length, word.start, &d))
				s->year[s->years++] = word.start;
		}
		return true;
	}
	for (int i = words_find(head, r->text, r->length, word); i >= 0; i = words_find_next(head, r->text, r->length, word, i)) {
		const struct rule *rule = r->rules->rule[head->entry[i].value];
		if ((!rule->layout || rule->layout == r->layout) && wanted(r, rule) && matches(r, rule) && !note(r, rule, word.start))
			return false;
	}
	return true;
}

void facets_read(const struct rules *rules, const struct layout *layout, struct regex_memory *memory, const char *text,
                 size_t length, bool whole, struct facets *facets)
{
	size_t most = whole ? FACETS_WHOLE : FACETS_HEAD, before = 0;
	if (length > most) {
		length = most;
		while (((unsigned char)text[length] & 0xC0) == 0x80)
			length--;
	}
	struct reading r = {.rules = rules, .layout = layout, .memory = memory, .text = text, .length = length, .whole = whole, .facets = facets};
	*facets = (struct facets){.age_months = -1};
	begin_sentence(&r, 0);
	for (struct word w; word_next(text, length, before, &w); before = w.end) {
		if (before && sentence_ends(text, before, w.start)) {
			if (!end_sentence(&r))
				break;
			begin_sentence(&r, w.start);
		}
		if (!read_word(&r, w))
			break;
	}
	end_sentence(&r);
	facets->age_band = age_band_of(facets->age_months);
}

bool facets_name(const struct rules *rules, const struct layout *layout, struct regex_memory *memory, const char *text,
                 size_t length, bool operation, size_t *start, size_t *end)
{
	length = length < NAME_BYTES ? length : NAME_BYTES;
	while (length > 0 && length == NAME_BYTES && ((unsigned char)text[length] & 0xC0) == 0x80)
		length--;
	for (size_t i = 0; i < rules->of_kind_count[RULE_NAME]; i++) {
		const struct rule *rule = rules->of_kind[RULE_NAME][i];
		if ((!rule->layout || rule->layout == layout) && (!operation || rule->weight > 1) &&
		    regex_match(rule->regex, memory, text, length, 0, false) == REGEX_YES && group(rule, memory, CAP_CHILD, start, end))
			return true;
	}
	return false;
}

/* Tries the rule of a find at its place. */
static bool matches_at(const struct rule *rule, struct regex_memory *memory, const char *text, size_t length, size_t at)
{
	if (!rule->regex)
		return true;
	size_t begin = at > rule->back ? at - rule->back : 0, end = length - at > rule->ahead ? at + rule->ahead : length;
	while (begin < at && ((unsigned char)text[begin] & 0xC0) == 0x80)
		begin++;
	while (end < length && ((unsigned char)text[end] & 0xC0) == 0x80)
		end++;
	return regex_match(rule->regex, memory, text, end, begin, end < length) == REGEX_YES;
}

void facets_body_read(const struct rules *rules, const struct layout *layout, struct regex_memory *memory, const char *text,
                      size_t length, struct facets_body *body)
{
	struct find finds[FINDER_ROOM];
	size_t from = 0, n, start, end;
	while ((n = finder_next(rules->body.finder, text, length, &from, finds)) > 0)
		for (size_t i = 0; i < n; i++) {
			const struct rule *rule = rules->body.rule[finds[i].literal];
			if ((rule->layout && rule->layout != layout) ||
			    (rule->kind == RULE_METHOD && body->method && body->method->weight >= rule->weight) ||
			    !matches_at(rule, memory, text, length, finds[i].at))
				continue;
			if (rule->kind == RULE_METHOD) {
				body->method = rule;
			} else if (group(rule, memory, CAP_COUNT, &start, &end)) {
				int count = count_of(text + start, end - start);
				if (rule->number && body->said < 0)
					body->said = count;
				else if (!rule->number && count > body->numbered && count < 200)
					body->numbered = count;
			}
		}
}
