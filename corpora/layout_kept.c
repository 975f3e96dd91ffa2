/* What is known of the rules once their expressions are compiled, kept from run to run: compiling them takes a third of a start, and most texts need few of them.
 *
 * Kept are, of each rule with an expression, the bytes a match can begin with and its groups; then the finders and what lines can begin with. The cache has checked the bytes, and the texts of
 * the rules, this build and PCRE2's version are part of the key, so what is checked here is only that there are as many as there are rules. */
#include <stdlib.h>
#include <string.h>

#include "base/cache.h"
#include "corpora/layout.h"

static void key_of(const struct rule_text *texts, size_t count, unsigned char key[SHA256_BYTES])
{
	char version[REGEX_VERSION_BYTES];
	struct sha256 h;
	regex_version(version);
	cache_key_begin_for_build(&h, "rules");
	sha256_update(&h, version, strlen(version) + 1);
	for (size_t i = 0; i < count; i++) {
		sha256_update(&h, &texts[i].length, sizeof texts[i].length);
		sha256_update(&h, texts[i].bytes, texts[i].length);
	}
	sha256_final(&h, key);
}

bool kept_rules_read(struct kept_rules *k, const char *directory, const struct rule_text *texts, size_t count)
{
	*k = (struct kept_rules){.directory = directory, .bytes = BUF_INIT};
	if (!directory)
		return false;
	key_of(texts, count, k->key);
	bool there = cache_read(directory, k->key, &k->bytes);
	k->from = buf_reader(&k->bytes);
	return there;
}

struct regex *kept_rule(struct kept_rules *k, struct rule *rule, const char *pattern, size_t length, unsigned flags)
{
	uint64_t first[4];
	get_bytes(&k->from, first, sizeof first);
	get_bytes(&k->from, rule->group, sizeof rule->group);
	return regex_known(pattern, length, flags, first);
}

bool kept_rules_finish(struct kept_rules *k, struct rules *rules)
{
	struct line_beginnings *b = mem_calloc(1, sizeof *b);
	rules->inside.finder = finder_restore(&k->from);
	rules->byline.finder = finder_restore(&k->from);
	rules->body.finder = finder_restore(&k->from);
	get_bytes(&k->from, b, offsetof(struct line_beginnings, beginning));
	b->beginning_count = get_count(&k->from);
	b->beginnings = get_count(&k->from);
	b->beginning = get_list(&k->from, b->beginnings, sizeof *b->beginning);
	atomic_store_explicit(&rules->lines.begin, b, memory_order_release);
	return k->from.at && k->from.at == k->from.end && b->beginnings && !(b->beginnings & (b->beginnings - 1)) && b->beginning_count < b->beginnings;
}

void kept_rules_write(struct kept_rules *k, struct rules *rules)
{
	if (!k->directory)
		return;
	buf_clear(&k->bytes);
	for (size_t i = 0; i < rules->count; i++) {
		uint64_t first[4];
		if (!rules->rule[i]->regex)
			continue;
		regex_first(rules->rule[i]->regex, first);
		buf_append(&k->bytes, first, sizeof first);
		buf_append(&k->bytes, rules->rule[i]->group, sizeof rules->rule[i]->group);
	}
	finder_save(rules->inside.finder, &k->bytes);
	finder_save(rules->byline.finder, &k->bytes);
	finder_save(rules->body.finder, &k->bytes);
	rules_narrow(rules);
	const struct line_beginnings *b = atomic_load(&rules->lines.begin);
	buf_append(&k->bytes, b, offsetof(struct line_beginnings, beginning));
	put_number(&k->bytes, b->beginning_count);
	put_number(&k->bytes, b->beginnings);
	buf_append(&k->bytes, b->beginning, b->beginnings * sizeof *b->beginning);
	cache_write(k->directory, k->key, k->bytes.data, k->bytes.length);
}

void kept_rules_release(struct kept_rules *k)
{
	buf_release(&k->bytes);
}
