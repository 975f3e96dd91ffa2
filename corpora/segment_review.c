#if defined __SSE2__
#include <emmintrin.h>
#endif
#include <stdlib.h>
#include <string.h>

#include "corpora/facets.h"
#include "corpora/segment.h"

#define STRINGS_CHUNK ((size_t)64 << 10)
#define TITLE_MOST 200
#define NAME_MOST 120
#define TEXT_MOST 80
#define DIGEST_LINES 40
#define DIGEST_BYTES 4000

struct strings {
	char **chunk;
	size_t count, capacity; /* chunks */
	size_t at, used;        /* chunk in use, bytes used of it */
};

struct strings *strings_new(void)
{
	return mem_calloc(1, sizeof(struct strings));
}

void strings_clear(struct strings *s)
{
	s->at = s->used = 0;
}

void strings_free(struct strings *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->count; i++)
		free(s->chunk[i]);
	free(s->chunk);
	free(s);
}

/* Whether the text can be copied as it is: short, ASCII, no control character or star, single spaces between other characters. */
static bool clean(const char *text, size_t length, size_t most)
{
#if defined __SSE2__
	char copy[64] = {0};
	if (length > sizeof copy || length > most)
		return false;
	memcpy(copy, text, length);
	uint64_t odd = 0, spaces = 0, used = length < 64 ? (UINT64_C(1) << length) - 1 : UINT64_MAX;
	for (unsigned i = 0; i < sizeof copy; i += 16) {
		__m128i c = _mm_loadu_si128((const __m128i *)(copy + i));
		__m128i bad = _mm_or_si128(_mm_cmplt_epi8(c, _mm_set1_epi8(' ')), /* bytes above 0x7F are negative */
		                           _mm_or_si128(_mm_cmpeq_epi8(c, _mm_set1_epi8(0x7F)), _mm_cmpeq_epi8(c, _mm_set1_epi8('*'))));
		odd |= (uint64_t)(unsigned)_mm_movemask_epi8(bad) << i;
		spaces |= (uint64_t)(unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(c, _mm_set1_epi8(' '))) << i;
	}
	return !(odd & used) && !(spaces & (spaces << 1 | 1)) && !(length && spaces >> (length - 1) & 1);
#else
	(void)text, (void)length, (void)most;
	return false;
#endif
}

const char *strings_add(struct strings *s, const char *text, size_t length, size_t most)
{
	if (s->count && STRINGS_CHUNK - s->used < most + 1) {
		s->at++;
		s->used = 0;
	}
	if (s->at == s->count) {
		MEM_GROW(s->chunk, s->count, s->capacity);
		s->chunk[s->count++] = mem_alloc(STRINGS_CHUNK);
	}
	char *out = s->chunk[s->at] + s->used;
	if (clean(text, length, most)) {
		memcpy(out, text, length);
		out[length] = '\0';
		s->used += length + 1;
		return out;
	}
	size_t n = 0;
	bool gap = false;
	for (size_t i = 0; i < length && n < most;) {
		unsigned char c = (unsigned char)text[i];
		if (c > ' ' && c < 0x7F && c != '*') {
			if (gap)
				out[n++] = ' ';
			gap = false;
			while (i < length && n < most && (c = (unsigned char)text[i]) > ' ' && c < 0x7F && c != '*') {
				out[n++] = (char)c;
				i++;
			}
			continue;
		}
		size_t l = c < 0x80 ? 1 : c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4;
		if (c == '*' && i + 1 < length && text[i + 1] == '*') { /* emphasis */
			i += 2;
		} else if (c <= ' ' || c == 0x7F || (c == 0xC2 && i + 1 < length && (unsigned char)text[i + 1] == 0xA0)) {
			gap = n > 0;
			i += l;
		} else {
			if (n + gap + l > most || i + l > length)
				break;
			if (gap)
				out[n++] = ' ';
			gap = false;
			memcpy(out + n, text + i, l);
			n += l;
			i += l;
		}
	}
	out[n] = '\0';
	s->used += n + 1;
	return out;
}

/* What heading and bylines say. Offsets are in the text; equal ones: not found. */
struct heading {
	size_t board, board_end, child, child_end, title, title_end, text;
	size_t named, named_end; /* the child of a byline */
	struct date date, byline, other; /* byline, other: of a byline, and another that disagrees */
	bool weak_child; /* the title names no child: it stands in for one */
};

static bool read_date(struct cutter *c, size_t start, size_t end, struct date *date)
{
	return end > start && date_find(c->text, end, start, date);
}

/* Takes author, board and date from the byline that was matched at text[base..). */
static void take_byline(struct cutter *c, const struct rule *rule, size_t base, struct heading *h)
{
	size_t start, stop;
	struct date date;
	regex_span(c->memory, 0, &start, &stop);
	if (h->title_end > base + start && h->title < base + start)
		h->title_end = base + start;
	if (rule_span(rule, c->memory, CAP_BOARD, &start, &stop) && h->board == h->board_end) {
		h->board = base + start;
		h->board_end = base + stop;
	}
	if (rule_span(rule, c->memory, CAP_CHILD, &start, &stop) && h->named == h->named_end) {
		h->named = base + start;
		h->named_end = base + stop;
	}
	if (rule_span(rule, c->memory, CAP_DATE, &start, &stop) &&
	    read_date(c, base + start, base + stop, &date)) {
		if (!h->byline.year)
			h->byline = date;
		else if (h->byline.year != date.year && h->byline.start != date.start)
			h->other = date;
	}
}

/* Looks for bylines in text[from, end), a line; returns whether there is one. h may be NULL. */
static bool read_bylines(struct cutter *c, size_t from, size_t end, struct heading *h)
{
	const struct find_table *t = &c->s->rules->byline;
	struct find finds[FINDER_ROOM];
	size_t at = 0, n;
	bool any = false;
	while ((n = finder_next(t->finder, c->text + from, end - from, &at, finds)) > 0)
		for (size_t i = 0; i < n; i++) {
			const struct rule *rule = t->rule[finds[i].literal];
			size_t begin = finds[i].at > rule->back ? finds[i].at - rule->back : 0, start, stop;
			while (((unsigned char)c->text[from + begin] & 0xC0) == 0x80)
				begin++;
			if (!of_layout(rule, c->layout) || (rule->most && end - from > rule->most) ||
			    regex_match(rule->regex, c->memory, c->text + from, end - from, begin, false) != REGEX_YES ||
			    !regex_span(c->memory, 0, &start, &stop) || start > finds[i].at) /* a match further on has its own find */
				continue;
			any = true;
			if (!h)
				return true;
			take_byline(c, rule, from, h);
		}
	return any;
}

bool segment_has_byline(struct cutter *c, size_t start, size_t end)
{
	return read_bylines(c, start, end, NULL);
}

static void read_front(const struct cutter *c, struct heading *h)
{
	const struct front *f = &c->front;
	h->title = f->title.start;
	h->title_end = f->title.end;
	h->child = f->child.start;
	h->child_end = f->child.end;
	h->board = f->board.start;
	h->board_end = f->board.end;
}

static void read_heading(struct cutter *c, const struct piece *p, struct heading *h)
{
	const struct event *e = p->entry;
	*h = (struct heading){.text = p->text};
	if (!c->layout)
		read_front(c, h);
	if (!e)
		return;
	const uint16_t (*cap)[2] = e->capture;
	h->title = e->at;
	h->title_end = e->end;
	if (cap[CAP_TEXT][1] && e->at + cap[CAP_TEXT][0] > e->at)
		h->title_end = e->at + cap[CAP_TEXT][0];
	if (e->rule->kind == RULE_ROW) {
		h->title = e->at + cap[CAP_TITLE][0];
		h->title_end = e->at + cap[CAP_TITLE][1];
	}
	h->board = e->at + cap[CAP_BOARD][0];
	h->board_end = e->at + cap[CAP_BOARD][1];
	h->child = e->at + cap[CAP_CHILD][0];
	h->child_end = e->at + cap[CAP_CHILD][1];
	if (cap[CAP_DATE][1])
		read_date(c, e->at + cap[CAP_DATE][0], e->at + cap[CAP_DATE][1], &h->date);
	if (!(cap[CAP_DATE][1] && cap[CAP_BOARD][1]) && e->rule->kind != RULE_ROW) {
		size_t line = line_end(c->text, c->length, e->end), stop = line_trimmed(c->text, e->at, line_end(c->text, c->length, e->at));
		if (stop - e->at < LINE_WINDOW && !cap[CAP_BOARD][1])
			read_bylines(c, e->at, stop, h);
		for (int i = 0; i < 5 && line < p->end;) {
			size_t start = line + 1, end = start < p->end ? line_end(c->text, c->length, start) : start;
			line = end;
			if (start >= p->end)
				break;
			end = line_trimmed(c->text, start, end);
			if (end <= start || segment_is_furniture(c, end - 1))
				continue;
			i++;
			if (end - start >= LINE_WINDOW || !read_bylines(c, start, end, h) || segment_try(c, RULE_OPENING, start, end))
				break; /* the narrative, which may tell such a thing as well */
			h->text = line;
		}
	}
	if (h->child == h->child_end && cap[CAP_TITLE][1]) {
		size_t start = e->at + cap[CAP_TITLE][0], end = e->at + cap[CAP_TITLE][1], a, b;
		if (end > h->title_end && h->title_end > start)
			end = h->title_end;
		const struct rule *rule = segment_try(c, RULE_CHILD, start, end);
		h->child = start;
		h->child_end = end;
		h->weak_child = !rule;
		if (rule && rule_span(rule, c->memory, CAP_CHILD, &a, &b)) {
			h->child = start + a;
			h->child_end = start + b;
		}
	}
	if (h->named_end > h->named && (h->child == h->child_end || h->weak_child)) {
		h->child = h->named;
		h->child_end = h->named_end;
		h->weak_child = false;
	}
}

static void set_dating(struct cutter *c, struct dating *d, const struct date *date, const char *rule, const char *text, const char *conflict)
{
	(void)c;
	*d = (struct dating){date->year, date->month, rule, text, conflict};
}

static const char *words_of(struct cutter *c, const struct date *date)
{
	return strings_add(c->strings, c->text + date->start, date->end - date->start, TEXT_MOST);
}

static void set_published(struct cutter *c, const struct piece *p, const struct heading *h, struct review *r)
{
	struct date date;
	const struct section *section = p->section ? &c->section[p->section - 1] : NULL;
	const char *conflict = h->other.year ? words_of(c, &h->other) : "";
	if (h->date.year)
		set_dating(c, &r->published, &h->date, "heading", words_of(c, &h->date), h->byline.year && h->byline.year != h->date.year ? words_of(c, &h->byline) : "");
	else if (h->byline.year)
		set_dating(c, &r->published, &h->byline, "board-line", words_of(c, &h->byline), conflict);
	else if (!c->layout && c->front.date.year)
		set_dating(c, &r->published, &c->front.date, "title-page", words_of(c, &c->front.date), "");
	else if (section && section->period.year)
		set_dating(c, &r->published, &section->period, "section", strings_add(c->strings, c->text + section->start, section->end - section->start, TEXT_MOST), "");
	else if (c->layout && c->digest.year)
		set_dating(c, &r->published, &c->digest, "digest", words_of(c, &c->digest), "");
	else if (c->document->date && date_of_field(c->document->date, &date))
		set_dating(c, &r->published, &date, "record", strings_add(c->strings, c->document->date, strlen(c->document->date), TEXT_MOST), "");
	else if (date_of_path(c->member_name, &date))
		set_dating(c, &r->published, &date, "file-name", strings_add(c->strings, c->member_name + date.start, date.end - date.start, TEXT_MOST), "");
	else if (date_of_path(c->archive_name, &date))
		set_dating(c, &r->published, &date, "file-name", strings_add(c->strings, c->archive_name + date.start, date.end - date.start, TEXT_MOST), "");
}

void segment_digest_date(struct cutter *c)
{
	c->digest = (struct date){0};
	size_t at = 0, most = c->length < DIGEST_BYTES ? c->length : DIGEST_BYTES;
	for (size_t i = 0; i < c->event_count && c->event[i].line < most; i++)
		if (c->event[i].rule->kind <= RULE_ENTRY)
			most = c->event[i].line;
	for (int i = 0; i < DIGEST_LINES && at < most;) {
		size_t end = line_end(c->text, c->length, at), trimmed = line_trimmed(c->text, at, end), start, stop;
		bool bullet;
		size_t from = line_content(c->text, at, trimmed, &bullet);
		at = end + 1;
		if (from >= trimmed)
			continue;
		i++;
		const struct rule *rule = trimmed - from < LINE_WINDOW ? segment_try(c, RULE_DIGEST, from, trimmed) : NULL;
		if (!rule || !rule_span(rule, c->memory, CAP_DATE, &start, &stop))
			continue;
		if (read_date(c, from + start, from + stop, &c->digest))
			return;
	}
}

/* The narrative of a record from byte `at` on, as one piece. */
static struct joined_text narrative(struct cutter *c, const struct review *r, size_t at)
{
	if (r->span_count == 1) {
		size_t end = r->offset + r->length;
		return (struct joined_text){c->text + at, at < end ? end - at : 0};
	}
	size_t most = c->layout ? FACETS_HEAD : FACETS_WHOLE;
	buf_clear(&c->head);
	for (size_t i = 0; i < r->span_count && c->head.length < most; i++) {
		size_t start = r->spans[i].start, end = start + r->spans[i].length;
		if (end <= at)
			continue;
		start = start > at ? start : at;
		if (c->head.length)
			buf_append_char(&c->head, r->spans[i].join == JOIN_LINE ? '\n' : '\x1D');
		buf_append(&c->head, c->text + start, end - start < most ? end - start : most);
	}
	return (struct joined_text){c->head.data ? c->head.data : "", c->head.length};
}

static bool plain_letter(char c)
{
	return (unsigned char)((c | 0x20) - 'a') < 26 || (c >= '0' && c <= '9');
}

/* Quotation marks, brackets and the like around a name are no part of it. */
static const char *name_of(struct cutter *c, const char *text, size_t length)
{
	static const char *const marks[] = {"\"", "'", "\xE2\x80\x98", "\xE2\x80\x99", "\xE2\x80\x9C", "\xE2\x80\x9D", " ", "\t", ",", ";", ":", "-", "*", "_", ".", "\n", "\r"};
	bool more = length > 0;
	/* "Olivia (two reviews undertaken)" */
	const char *bracket = length > 3 && text[length - 1] == ')' ? memrchr(text, '(', length) : NULL;
	if (bracket && bracket > text)
		length = (size_t)(bracket - text);
	while (more && !(plain_letter(text[0]) && plain_letter(text[length - 1]))) {
		more = false;
		for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
			size_t n = strlen(marks[i]);
			if (length >= n && memcmp(text, marks[i], n) == 0) {
				text += n;
				length -= n;
				more = true;
			}
			if (length >= n && memcmp(text + length - n, marks[i], n) == 0) {
				length -= n;
				more = true;
			}
		}
		more = more && length > 0;
	}
	return strings_add(c->strings, text, length, NAME_MOST);
}

/* What a record's own title says, where its text does not. */
static void read_record_title(struct cutter *c, struct review *r)
{
	const char *title = c->document->title;
	const struct rules *rules = c->s->rules;
	size_t length = title ? strlen(title) : 0, start, end;
	if (!length || length > TITLE_MOST || c->layout || c->front.child.end)
		return;
	r->title = strings_add(c->strings, title, length, TITLE_MOST);
	for (size_t i = 0; i < rules->of_kind_count[RULE_CHILD] && !*r->child; i++) {
		const struct rule *rule = rules->of_kind[RULE_CHILD][i];
		if (of_layout(rule, c->layout) && regex_match(rule->regex, c->memory, title, length, 0, false) == REGEX_YES &&
		    rule_span(rule, c->memory, CAP_CHILD, &start, &end))
			r->child = name_of(c, title + start, end - start);
	}
}

static void describe_case(struct cutter *c, const struct heading *h, struct review *r)
{
	struct facets f;
	size_t start, end;
	struct joined_text head = narrative(c, r, h->text);
	while (head.length && strchr("\n\r\t ", head.text[0]) && head.text[0]) {
		head.text++;
		head.length--;
	}
	facets_read(c->s->rules, c->layout, c->memory, head.text, head.length, !c->layout, &f);
	r->outcome = f.outcome;
	r->age_months = f.age_months;
	r->age_band = f.age_band;
	r->gender = f.gender;
	if (f.incident.year)
		set_dating(c, &r->incident, &f.incident, "statement", strings_add(c->strings, head.text + f.incident.start, f.incident.end - f.incident.start, TEXT_MOST),
		           f.conflict.year ? strings_add(c->strings, head.text + f.conflict.start, f.conflict.end - f.conflict.start, TEXT_MOST) : "");
	if ((!*r->child || h->weak_child) && facets_name(c->s->rules, c->layout, c->memory, head.text, head.length, h->weak_child, &start, &end))
		r->child = name_of(c, head.text + start, end - start);
	struct facets_body body = FACETS_BODY_INIT;
	for (size_t i = 0; i < r->span_count; i++)
		facets_body_read(c->s->rules, c->layout, c->memory, c->text + r->spans[i].start, r->spans[i].length, &body);
	if (body.method)
		r->method = body.method->value;
	r->recommendations = body.said >= 0 ? body.said : body.numbered;
}

void segment_describe(struct cutter *c, const struct piece *p, struct review *r)
{
	r->title = r->section = r->board = r->child = r->method = "";
	r->published = r->incident = (struct dating){0, 0, "", "", ""};
	r->age_months = r->recommendations = -1;
	if (p->section) {
		struct section *s = &c->section[p->section - 1];
		if (!s->title)
			s->title = strings_add(c->strings, c->text + s->start, s->end - s->start, TITLE_MOST);
		r->section = s->title;
	}
	if (p->kind == KIND_OTHER) {
		if (p->section && !c->layout) /* a skipped section */
			r->title = r->section;
		return;
	}
	struct heading h;
	read_heading(c, p, &h);
	r->title = strings_add(c->strings, c->text + h.title, h.title_end - h.title, TITLE_MOST);
	r->board = strings_add(c->strings, c->text + h.board, h.board_end - h.board, NAME_MOST);
	r->child = name_of(c, c->text + h.child, h.child_end - h.child);
	if (c->document->converter && (strcmp(c->document->converter, "csv") == 0 || strcmp(c->document->converter, "json") == 0))
		read_record_title(c, r);
	set_published(c, p, &h, r);
	if (p->kind == KIND_REVIEW)
		describe_case(c, &h, r);
}
