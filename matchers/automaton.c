#include "matchers/automaton.h"

#include <hs/hs.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/sha256.h"

/* struct automaton and struct automaton_memory are never defined: they are Hyperscan's own types under our names. */
static hs_database_t *database_of(const struct automaton *a)
{
	return (hs_database_t *)(uintptr_t)a;
}

static struct automaton *compiled(hs_error_t status, hs_database_t *database, hs_compile_error_t *problem, size_t *failed, char **error)
{
	if (status == HS_SUCCESS)
		return (struct automaton *)database;
	/* it has no code of its own for this; a lexicon is not to be blamed for it */
	if (status == HS_NOMEM || (problem && problem->message && strstr(problem->message, "Unable to allocate memory")))
		mem_exhausted();
	*error = mem_strdup(problem && problem->message ? problem->message : "the engine gave no reason");
	if (failed)
		*failed = problem && problem->expression >= 0 ? (size_t)problem->expression : SIZE_MAX;
	hs_free_compile_error(problem);
	return NULL;
}

struct automaton *automaton_literals(const struct automaton_literal *literals, size_t count, char **error)
{
	static const char hex[] = "0123456789ABCDEF";
	size_t total = 0;

	for (size_t i = 0; i < count; i++)
		total += 4 * (size_t)literals[i].length + 1;
	char *text = mem_alloc(total), *at = text;
	const char **expressions = mem_alloc(count * sizeof *expressions);
	unsigned *flags = mem_alloc(count * sizeof *flags), *ids = mem_alloc(count * sizeof *ids);

	for (size_t i = 0; i < count; i++) {
		expressions[i] = at;
		for (uint32_t k = 0; k < literals[i].length; k++) {
			unsigned char c = literals[i].bytes[k];

			*at++ = '\\';
			*at++ = 'x';
			*at++ = hex[c >> 4];
			*at++ = hex[c & 15];
		}
		*at++ = '\0';
		flags[i] = HS_FLAG_DOTALL;
		ids[i] = (unsigned)i;
	}
	hs_database_t *database = NULL;
	hs_compile_error_t *problem = NULL;
	hs_error_t status = hs_compile_multi(expressions, flags, ids, (unsigned)count, HS_MODE_BLOCK, NULL, &database, &problem);

	free(text);
	free(expressions);
	free(flags);
	free(ids);
	return compiled(status, database, problem, NULL, error);
}

struct automaton *automaton_prefilter(const struct automaton_pattern *patterns, size_t count, size_t *failed, char **error)
{
	const char **expressions = mem_alloc(count * sizeof *expressions);
	unsigned *flags = mem_alloc(count * sizeof *flags), *ids = mem_alloc(count * sizeof *ids);

	for (size_t i = 0; i < count; i++) {
		expressions[i] = patterns[i].expression;
		flags[i] = HS_FLAG_PREFILTER | HS_FLAG_UTF8 | HS_FLAG_UCP | HS_FLAG_DOTALL | HS_FLAG_ALLOWEMPTY | HS_FLAG_SINGLEMATCH;
		ids[i] = patterns[i].id;
	}
	hs_database_t *database = NULL;
	hs_compile_error_t *problem = NULL;
	hs_error_t status = hs_compile_multi(expressions, flags, ids, (unsigned)count, HS_MODE_BLOCK, NULL, &database, &problem);

	free(expressions);
	free(flags);
	free(ids);
	return compiled(status, database, problem, failed, error);
}

void automaton_free(struct automaton *a)
{
	hs_free_database(database_of(a));
}

bool automaton_save(const struct automaton *a, struct buf *out)
{
	char *bytes = NULL;
	size_t length = 0;

	if (hs_serialize_database(database_of(a), &bytes, &length) != HS_SUCCESS)
		return false;
	buf_append(out, bytes, length);
	free(bytes);
	return true;
}

struct automaton *automaton_restore(const char *bytes, size_t length)
{
	hs_database_t *database = NULL;

	return hs_deserialize_database(bytes, length, &database) == HS_SUCCESS ? (struct automaton *)database : NULL;
}

bool automaton_prepare(const struct automaton *a, struct automaton_memory **memory)
{
	return hs_alloc_scratch(database_of(a), (hs_scratch_t **)memory) == HS_SUCCESS;
}

void automaton_memory_free(struct automaton_memory *memory)
{
	hs_free_scratch((hs_scratch_t *)memory);
}

bool automaton_scan(const struct automaton *a, struct automaton_memory *memory, const void *bytes, size_t length, automaton_hit hit, void *context)
{
	if (length > UINT_MAX)
		return false;
	hs_error_t status = hs_scan(database_of(a), bytes, (unsigned)length, 0, (hs_scratch_t *)memory, hit, context);

	return status == HS_SUCCESS || status == HS_SCAN_TERMINATED;
}

const char *automaton_version(void)
{
	return hs_version();
}

const char *automaton_platform(void)
{
	static const struct {
		unsigned long long bit;
		const char *word;
	} FEATURES[] = {
#ifdef HS_CPU_FEATURES_AVX512VBMI
		{HS_CPU_FEATURES_AVX512VBMI, "avx512vbmi"},
#endif
		{HS_CPU_FEATURES_AVX512, "avx512"},
		{HS_CPU_FEATURES_AVX2, "avx2"},
	};
	hs_platform_info_t platform;

	if (hs_populate_platform(&platform) == HS_SUCCESS)
		for (size_t i = 0; i < sizeof FEATURES / sizeof *FEATURES; i++)
			if (platform.cpu_features & FEATURES[i].bit)
				return FEATURES[i].word;
	return "base";
}

void automaton_add_to_key(struct sha256 *key)
{
	sha256_update(key, automaton_version(), strlen(automaton_version()) + 1);
	sha256_update(key, automaton_platform(), strlen(automaton_platform()) + 1);
}

bool automaton_supported(void)
{
	return hs_valid_platform() == HS_SUCCESS;
}
