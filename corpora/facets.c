#include "corpora/facets.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* A sentence farther down says nothing of the incident any more, in a digest. */
#define STATEMENT_SENTENCES 5
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

/* Where the sentence that holds text[at] ends: behind a full stop, question or exclamation mark that a space and no lower-case
 * letter follow, or at a blank line or the edge of a column. */
static size_t sentence_end(const char *text, size_t length, size_t at)
{
	for (; at < length; at++) {
		char c = text[at];
		if (c == '\x1D' || (c == '\n' && at + 1 < length && (text[at + 1] == '\n' || text[at + 1] == '\r')))
			return at;
		if ((c == '.' || c == '?' || c == '!') && at + 1 < length && (text[at + 1] == ' ' || text[at + 1] == '\n' || text[at + 1] == '\t')) {
			size_t next = at + 1;
			while (next < length && (text[next] == ' ' || text[next] == '\n'))
				next++;
			if (next < length && !lower(text[next]))
				return at + 1;
		}
	}
	return length;
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
	return rule->group[capture] && regex_span(m, rule->group[capture], start, end);
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
	size_t start, end, history; /* history: where the first word of it stands, SIZE_MAX: nowhere */
	const struct rule *outcome;
	bool incident, general;
	int age;
	enum gender gender;
};

struct reading {
	const char *text;
	bool whole;
	struct facets *facets;
	struct sentence sentence;
	unsigned sentences;
	/* the first of each, wherever it stands; what the sentence with the outcome says goes before */
	int age;
	enum gender gender;
	bool outcome_settled, age_settled, gender_settled;
};

static void begin_sentence(struct reading *r, size_t start, size_t end)
{
	r->sentence = (struct sentence){.start = start, .end = end, .history = SIZE_MAX, .age = -1};
}

static void end_sentence(struct reading *r)
{
	struct facets *f = r->facets;
	const struct sentence *s = &r->sentence;
	bool states = (s->outcome || s->incident) && !s->general && (r->whole || r->sentences < STATEMENT_SENTENCES);
	if (s->outcome && !s->general && !r->outcome_settled && (!r->whole || s->history == SIZE_MAX)) {
		f->outcome = (enum outcome)s->outcome->number;
		r->outcome_settled = true;
	}
	if (r->age < 0 && r->sentences < 2)
		r->age = s->age;
	if (!r->gender)
		r->gender = s->gender;
	if (states && s->age >= 0 && !r->age_settled) {
		r->age = s->age;
		r->age_settled = true;
	}
	if (states && s->gender && !r->gender_settled) {
		r->gender = s->gender;
		r->gender_settled = true;
	}
	struct date d, next;
	if (states && !f->incident.year && date_find(r->text, s->end, s->start, &d) &&
	    (r->sentences == 0 ? d.start < s->history : s->history == SIZE_MAX)) {
		f->incident = d;
		if (date_find(r->text, s->end, d.end, &next) && next.year != d.year && next.start < s->history)
			f->conflict = next;
	}
	r->sentences++;
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
		return (!s->gender || rule->number == GENDER_MIXED) && !r->gender_settled;
	case RULE_STOP:
		return !r->whole;
	default:
		return false;
	}
}

/* Tries the rule of a find at its place, within [least, length) of the text. */
static bool matches(const struct rule *rule, struct regex_memory *memory, const char *text, size_t length, size_t least, size_t at)
{
	size_t begin = at > rule->back + least ? at - rule->back : least;
	size_t end = at + rule->ahead < length ? at + rule->ahead : length;
	if (rule->back == 0)
		begin = at;
	while (begin < at && ((unsigned char)text[begin] & 0xC0) == 0x80)
		begin++;
	while (end < length && ((unsigned char)text[end] & 0xC0) == 0x80)
		end++;
	return regex_match(rule->regex, memory, text, end, begin, end < length) == REGEX_YES;
}

/* Returns false where the statement ends. */
static bool note(struct reading *r, const struct rule *rule, const struct regex_memory *memory, size_t at)
{
	struct sentence *s = &r->sentence;
	switch (rule->kind) {
	case RULE_OUTCOME:
		s->outcome = rule;
		break;
	case RULE_INCIDENT:
		s->incident = true;
		break;
	case RULE_HISTORY:
		s->history = at;
		break;
	case RULE_GENERAL:
		s->general = true;
		break;
	case RULE_AGE:
		s->age = months_of(rule, memory, r->text);
		break;
	case RULE_GENDER:
		s->gender = (enum gender)rule->number;
		break;
	case RULE_STOP:
		if (at == 0)
			break;
		if (s->end > at)
			s->end = at;
		return false;
	default:
		break;
	}
	return true;
}

void facets_read(const struct rules *rules, const struct layout *layout, struct regex_memory *memory, const char *text,
                 size_t length, bool whole, struct facets *facets)
{
	struct find finds[2 * FINDER_LITERALS];
	struct reading r = {.text = text, .whole = whole, .facets = facets, .age = -1};
	size_t most = whole ? FACETS_WHOLE : FACETS_HEAD, from = 0, n;
	*facets = (struct facets){.age_months = -1};
	if (length > most) {
		length = most;
		while (((unsigned char)text[length] & 0xC0) == 0x80)
			length--;
	}
	begin_sentence(&r, 0, sentence_end(text, length, 0));
	bool on = true;
	while (on && (n = finder_next(rules->head.finder, text, length, &from, finds, sizeof finds / sizeof *finds)) > 0)
		for (size_t i = 0; i < n && on; i++) {
			const struct rule *rule = rules->head.rule[finds[i].literal];
			size_t at = finds[i].at;
			while (at >= r.sentence.end && r.sentence.end < length) {
				end_sentence(&r);
				begin_sentence(&r, r.sentence.end, sentence_end(text, length, r.sentence.end + 1));
			}
			if ((!rule->layout || rule->layout == layout) && wanted(&r, rule) &&
			    matches(rule, memory, text, length, r.sentence.start, at))
				on = note(&r, rule, memory, at);
		}
	end_sentence(&r);
	facets->age_months = r.age;
	facets->age_band = age_band_of(r.age);
	facets->gender = r.gender;
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

void facets_body_read(const struct rules *rules, const struct layout *layout, struct regex_memory *memory, const char *text,
                      size_t length, struct facets_body *body)
{
	struct find finds[2 * FINDER_LITERALS];
	size_t from = 0, n, start, end;
	while ((n = finder_next(rules->body.finder, text, length, &from, finds, sizeof finds / sizeof *finds)) > 0)
		for (size_t i = 0; i < n; i++) {
			const struct rule *rule = rules->body.rule[finds[i].literal];
			if (rule->layout && rule->layout != layout)
				continue;
			if (rule->kind == RULE_METHOD && (body->method ? body->method->weight : 0) >= rule->weight)
				continue;
			if (!matches(rule, memory, text, length, 0, finds[i].at))
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
