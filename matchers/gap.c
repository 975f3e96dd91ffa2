/* What kind of gap stands between two tokens: the exact routine, for the gaps that hold a marked character. */
#include "base/utf8.h"
#include "matchers/token.h"

struct reader {
	const char *text;
	size_t length;
};

/* The code point at a byte, 0 past the end; *bytes is at least 1. Text is valid, so a byte that is not counts as U+FFFD. */
static uint32_t point_at(const struct reader *r, size_t at, size_t *bytes)
{
	uint32_t c;

	*bytes = 1;
	if (at >= r->length)
		return 0;
	if ((unsigned char)r->text[at] < 0x80)
		return (unsigned char)r->text[at];
	size_t n = utf8_decode(r->text + at, r->length - at, &c);

	if (n == 0)
		return 0xFFFD;
	*bytes = n;
	return c;
}

static uint32_t last_point(const struct reader *r, size_t start, size_t end)
{
	size_t at = end - 1, bytes;

	while (at > start && ((unsigned char)r->text[at] & 0xC0) == 0x80)
		at--;
	return point_at(r, at, &bytes);
}

static bool is_white(enum char_class class)
{
	return class == CHAR_SPACE || class == CHAR_TAB || class == CHAR_LINE || class == CHAR_PAGE;
}

/* A token of exactly one letter. */
static bool is_single_letter(const struct reader *r, size_t start, size_t end)
{
	size_t bytes;
	uint32_t c = point_at(r, start, &bytes);

	return start + bytes == end && char_is_letter(c);
}

/* Whether the dot or colon at `at` in the gap from..to after a token breaks. */
static bool stop_breaks(const struct tokens *t, uint32_t token, const struct reader *r, size_t at)
{
	const uint32_t *edge = t->edges + 2 * (size_t)token;
	size_t start = edge[0], end = edge[1], next = edge[2], next_end = edge[3], bytes;

	if (at != end)
		return true;
	if (next == end + 1 && char_is_digit(last_point(r, start, end)) && char_is_digit(point_at(r, next, &bytes)))
		return false;
	if (r->text[at] != '.' || !is_single_letter(r, start, end))
		return true;
	if (next == end + 1 && next_end < r->length && r->text[next_end] == '.' && is_single_letter(r, next, next_end))
		return false; /* an inner dot */
	if (token == 0 || edge[-1] + 1 != start || r->text[edge[-1]] != '.' || !is_single_letter(r, edge[-2], edge[-1]))
		return true; /* no initialism */
	size_t after = at + 1;
	uint32_t c = point_at(r, after, &bytes);

	if (!is_white(token_class(c)))
		return false;
	while (is_white(token_class(c))) {
		after += bytes;
		c = point_at(r, after, &bytes);
	}
	return char_is_upper(c);
}

static bool is_cut_hyphen(uint32_t c)
{
	return c == '-' || c == 0x2010 || c == 0x2011 || c == 0xAD;
}

static bool is_list_mark(const struct reader *r, uint32_t c, size_t after)
{
	size_t bytes;

	if (c != '-' && c != '*' && c != '+' && !(c >= 0x2010 && c <= 0x2015))
		return false;
	enum char_class next = token_class(point_at(r, after, &bytes));

	return after < r->length && (next == CHAR_SPACE || next == CHAR_TAB);
}

static unsigned gap_kind_exact(const struct tokens *t, uint32_t token, const struct reader *r)
{
	size_t at = t->edges[2 * (size_t)token + 1], to = t->edges[2 * (size_t)token + 2], bytes;
	size_t points = 0, lines = 0;
	unsigned run_lines = 0;      /* line ends in the white space just read */
	bool run_page = false, in_white = false;
	bool line_start = false;     /* only spaces since the line began */
	bool filled = true;          /* something that is not white space stands on this line */
	bool tab = false;            /* and a tab after it */
	bool soft = false, hyphen = false, cut = false;

	while (at < to) {
		uint32_t c = point_at(r, at, &bytes);
		enum char_class class = token_class(c);
		size_t after = at + bytes;

		if (is_white(class)) {
			in_white = true;
			if (class == CHAR_LINE) {
				if (c == '\r' && after < to && r->text[after] == '\n')
					after++;
				run_lines++;
				lines++;
			}
			run_page = run_page || class == CHAR_PAGE;
			if (class == CHAR_LINE || class == CHAR_PAGE) {
				line_start = true;
				filled = tab = false;
			} else if (class == CHAR_TAB) {
				tab = tab || filled;
				line_start = false;
			}
		} else {
			if (tab || (in_white && (run_lines > 1 || run_page) && !char_is_lower(c)))
				return GAP_BREAK;
			if (line_start && is_list_mark(r, c, after))
				return GAP_BREAK;
			if (class == CHAR_BREAK || (class == CHAR_STOP && stop_breaks(t, token, r, at)))
				return GAP_BREAK;
			soft = soft || class == CHAR_SOFT;
			hyphen = points == 0 && class == CHAR_HYPHEN;
			cut = points == 0 && is_cut_hyphen(c);
			filled = true;
			line_start = in_white = run_page = false;
			run_lines = 0;
		}
		points++;
		at = after;
	}
	if (tab)
		return GAP_BREAK;
	if (in_white && (run_lines > 1 || run_page) && !char_is_lower(point_at(r, to, &bytes)))
		return GAP_BREAK;
	return (soft ? GAP_SOFT : GAP_PLAIN) | (hyphen && points == 1 ? GAP_HYPHEN : 0) | (cut && points > 1 && lines > 0 ? GAP_CUT : 0);
}

static bool is_ascii_digit(char c)
{
	return c >= '0' && c <= '9';
}

unsigned gap_kind(const struct tokens *t, uint32_t token, const char *text, size_t length)
{
	const uint32_t *edge = t->edges + 2 * (size_t)token;
	size_t start = edge[0], end = edge[1], width = edge[2] - end;
	char before = text[end - 1], first = text[end], after = text[edge[2]];
	struct reader r = {text, length};

	/* what most marked gaps are, all in ASCII; the rest is read character by character */
	if ((before | after) & 0x80)
		return gap_kind_exact(t, token, &r);
	switch (first) {
	case '!':
	case '?':
	case ';':
	case '|':
		return GAP_BREAK;
	case '.':
		if (end - start == 1)
			break;
		__attribute__((fallthrough));
	case ':':
		return width == 1 && is_ascii_digit(before) && is_ascii_digit(after) ? GAP_PLAIN : GAP_BREAK;
	case ',':
	case '(':
	case ')':
	case '[':
	case ']':
		if (width == 1 || (width == 2 && text[end + 1] == ' '))
			return GAP_SOFT;
		break;
	case ' ':
		if (width == 2 && (text[end + 1] == '(' || text[end + 1] == '['))
			return GAP_SOFT;
		if (width == 2 && text[end + 1] == '\n')
			return GAP_PLAIN;
		break;
	case '\n':
		if (width == 1 || (width == 2 && text[end + 1] == ' '))
			return GAP_PLAIN;
		if (width == 2 && text[end + 1] == '\n')
			return after >= 'a' && after <= 'z' ? GAP_PLAIN : GAP_BREAK;
		break;
	case '\r':
		if (width == 2 && text[end + 1] == '\n')
			return GAP_PLAIN;
		break;
	case '\t':
		if (width == 1)
			return GAP_BREAK;
		break;
	case '-':
		if (width == 1)
			return GAP_HYPHEN;
		break;
	default:
		break;
	}
	return gap_kind_exact(t, token, &r);
}
