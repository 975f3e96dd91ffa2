/* DOCX and ODT: what is read of good ones, and that bad ones are refused by name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "corpora/document.h"
#include "corpora/sandbox.h"
#include "tests/pack.h"

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
	fault.message[0] = '\0';
	return document_next(reader, &d, &fault);
}

struct part {
	const char *name, *bytes;
};

/* Packs the parts (until one without a name) and converts them. */
static enum document_status convert_parts(enum member_format format, const struct part *parts, int method, int flags)
{
	struct buf zip = BUF_INIT;
	struct pack_zip z;
	pack_zip_begin(&z, &zip);
	for (; parts->name; parts++)
		pack_zip_add(&z, parts->name, parts->bytes, strlen(parts->bytes), method, flags);
	pack_zip_end(&z, "");
	enum document_status status = convert(format, zip.data, zip.length);
	struct conversion c = {0}; /* and in this process, where sanitizers see it */
	(format == MEMBER_ODT ? convert_odt : convert_docx)((const unsigned char *)zip.data, zip.length, &c);
	if (status == DOCUMENT_OK) {
		assert_int_equal(c.text.length, d.length);
		assert_memory_equal(c.text.data, d.text, d.length);
	} else if (c.code != FAULT_NONE) {
		assert_int_equal(c.code, fault.code);
	} else {
		assert_int_equal(c.text.length, 0);
	}
	buf_release(&c.text);
	buf_release(&c.title);
	buf_release(&zip);
	return status;
}

static void gave(enum document_status status, const char *text)
{
	if (status != DOCUMENT_OK)
		fail_msg("%s: %s", fault_word(fault.code), fault.message);
	if (d.length != strlen(text) || memcmp(d.text, text, d.length) != 0)
		fail_msg("\"%.*s\" is not \"%s\"", (int)d.length, d.text, text);
}

static void refused(enum document_status status, enum fault_code code, const char *part)
{
	assert_int_equal(status, DOCUMENT_SKIPPED);
	if (fault.code != code || !strstr(fault.message, part))
		fail_msg("%s: %s", fault_word(fault.code), fault.message);
}

#define W "xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\" xmlns:mc=\"http://schemas.openxmlformats.org/markup-compatibility/2006\""
#define P(inside) "<w:p>" inside "</w:p>"
#define R(text) "<w:r><w:t xml:space=\"preserve\">" text "</w:t></w:r>"

static void docx(const char *body, const char *text)
{
	struct buf b = BUF_INIT;
	buf_printf(&b, "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?><w:document " W "><w:body>%s</w:body></w:document>", body);
	const struct part parts[] = {{"word/document.xml", b.data}, {NULL, NULL}};
	gave(convert_parts(MEMBER_DOCX, parts, 8, 0), text);
	assert_string_equal(d.converter, "docx");
	buf_release(&b);
}

static void docx_paragraphs(void **state)
{
	(void)state;
	docx(P(R("One ") R("two")) "\n " P(R("thr") R("ee &amp; caf\xC3\xA9&#8217;s")), "One two\n\nthree & café’s");
	docx(P(R("a") "<w:r><w:br/><w:t>b</w:t><w:tab/><w:t>c</w:t><w:br w:type=\"page\"/><w:t>d</w:t></w:r>"), "a\nb\tc\n\nd");
	docx(P("<w:r><w:t>co</w:t><w:noBreakHyphen/><w:t>x</w:t><w:softHyphen/><w:t>y</w:t><w:sym w:char=\"F0B7\"/></w:r>"), "co\xE2\x80\x91x\xC2\xADy\xEF\x82\xB7");
	docx(P("<w:pPr><w:numPr><w:numId w:val=\"1\"/></w:numPr></w:pPr>" R("a")) P("<w:pPr><w:numPr><w:numId w:val=\"1\"/></w:numPr></w:pPr>" R("b"))
	         P("<w:pPr><w:numPr><w:numId w:val=\"0\"/></w:numPr></w:pPr>" R("c")) P("<w:pPr><w:pStyle w:val=\"Heading1\"/><w:numPr/></w:pPr>" R("d")),
	     "• a\n• b\n\nc\n\nd");
}

static void docx_tables(void **state)
{
	(void)state;
	docx("<w:tbl><w:tr><w:tc>" P(R("a")) "</w:tc><w:tc>" P("") "</w:tc><w:tc>" P(R("b")) P(R("c")) "</w:tc></w:tr><w:tr><w:tc>" P(R("d"))
	     "</w:tc></w:tr></w:tbl>" P(R("e")),
	     "a\t\tb\n\nc\n\nd\n\ne");
}

static void docx_what_is_not_text(void **state)
{
	(void)state;
	docx(P("<w:del><w:r><w:delText>gone</w:delText></w:r></w:del><w:ins>" R("new") "</w:ins><w:moveFrom>" R("moved") "</w:moveFrom>"), "new");
	docx(P("<w:r><w:instrText>HYPERLINK</w:instrText></w:r><w:r><w:rPr><w:vanish/></w:rPr><w:t>hidden</w:t></w:r>"
	       "<w:r><w:rPr><w:vanish w:val=\"0\"/></w:rPr><w:t>shown</w:t></w:r>"),
	     "shown");
	docx(P(R("before") "<w:r><mc:AlternateContent><mc:Choice><w:txbxContent>" P(R("box")) P(R("box 2")) "</w:txbxContent></mc:Choice><mc:Fallback><w:txbxContent>"
	       P(R("box")) "</w:txbxContent></mc:Fallback></mc:AlternateContent></w:r>" R(" after")) P(R("next")),
	     "before after\n\nbox\n\nbox 2\n\nnext");
	docx("<x:p xmlns:x=\"urn:other\"><w:t>a</w:t></x:p>", "a");
}

static void docx_other_parts(void **state)
{
	(void)state;
	const struct part parts[] = {
		{"docProps/core.xml", "<cp:coreProperties xmlns:cp=\"urn:cp\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\"><dc:title>Child A</dc:title><dc:creator>X</dc:creator></cp:coreProperties>"},
		{"word/footnotes.xml", "<w:footnotes " W "><w:footnote>" P("<w:r><w:separator/></w:r>") "</w:footnote><w:footnote>" P(R("A note.")) "</w:footnote></w:footnotes>"},
		{"word/header1.xml", "<w:hdr " W ">" P(R("Header")) "</w:hdr>"},
		{"word/document.xml", "<w:document " W "><w:body>" P(R("Text")) "</w:body></w:document>"},
		{NULL, NULL},
	};
	for (int method = 0; method <= 8; method += 8)
		for (int flags = 0; flags <= 8; flags += 8) {
			gave(convert_parts(MEMBER_DOCX, parts, method, flags), "Text\n\nA note.");
			assert_string_equal(d.title, "Child A");
		}
}

#define O                                                                                                                                          \
	"xmlns:office=\"urn:oasis:names:tc:opendocument:xmlns:office:1.0\" xmlns:text=\"urn:oasis:names:tc:opendocument:xmlns:text:1.0\" "                  \
	"xmlns:table=\"urn:oasis:names:tc:opendocument:xmlns:table:1.0\" xmlns:draw=\"urn:oasis:names:tc:opendocument:xmlns:drawing:1.0\""

static void odt(const char *body, const char *text)
{
	struct buf b = BUF_INIT;
	buf_printf(&b, "<office:document-content " O "><office:automatic-styles>x</office:automatic-styles><office:body><office:text>%s</office:text></office:body></office:document-content>", body);
	const struct part parts[] = {{"mimetype", "application/vnd.oasis.opendocument.text"}, {"content.xml", b.data},
	                             {"meta.xml", "<office:document-meta " O " xmlns:dc=\"http://purl.org/dc/elements/1.1/\"><office:meta><dc:title>Child B</dc:title></office:meta></office:document-meta>"},
	                             {NULL, NULL}};
	gave(convert_parts(MEMBER_ODT, parts, 8, 0), text);
	assert_string_equal(d.converter, "odt");
	assert_string_equal(d.title, "Child B");
	buf_release(&b);
}

static void odt_text(void **state)
{
	(void)state;
	odt("<text:h>One</text:h>\n<text:p>two <text:span>th</text:span>ree<text:s/><text:line-break/>four<text:tab/>five</text:p>", "One\n\ntwo three\nfour\tfive");
	odt("<text:list><text:list-item><text:p>a</text:p><text:p>a2</text:p></text:list-item><text:list-item><text:p>b</text:p></text:list-item></text:list><text:p>c</text:p>", "• a\n\na2\n• b\n\nc");
	odt("<table:table><table:table-row><table:table-cell><text:p>a</text:p></table:table-cell><table:covered-table-cell/><table:table-cell><text:p>b</text:p></table:table-cell></table:table-row></table:table>", "a\t\tb");
	odt("<text:p>a<text:note><text:note-citation>1</text:note-citation><text:note-body><text:p>Note.</text:p></text:note-body></text:note> b<office:annotation><text:p>comment</text:p></office:annotation></text:p><text:p>c</text:p>", "a b\n\nc\n\nNote.");
	odt("<text:tracked-changes><text:p>gone</text:p></text:tracked-changes><text:p>a<draw:frame><draw:text-box><text:p>box</text:p></draw:text-box></draw:frame>b</text:p>", "ab\n\nbox");
}

static void bad_packages_are_named(void **state)
{
	(void)state;
	const struct part none[] = {{"word/other.xml", "<a/>"}, {NULL, NULL}};
	refused(convert_parts(MEMBER_DOCX, none, 8, 0), FAULT_CORRUPT, "word/document.xml: this part is missing");
	const struct part cut[] = {{"word/document.xml", "<w:document " W "><w:body>" P(R("a"))}, {NULL, NULL}};
	refused(convert_parts(MEMBER_DOCX, cut, 8, 0), FAULT_CORRUPT, "not well-formed");
	const struct part empty[] = {{"word/document.xml", ""}, {NULL, NULL}};
	refused(convert_parts(MEMBER_DOCX, empty, 8, 0), FAULT_CORRUPT, "not well-formed");
	const struct part silent[] = {{"word/document.xml", "<w:document " W "/>"}, {NULL, NULL}};
	refused(convert_parts(MEMBER_DOCX, silent, 8, 0), FAULT_NOT_TEXT, "no text");
	const struct part locked[] = {{"META-INF/manifest.xml", "<m:manifest xmlns:m=\"urn:oasis:names:tc:opendocument:xmlns:manifest:1.0\"><m:file-entry><m:encryption-data/></m:file-entry></m:manifest>"},
	                              {"content.xml", "\x01\x02"}, {NULL, NULL}};
	refused(convert_parts(MEMBER_ODT, locked, 8, 0), FAULT_ENCRYPTED, "password");
	refused(convert(MEMBER_DOCX, "PK\3\4", 4), FAULT_TRUNCATED, "end record");
	refused(convert(MEMBER_DOCX, "", 0), FAULT_TRUNCATED, "end record");
}

/* Every byte changed in turn: the text as it was, or a refusal; never another text. */
static void every_damaged_byte_shows(void **state)
{
	(void)state;
	struct buf zip = BUF_INIT;
	struct pack_zip z;
	static const char body[] = "<w:document " W "><w:body>" P(R("Text")) "</w:body></w:document>";
	pack_zip_begin(&z, &zip);
	pack_zip_add(&z, "word/document.xml", body, sizeof body - 1, 8, 0);
	pack_zip_end(&z, "");
	size_t refusals = 0;
	for (size_t at = 0; at < zip.length; at++) {
		zip.data[at] ^= 0x10;
		if (convert(MEMBER_DOCX, zip.data, zip.length) == DOCUMENT_OK)
			gave(DOCUMENT_OK, "Text");
		else
			refusals++;
		zip.data[at] ^= 0x10;
	}
	assert_true(refusals > zip.length / 2);
	for (size_t length = 0; length < zip.length; length++) /* and cut, here in this process, for sanitizers to see */
		for (int odt_too = 0; odt_too < 2; odt_too++) {
			struct conversion c = {0};
			(odt_too ? convert_odt : convert_docx)((const unsigned char *)zip.data, length, &c);
			assert_true(c.code != FAULT_NONE && c.why[0]);
			buf_release(&c.text);
			buf_release(&c.title);
		}
	buf_release(&zip);
}

/* XML of elements in any order, in this process. */
static void any_order_of_elements(void **state)
{
	(void)state;
	static const char *const names[] = {"w:p", "w:r", "w:t", "w:tbl", "w:tr", "w:tc", "w:txbxContent", "w:numPr", "w:footnotes", "mc:Fallback", "w:vanish", "w:tab", "w:br"};
	uint32_t seed = 23;
	for (int round = 0; round < 400; round++) {
		const char *open[64];
		size_t depth = 0;
		struct buf xml = BUF_INIT;
		buf_append_str(&xml, "<w:document " W ">");
		for (int n = 0; n < 60; n++) {
			seed = seed * 1664525u + 1013904223u;
			uint32_t kind = seed >> 8;
			if (kind % 3 == 0 && depth < 60) {
				open[depth] = names[kind / 3 % (sizeof names / sizeof *names)];
				buf_printf(&xml, "<%s>", open[depth++]);
			} else if (kind % 3 == 1 && depth) {
				buf_printf(&xml, "</%s>", open[--depth]);
			} else {
				buf_append_str(&xml, "x ");
			}
		}
		while (depth)
			buf_printf(&xml, "</%s>", open[--depth]);
		buf_append_str(&xml, "</w:document>");
		struct buf zip = BUF_INIT;
		struct pack_zip z;
		pack_zip_begin(&z, &zip);
		pack_zip_add(&z, "word/document.xml", xml.data, xml.length, 0, 0);
		pack_zip_end(&z, "");
		struct conversion c = {0};
		convert_docx((const unsigned char *)zip.data, zip.length, &c);
		assert_int_equal(c.code, FAULT_NONE);
		buf_release(&c.text);
		buf_release(&c.title);
		buf_release(&zip);
		buf_release(&xml);
	}
}

static void entities_are_refused(void **state)
{
	(void)state;
	static const char *const bombs[] = {
		"<!DOCTYPE x [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\"><!ENTITY c \"&b;&b;&b;&b;&b;&b;&b;&b;\">]><w:document " W "><w:body>" P(R("&c;")) "</w:body></w:document>",
		"<!DOCTYPE x [<!ENTITY f SYSTEM \"file:///etc/passwd\">]><w:document " W "><w:body>" P(R("&f;")) "</w:body></w:document>",
		"<!DOCTYPE x SYSTEM \"http://example.invalid/x.dtd\"><w:document " W "><w:body>" P(R("a")) "</w:body></w:document>",
	};
	for (size_t i = 0; i < sizeof bombs / sizeof *bombs; i++) {
		const struct part parts[] = {{"word/document.xml", bombs[i]}, {NULL, NULL}};
		refused(convert_parts(MEMBER_DOCX, parts, 8, 0), FAULT_CORRUPT, "document type");
	}
	const struct part unknown[] = {{"word/document.xml", "<w:document " W "><w:body>" P(R("&c;")) "</w:body></w:document>"}, {NULL, NULL}};
	refused(convert_parts(MEMBER_DOCX, unknown, 8, 0), FAULT_CORRUPT, "not well-formed");
}

static void bombs(void **state)
{
	(void)state;
	/* 100 MB of text in 100 KB: the ratio is over the limit before the text is out. */
	struct buf xml = BUF_INIT;
	buf_append_str(&xml, "<w:document " W "><w:body>");
	static char piece[1 << 20];
	memset(piece, 'a', sizeof piece);
	for (int i = 0; i < 100; i++) {
		buf_append_str(&xml, "<w:p><w:r><w:t>");
		buf_append(&xml, piece, sizeof piece);
		buf_append_str(&xml, "</w:t></w:r></w:p>");
	}
	buf_append_str(&xml, "</w:body></w:document>");
	const struct part large[] = {{"word/document.xml", xml.data}, {NULL, NULL}};
	refused(convert_parts(MEMBER_DOCX, large, 8, 0), FAULT_LIMIT, "");
	buf_clear(&xml);
	buf_append_str(&xml, "<w:document " W ">");
	for (int i = 0; i < 100000; i++)
		buf_append_str(&xml, "<w:tbl><w:tr><w:tc>");
	const struct part deep[] = {{"word/document.xml", xml.data}, {NULL, NULL}};
	refused(convert_parts(MEMBER_DOCX, deep, 8, 0), FAULT_CORRUPT, "not well-formed");
	for (int more = 0; more < 2; more++) {
		buf_clear(&xml);
		buf_append_str(&xml, "<!-- <a b=\" --><w:document " W "><w:body>" P(R("a")) "<w:p");
		for (int i = 0; i < 1000 + more; i++)
			buf_printf(&xml, " a%d='>'", i);
		buf_append_str(&xml, "><![CDATA[<a b=\"]]></w:p></w:body></w:document>");
		const struct part wide[] = {{"word/document.xml", xml.data}, {NULL, NULL}};
		enum document_status status = convert_parts(MEMBER_DOCX, wide, 8, 0);
		if (more)
			refused(status, FAULT_LIMIT, "word/document.xml: a tag of more than 1000 attributes");
		else
			assert_int_equal(status, DOCUMENT_OK);
	}
	/* name spaces: as many as may be, one element after another, and one more in one another */
	for (int more = 0; more < 2; more++) {
		buf_clear(&xml);
		buf_append_str(&xml, "<w:document " W "><w:body>");
		for (int i = 0; i < 20; i++) {
			buf_append_str(&xml, "<w:p");
			for (int k = 0; k < 499; k++)
				buf_printf(&xml, " xmlns:n%d_%d='urn:%d'", more * i, k, k);
			buf_append_str(&xml, more ? ">" : "></w:p>");
		}
		for (int i = 0; i < 20 && more; i++)
			buf_append_str(&xml, "</w:p>");
		buf_append_str(&xml, P(R("a")) "</w:body></w:document>");
		const struct part spaces[] = {{"word/document.xml", xml.data}, {NULL, NULL}};
		enum document_status status = convert_parts(MEMBER_DOCX, spaces, 8, 0);
		if (more)
			refused(status, FAULT_LIMIT, "word/document.xml: more than 1000 name spaces");
		else
			gave(status, "a");
	}
	buf_release(&xml);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(docx_paragraphs),
		cmocka_unit_test(docx_tables),
		cmocka_unit_test(docx_what_is_not_text),
		cmocka_unit_test(docx_other_parts),
		cmocka_unit_test(odt_text),
		cmocka_unit_test(bad_packages_are_named),
		cmocka_unit_test(every_damaged_byte_shows),
		cmocka_unit_test(any_order_of_elements),
		cmocka_unit_test(entities_are_refused),
		cmocka_unit_test(bombs),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
