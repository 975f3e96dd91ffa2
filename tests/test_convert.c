/* HTML and PDF: what is read of good ones, and that bad ones are refused by name and harm nobody. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <dirent.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cmocka.h>
#include <linux/landlock.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "corpora/archive.h"
#include "corpora/document.h"
#include "corpora/sandbox.h"
#include "corpora/tag_guard.h"

static struct document_reader *reader;
static struct document d;
static struct fault fault;

static int setup(void **state)
{
	(void)state;
	struct document_options options = DOCUMENT_OPTIONS_DEFAULT;
	reader = document_reader_new(&options);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	document_reader_free(reader);
	return 0;
}

static enum document_status convert(enum member_format format, const void *bytes, size_t length)
{
	struct member m = {.name = "a/b", .file_name = "a/b", .bytes = bytes, .length = length, .format = format, .first_line = 1};
	document_begin(reader, &m);
	memset(&d, 0xAA, sizeof d);
	fault.message[0] = '\0';
	enum document_status status = document_next(reader, &d, &fault);
	struct document other;
	struct fault none;
	assert_int_equal(document_next(reader, &other, &none), DOCUMENT_END);
	return status;
}

static void refused(enum document_status status, enum fault_code code, const char *part)
{
	assert_int_equal(status, DOCUMENT_SKIPPED);
	if (fault.code != code || !strstr(fault.message, part))
		fail_msg("%s: %s", fault_word(fault.code), fault.message);
}

static void gave(enum document_status status, const char *text)
{
	if (status != DOCUMENT_OK)
		fail_msg("%s: %s", fault_word(fault.code), fault.message);
	if (d.length != strlen(text) || memcmp(d.text, text, d.length) != 0)
		fail_msg("\"%.*s\" is not \"%s\"", (int)d.length, d.text, text);
}

static void html(const char *page, const char *text)
{
	gave(convert(MEMBER_HTML, page, strlen(page)), text);
	assert_string_equal(d.converter, "html");
	struct conversion c = {0}; /* and in this process, where sanitizers see it */
	convert_html((const unsigned char *)page, strlen(page), &c);
	assert_int_equal(c.code, FAULT_NONE);
	if (!d.repaired) {
		assert_int_equal(c.text.length, d.length);
		assert_memory_equal(c.text.data, d.text, d.length);
	}
	buf_release(&c.text);
	buf_release(&c.title);
}

static void html_as_it_is_read(void **state)
{
	(void)state;
	html("<html><head><title> Child\n A </title></head><body><h1>One</h1><p>two <b>th</b>ree\n four</p>five</body></html>", "One\n\ntwo three four\n\nfive");
	assert_string_equal(d.title, "Child A");
	html("a<br>b<br/><br>c", "a\nb\n\nc");
	html("<p>a</p>\n\n  <div><div>b</div></div>c", "a\n\nb\n\nc");
	assert_null(d.title);
	html("<ul><li>a<li>b<ul><li>c</ul><li>d</ul>e", "• a\n• b\n• c\n• d\n\ne");
	html("<ol start=3><li>a<li>b</ol><ol><li>c</ol>", "3. a\n4. b\n\n1. c");
	html("<table><tr><th>a<th>b<th>c<tr><td>d<td><td><p>e</p><p>f</p></table>g", "a\tb\tc\n\nd\t\te\n\nf\n\ng");
	html("<table><tr><td><table><tr><td>a<td>b</table><td>c</table>", "a\tb\tc");
	html("x<pre>a\n  b\n\nc</pre>y", "x\n\na\nb\n\nc\n\ny");
	html("&eacute;&#8217;&amp;&lt;p&gt;&#x2014;&nosuch;", "é’&<p>—&nosuch;");
	html("it&#146;s", "it’s");
	assert_int_equal(d.repaired, 1);
	html("<p>a<p>b", "a\n\nb");
	html("neglect<sup>12</sup>. 1<sup>st</sup> May<sup><a>[3]</a></sup>", "neglect 12. 1st May [3]");
	html("a < b and c > d", "a < b and c > d");
}

static void html_without_its_surroundings(void **state)
{
	(void)state;
	html("<script>neglect()</script><style>p{}</style><noscript>n</noscript><template>t</template>a<!-- c -->", "a");
	html("<nav>Neglect</nav><header>Site</header><p>a</p><footer>f</footer><form><select><option>x</select><button>y</button></form>", "a");
	html("<div>menu</div><main><header>Review</header><p>a</p></main><div>more</div>", "Review\n\na");
	html("<div>menu</div><div role=main>a</div><div>more</div>", "a");
	html("<main></main>b", "b");
	html("<article><header>h</header>a<footer>f</footer></article>", "h\n\na\n\nf");
	html("a<span hidden>b</span><span style='color:red; display: none'>c</span><svg><text>d</text></svg><p>e", "a\n\ne");
	html("<script>if (a</b) {\"</script>\"}", "\"}");
}

static void html_in_other_encodings(void **state)
{
	(void)state;
	html("<meta charset=iso-8859-1><p>caf\xE9 \x93x\x94", "café “x”");
	html("\xEF\xBB\xBF<meta charset=utf-8><p>caf\xC3\xA9", "café");
	html("<meta charset=iso-8859-1><p>caf\xC3\xA9", "café"); /* what it says is not what it is */
	static const char utf16[] = "\xFF\xFE<\0p\0>\0a\0\x19\x20";
	gave(convert(MEMBER_HTML, utf16, sizeof utf16 - 1), "a’");
	html("<p>a\x81z", "a\xEF\xBF\xBDz");
	assert_int_equal(d.replaced, 1);
	static const char foreign[] = "<meta http-equiv=content-type content='text/html; charset=windows-1251'><p>\xE0";
	refused(convert(MEMBER_HTML, foreign, sizeof foreign - 1), FAULT_UNSUPPORTED, "windows-1251");
	refused(convert(MEMBER_HTML, "<p>\0\0\0\0\0", 8), FAULT_NOT_TEXT, "control");
	refused(convert(MEMBER_HTML, "<p><script>x</script>", 21), FAULT_NOT_TEXT, "no text");
	refused(convert(MEMBER_HTML, "", 0), FAULT_NOT_TEXT, "no text");
}

static char *repeated(const char *unit, size_t times, const char *tail)
{
	struct buf b = BUF_INIT;
	buf_reserve(&b, strlen(unit) * times);
	for (size_t i = 0; i < times; i++)
		buf_append_str(&b, unit);
	buf_append_str(&b, tail);
	return buf_detach(&b);
}

/* Whatever comes of them, it comes soon and is said. */
static void html_bombs(void **state)
{
	(void)state;
	static const char *const units[] = {"<div>", "<b>", "<table><tr><td>", "<ul><li>", "<p><b>", "<font><table>", "</x>", "<a href='", "<!--", "&amp", "<!DOCTYPE a [", "<svg><math>"};
	for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
		char *page = repeated(units[i], 20000, "end");
		enum document_status status = convert(MEMBER_HTML, page, strlen(page));
		if (status == DOCUMENT_OK)
			assert_true(d.length > 0);
		else if (fault.code != FAULT_NOT_TEXT && fault.code != FAULT_LIMIT && !strstr(fault.message, "gave up"))
			fail_msg("%s: %s", units[i], fault.message);
		free(page);
	}
	static const char entities[] = "<!DOCTYPE x [<!ENTITY a \"neglect\"><!ENTITY f SYSTEM \"file:///etc/passwd\">]><p>&a;&f;b";
	assert_int_equal(convert(MEMBER_HTML, entities, sizeof entities - 1), DOCUMENT_OK);
	assert_memory_equal(d.text + d.length - 7, "&a;&f;b", 7);
	assert_null(memmem(d.text, d.length, "root:", 5));
}

/* What makes the parser's time grow with the square of the page is refused at once, however the page hides it, and nothing that only looks like it. */
static void html_that_would_take_minutes(void **state)
{
	(void)state;
	static const char *const fronts[] = {"<p>one</p>", "<!-- <a b=\" -->", "<script>if (a<b) c = \"</script>", "<style>p { a: '</style>", "<script/><i>", "< <p>", "<?php \">",
	                                     "<p a='>' b=\">\" c=>", "<p =\"\">", "<SCRIPT>'<a b=\"'</Script >"};
	char tag[16];
	struct buf page = BUF_INIT;
	for (size_t i = 0; i < sizeof fronts / sizeof *fronts; i++)
		for (int more = 0; more < 2; more++) {
			buf_clear(&page);
			buf_printf(&page, "<html><body>neglect%s<p", fronts[i]);
			for (int k = 0; k < TAG_ATTRIBUTES_MOST + more; k++) {
				snprintf(tag, sizeof tag, k % 3 ? " a%d=\">\"" : k % 2 ? " a%d" : "\na%d=b/", k);
				buf_append_str(&page, tag);
			}
			buf_append_str(&page, ">two</p></body></html>");
			enum document_status status = convert(MEMBER_HTML, page.data, page.length);
			if (more)
				refused(status, FAULT_LIMIT, "attributes");
			else if (status != DOCUMENT_OK || d.length < 10 || memcmp(d.text + d.length - 3, "two", 3) != 0)
				fail_msg("%s: %s", fronts[i], fault.message);
			/* in pieces of any size */
			for (size_t size = 1; size < 50; size += 3) {
				struct tag_guard g = {.html = true};
				bool good = true;
				for (size_t at = 0; at < page.length && good; at += size)
					good = tag_guard_feed(&g, (const unsigned char *)page.data + at, at + size < page.length ? size : page.length - at);
				assert_int_equal(good, !more);
			}
		}
	/* words that are no attributes */
	static const char *const around[][2] = {{"<!--<p ", "-->two"}, {"<script>a<b; ", "</script>two"}, {"<p title=\"", "\">two"}, {"</p ", ">two"}, {"<!p ", ">two"}, {"<style><p ", "</style>two"}};
	for (size_t i = 0; i < sizeof around / sizeof *around; i++) {
		buf_clear(&page);
		buf_printf(&page, "<html><body>neglect %s", around[i][0]);
		for (int k = 0; k < 2 * TAG_ATTRIBUTES_MOST; k++)
			buf_append_str(&page, "word ");
		buf_append_str(&page, around[i][1]);
		if (convert(MEMBER_HTML, page.data, page.length) != DOCUMENT_OK || memcmp(d.text + d.length - 3, "two", 3) != 0)
			fail_msg("%s: %s", around[i][0], fault.message);
	}
	/* deep and closed by tags that fit nothing; either alone is nothing to fear */
	for (int part = 1; part < 4; part++) {
		buf_clear(&page);
		buf_append_str(&page, "neglect");
		for (int k = 0; k < 100000 && part & 1; k++)
			buf_append_str(&page, k % 2 ? "<div>" : "<b>");
		for (int k = 0; k < 100000 && part & 2; k++)
			buf_append_str(&page, "</i>");
		enum document_status status = convert(MEMBER_HTML, page.data, page.length);
		if (part == 3)
			refused(status, FAULT_LIMIT, "deep");
		else
			gave(status, "neglect");
	}
	buf_release(&page);
}

static uint32_t next_random(uint32_t *seed)
{
	*seed = *seed * 1664525u + 1013904223u;
	return *seed >> 8;
}

/* The converter itself, in this process, so that a sanitizer sees it. Tags in any order; always valid text, or a reason. */
static void html_of_random_tags(void **state)
{
	(void)state;
	static const char *const pieces[] = {"<p>", "</p>", "<table>", "<tr>", "<td>", "</td>", "</tr>", "</table>", "<ul>", "<ol start=9>", "<li>", "</ul>", "</ol>",
	                                     "<main>", "</main>", "<section>", "</section>", "<header>", "</header>", "<section role=main>", "<div role=banner>", "</div>",
	                                     "<div hidden>", "<pre>", "</pre>", "<title>", "</title>", "<br>", "<sup>", "</sup>", "<script>", "</script>", "<!--", "-->",
	                                     "text", " ", "\n", "1", "&amp;", "&#0;", "&#x110000;", "&#xD800;", "<", ">", "\"", "'", "<a href=x", "<![CDATA[", "]]>", "\x80", "\xE2\x80\x99"};
	uint32_t seed = 17;
	for (int round = 0; round < 3000; round++) {
		struct buf page = BUF_INIT;
		for (uint32_t n = next_random(&seed) % 60; n; n--)
			buf_append_str(&page, pieces[next_random(&seed) % (sizeof pieces / sizeof *pieces)]);
		struct conversion c = {0};
		convert_html((const unsigned char *)(page.data ? page.data : ""), page.length, &c);
		if (c.code == FAULT_NONE)
			assert_int_equal(utf8_valid_prefix(c.text.data ? c.text.data : "", c.text.length), c.text.length);
		else
			assert_true(c.why[0]);
		buf_release(&c.text);
		buf_release(&c.title);
		buf_release(&page);
	}
}

static bool can_read_pdf(void)
{
	if (syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION) < 1) {
		print_message("skipped: this kernel has no Landlock\n");
		return false;
	}
	if (access("/usr/bin/pdftotext", X_OK) != 0) {
		print_message("skipped: pdftotext is not here\n");
		return false;
	}
	return true;
}

/* A PDF of one page whose content is given. */
static struct buf make_pdf(const char *content, const char *trailer)
{
	struct buf b = BUF_INIT;
	size_t at[6];
	const char *const objects[] = {
		"<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[3 0 R]/Count 1>>",
		"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>", NULL,
		"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
	};
	buf_append_str(&b, "%PDF-1.4\n");
	for (int i = 0; i < 5; i++) {
		at[i] = b.length;
		if (objects[i])
			buf_printf(&b, "%d 0 obj %s endobj\n", i + 1, objects[i]);
		else
			buf_printf(&b, "%d 0 obj <</Length %zu>> stream\n%s\nendstream endobj\n", i + 1, strlen(content), content);
	}
	size_t table = b.length;
	buf_append_str(&b, "xref\n0 6\n0000000000 65535 f \n");
	for (int i = 0; i < 5; i++)
		buf_printf(&b, "%010zu 00000 n \n", at[i]);
	buf_printf(&b, "trailer <</Size 6/Root 1 0 R%s>>\nstartxref\n%zu\n%%%%EOF\n", trailer, table);
	return b;
}

static const char two_lines[] = "BT /F 12 Tf 50 700 Td (The child\x92s file) Tj 0 -14 Td (was not read.) Tj ET";

static void pdf_text(void **state)
{
	(void)state;
	if (!can_read_pdf())
		return;
	struct buf pdf = make_pdf(two_lines, "");
	gave(convert(MEMBER_PDF, pdf.data, pdf.length), "The child’s file\nwas not read.\n\n\f");
	assert_string_equal(d.converter, "pdf");
	assert_int_equal(d.offset, 0);
	buf_release(&pdf);
}

/* A table drawn cell by cell, column after column, falls to pieces in its own order. */
static void pdf_layout_where_the_order_is_broken(void **state)
{
	(void)state;
	if (!can_read_pdf())
		return;
	struct buf content = BUF_INIT;
	for (int column = 0; column < 3; column++)
		for (int line = 0; line < 30; line++)
			buf_printf(&content, "BT /F 10 Tf 1 0 0 1 %d %d Tm (c%dr%d) Tj ET\n", 50 + 180 * column, 750 - 22 * line, column, line);
	struct buf pdf = make_pdf(content.data, "");
	assert_int_equal(convert(MEMBER_PDF, pdf.data, pdf.length), DOCUMENT_OK);
	assert_string_equal(d.converter, "pdf-layout");
	assert_non_null(memmem(d.text, d.length, "c0r7\tc1r7\tc2r7\n", 15));
	struct document_options options = DOCUMENT_OPTIONS_DEFAULT;
	struct document_reader *by_measure = reader;
	options.pdf_order = PDF_READING;
	reader = document_reader_new(&options);
	assert_int_equal(convert(MEMBER_PDF, pdf.data, pdf.length), DOCUMENT_OK);
	assert_string_equal(d.converter, "pdf");
	assert_null(memmem(d.text, d.length, "c0r7\tc1r7", 9));
	document_reader_free(reader);
	buf_release(&pdf);
	pdf = make_pdf(two_lines, "");
	options.pdf_order = PDF_LAYOUT;
	reader = document_reader_new(&options);
	gave(convert(MEMBER_PDF, pdf.data, pdf.length), "The child’s file\nwas not read.\n\f");
	assert_string_equal(d.converter, "pdf-layout");
	document_reader_free(reader);
	reader = by_measure;
	buf_release(&content);
	buf_release(&pdf);
}

static void bad_pdfs_are_named(void **state)
{
	(void)state;
	if (!can_read_pdf())
		return;
	struct buf pdf = make_pdf(two_lines, "");
	refused(convert(MEMBER_PDF, pdf.data, pdf.length - 10), FAULT_TRUNCATED, "end mark");
	char *at = memmem(pdf.data, pdf.length, "4 0 obj", 7);
	at[0] = '7';
	refused(convert(MEMBER_PDF, pdf.data, pdf.length), FAULT_CORRUPT, "damaged");
	buf_release(&pdf);
	pdf = make_pdf("0 0 100 100 re f", "");
	refused(convert(MEMBER_PDF, pdf.data, pdf.length), FAULT_NOT_TEXT, "scanned");
	buf_release(&pdf);
	pdf = make_pdf(two_lines, "/ID[<00><00>]/Encrypt<</Filter/Standard/V 1/R 2/P -4/O<0101010101010101010101010101010101010101010101010101010101010101>"
	                          "/U<0101010101010101010101010101010101010101010101010101010101010101>>>");
	refused(convert(MEMBER_PDF, pdf.data, pdf.length), FAULT_ENCRYPTED, "password");
	buf_release(&pdf);
	static const char nothing[] = "%PDF-1.4\nnothing here\n%%EOF";
	refused(convert(MEMBER_PDF, nothing, sizeof nothing - 1), FAULT_CORRUPT, "damaged");
	refused(convert(MEMBER_PDF, "", 0), FAULT_TRUNCATED, "end mark");
}

/* Bytes changed anywhere: text or a refusal, never a crash of ours, never silence. */
static void damaged_pdfs(void **state)
{
	(void)state;
	if (!can_read_pdf())
		return;
	uint32_t seed = 5;
	for (int round = 0; round < 40; round++) {
		struct buf pdf = make_pdf(two_lines, "");
		for (int i = 0; i < 6; i++)
			pdf.data[next_random(&seed) % (pdf.length - 6)] = (char)next_random(&seed);
		if (convert(MEMBER_PDF, pdf.data, pdf.length) != DOCUMENT_OK)
			assert_true(fault.code != FAULT_NONE && fault.message[0]);
		buf_release(&pdf);
	}
}

/* Bytes that are no white space, copied. */
static struct buf without_space(const char *text, size_t length)
{
	struct buf b = BUF_INIT;
	for (size_t i = 0; i < length; i++)
		if (!strchr(" \n\f\t", text[i]))
			buf_append_char(&b, text[i]);
	return b;
}

/* Four real reports of which the text is known: what their publisher's PDFs gave when they were collected. */
static void real_pdfs(void **state)
{
	(void)state;
	const char *shared = getenv("THEMETALLY_SHARED");
	char path[4096];
	snprintf(path, sizeof path, "%s/reports", shared ? shared : "../shared");
	DIR *dir = opendir(path);
	if (!dir) {
		print_message("skipped: no shared reports\n");
		return;
	}
	if (!can_read_pdf()) {
		closedir(dir);
		return;
	}
	int compared = 0;
	for (struct dirent *e; (e = readdir(dir));) {
		size_t n = strlen(e->d_name);
		if (n < 10 || strcmp(e->d_name + n - 4, ".pdf") != 0)
			continue;
		struct buf file = BUF_INIT, known = BUF_INIT;
		snprintf(path, sizeof path, "%s/reports/%s", shared ? shared : "../shared", e->d_name);
		FILE *f = fopen(path, "rb");
		assert_non_null(f);
		char piece[4096];
		for (size_t got; (got = fread(piece, 1, sizeof piece, f)) > 0;)
			buf_append(&file, piece, got);
		fclose(f);
		snprintf(path, sizeof path, "%s/reports/ofsted-send.jsonl.xz", shared ? shared : "../shared");
		struct archive_limits limits = ARCHIVE_LIMITS_DEFAULT;
		struct archive *a = archive_open(path, &limits, &fault);
		assert_non_null(a);
		struct member m;
		for (enum archive_status s; (s = archive_next(a, &m, &fault)) != ARCHIVE_END;) {
			if (s != ARCHIVE_MEMBER)
				continue;
			document_begin(reader, &m);
			while (document_next(reader, &d, &fault) == DOCUMENT_OK)
				if (d.id && strncmp(d.id, "send-", 5) == 0 && strncmp(d.id + 5, e->d_name, 5) == 0)
					known = without_space(d.text, d.length);
		}
		archive_close(a);
		assert_int_equal(convert(MEMBER_PDF, file.data, file.length), DOCUMENT_OK);
		assert_string_equal(d.converter, "pdf");
		struct buf read = without_space(d.text, d.length);
		assert_int_equal(read.length, known.length);
		assert_memory_equal(read.data, known.data, known.length);
		compared++;
		buf_release(&read);
		buf_release(&known);
		buf_release(&file);
	}
	closedir(dir);
	assert_int_equal(compared, 4);
}

static void *convert_some(void *context)
{
	const char *word = context;
	struct document_options options = DOCUMENT_OPTIONS_DEFAULT;
	struct document_reader *r = document_reader_new(&options);
	char page[64];
	snprintf(page, sizeof page, "<p>%s<p>%s", word, word);
	bool good = true;
	for (int i = 0; i < 10; i++) {
		struct member m = {.name = "", .file_name = "", .bytes = (const unsigned char *)page, .length = strlen(page), .format = MEMBER_HTML, .first_line = 1};
		struct document mine;
		struct fault none;
		document_begin(r, &m);
		good &= document_next(r, &mine, &none) == DOCUMENT_OK && mine.length == 2 * strlen(word) + 2 && memcmp(mine.text, word, strlen(word)) == 0;
	}
	document_reader_free(r);
	return good ? context : NULL;
}

static void several_at_once(void **state)
{
	(void)state;
	static char words[4][8] = {"one", "two", "three", "four"};
	pthread_t threads[4];
	for (int i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, convert_some, words[i]), 0);
	for (int i = 0; i < 4; i++) {
		void *result;
		pthread_join(threads[i], &result);
		assert_ptr_equal(result, words[i]);
	}
}

static void too_much_memory(void **state)
{
	(void)state;
#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__
	print_message("skipped: a sanitizer's memory is not limited\n");
#else
	struct document_options options = DOCUMENT_OPTIONS_DEFAULT;
	options.converter_memory = 128u << 20;
	struct document_reader *whole = reader;
	reader = document_reader_new(&options);
	char *page = repeated("<p>word</p>\n", 6000000, "");
	refused(convert(MEMBER_HTML, page, strlen(page)), FAULT_LIMIT, "more memory");
	free(page);
	document_reader_free(reader);
	reader = whole;
#endif
}

static void too_much_output(void **state)
{
	(void)state;
	struct document_options options = DOCUMENT_OPTIONS_DEFAULT;
	options.converter_output = 1000;
	struct document_reader *whole = reader;
	reader = document_reader_new(&options);
	char *page = repeated("word ", 1000, "");
	refused(convert(MEMBER_HTML, page, strlen(page)), FAULT_LIMIT, "more text");
	free(page);
	document_reader_free(reader);
	reader = whole;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(html_as_it_is_read),
		cmocka_unit_test(html_without_its_surroundings),
		cmocka_unit_test(html_in_other_encodings),
		cmocka_unit_test(html_bombs),
		cmocka_unit_test(html_that_would_take_minutes),
		cmocka_unit_test(html_of_random_tags),
		cmocka_unit_test(pdf_text),
		cmocka_unit_test(pdf_layout_where_the_order_is_broken),
		cmocka_unit_test(bad_pdfs_are_named),
		cmocka_unit_test(damaged_pdfs),
		cmocka_unit_test(real_pdfs),
		cmocka_unit_test(several_at_once),
		cmocka_unit_test(too_much_memory),
		cmocka_unit_test(too_much_output),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
