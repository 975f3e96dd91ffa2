#include "corpora/facets.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

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
 * letter follow, or at a blank line. */
static size_t sentence_end(const char *text, size_t length, size_t at)
{
	for (; at < length; at++) {
		char c = text[at];
		if (c == '\x1D')
			return at;
		if (c == '\n' && at + 1 < length && text[at + 1] == '\n')
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

static int count_of(const char *s, size_t n)
{
	static const char *const words[] = {"one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
	                                    "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen"};
	char word[16];
	if (n && s[0] >= '0' && s[0] <= '9')
		return atoi(s);
	if (n >= sizeof word)
		return -1;
	for (size_t i = 0; i < n; i++)
		word[i] = (char)(s[i] | 0x20);
	word[n] = '\0';
	for (int i = 0; i < 17; i++)
		if (strcmp(word, words[i]) == 0)
			return i + 1;
	return -1;
}

/* An age rule's count and unit, as months. */
static int months_of(const struct rule *rule, const struct regex_memory *m, const char *text)
{
	size_t start, end;
	if (!rule->group[CAP_COUNT] || !regex_span(m, rule->group[CAP_COUNT], &start, &end))
		return -1;
	int count = count_of(text + start, end - start);
	char unit = 'y';
	if (rule->group[CAP_UNIT] && regex_span(m, rule->group[CAP_UNIT], &start, &end))
		unit = (char)(text[start] | 0x20);
	if (count < 0 || count > 400)
		return -1;
	return unit == 'd' ? 0 : unit == 'w' ? count * 7 / 30 : unit == 'm' ? count : count * 12;
}

/* One sentence of the statement. */
struct sentence {
	size_t start, end;
	const struct rule *outcome;
	bool incident, history;
};

struct reading {
	const struct rules *rules;
	const char *text;
	struct facets *facets;
	struct sentence sentence;
	unsigned sentences;
	enum gender gender_seen;
};

static void end_sentence(struct reading *r)
{
	struct facets *f = r->facets;
	const struct sentence *s = &r->sentence;
	if (s->outcome && f->outcome == OUTCOME_UNKNOWN) {
		const char *v = s->outcome->value;
		f->outcome = strcmp(v, "death") == 0 ? OUTCOME_DEATH : strcmp(v, "serious_harm") == 0 ? OUTCOME_SERIOUS_HARM
		           : strcmp(v, "other") == 0 ? OUTCOME_OTHER : OUTCOME_UNKNOWN;
	}
	struct date d;
	if (!f->incident.year && (s->incident || s->outcome) && !s->history && date_find(r->text, s->end, s->start, &d)) {
		f->incident = d;
		struct date next;
		if (date_find(r->text, s->end, d.end, &next) && next.year != d.year)
			f->conflict = next;
	}
	r->sentences++;
}

void facets_read(const struct rules *rules, const struct layout *layout, struct regex_memory *memory, const char *text,
                 size_t length, struct facets *facets)
{
	*facets = (struct facets){.age_months = -1};
	struct reading r = {.rules = rules, .text = text, .facets = facets};
	struct find finds[2 * FINDER_LITERALS];
	if (length > FACETS_HEAD) {
		length = FACETS_HEAD;
		while (((unsigned char)text[length] & 0xC0) == 0x80)
			length--;
	}
	r.sentence.end = sentence_end(text, length, 0);
	bool stop = false;
	size_t from = 0, n;
	while (!stop && (n = finder_next(rules->head.finder, text, length, &from, finds, sizeof finds / sizeof *finds)) > 0) {
		for (size_t i = 0; i < n && !stop; i++) {
			const struct rule *rule = rules->head.rule[finds[i].literal];
			if (rule->layout && rule->layout != layout)
				continue;
			while (finds[i].at >= r.sentence.end && r.sentence.end < length) {
				end_sentence(&r);
				r.sentence = (struct sentence){.start = r.sentence.end, .end = sentence_end(text, length, r.sentence.end + 1)};
			}
			size_t begin = finds[i].at > rule->back ? finds[i].at - rule->back : 0;
			size_t end = finds[i].at + rule->ahead < length ? finds[i].at + rule->ahead : length;
			if (rule->back)
				while (((unsigned char)text[begin] & 0xC0) == 0x80)
					begin++;
			while (end < length && ((unsigned char)text[end] & 0xC0) == 0x80)
				end++;
			if (begin < r.sentence.start && rule->kind != RULE_STOP && rule->back)
				begin = r.sentence.start;
			if (regex_match(rule->pattern, memory, text, end, begin, end < length) != REGEX_YES)
				continue;
			size_t start, stop_at;
			switch (rule->kind) {
			case RULE_OUTCOME:
				if (!r.sentence.outcome || rule->weight > r.sentence.outcome->weight)
					r.sentence.outcome = rule;
				break;
			case RULE_INCIDENT:
				r.sentence.incident = true;
				break;
			case RULE_HISTORY:
				r.sentence.history = true;
				break;
			case RULE_AGE:
				if (facets->age_months < 0 && facets->age_band == AGE_UNKNOWN) {
					facets->age_months = months_of(rule, memory, text);
					facets->age_band = age_band_of(facets->age_months);
				}
				break;
			case RULE_GENDER:
				if (facets->gender == GENDER_UNKNOWN)
					facets->gender = strcmp(rule->value, "female") == 0 ? GENDER_FEMALE : strcmp(rule->value, "male") == 0 ? GENDER_MALE : GENDER_MIXED;
				break;
			case RULE_NAME:
				if (!facets->name_length) {
					int group = rule->group[CAP_CHILD] ? (int)rule->group[CAP_CHILD] : 0;
					if (regex_span(memory, (unsigned)group, &start, &stop_at)) {
						facets->name = start;
						facets->name_length = stop_at - start;
					}
				}
				break;
			case RULE_STOP:
				stop = finds[i].at > 0;
				if (stop && r.sentence.end > finds[i].at)
					r.sentence.end = finds[i].at;
				break;
			default:
				break;
			}
		}
	}
	end_sentence(&r);
}
