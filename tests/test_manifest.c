/* --manifest: what is not as the list of checksums has it does not count, what is missing is named, and each command keeps to it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/shell.h"

static void what_is_listed_counts_as_ever(void **state)
{
	(void)state;
	shell_run(0, "mkdir a && cp $S/*.gz a && (cd a && sha256sum *.gz >SHA256SUMS && sha256sum --tag *.gz >../tagged) && $T count -q --kind all a/*.gz >plain");
	shell_run(0, "$T count -q --kind all --manifest a/SHA256SUMS a >listed && cmp plain listed");          /* the list is no archive */
	shell_run(0, "cd a && $T count -q --kind all --manifest SHA256SUMS . >../listed && cmp ../plain ../listed");
	shell_run(0, "sha256sum -b a/*.gz | sed 's/$/\\r/' >outside && echo '# a note' >>outside && $T count -q --kind all --manifest outside $PWD/a/*.gz >listed && cmp plain listed");
	shell_run(0, "sed 's/SHA256 (/&a\\//' tagged >tags && $T count -q --kind all --manifest tags a/*.gz >listed && cmp plain listed");
	shell_run(0, "mkdir odd && printf 'A child was neglected.\\n' >\"$(printf 'odd/a\\\\b\\nc.txt')\" && sha256sum odd/* >odd.sums && grep -q '^.[0-9a-f]' odd.sums && "
	             "$T segment -q --kind all --manifest odd.sums odd >listed && test $(grep -c '#1' listed) = 1");
}

/* The cut that no format can tell: whole gzip members are missing. */
static void what_is_not_as_listed_does_not_count(void **state)
{
	(void)state;
	shell_run(0, "mkdir b && gzip -c $S/board-newsletter.txt >half && cp $S/child-*.gz b && cat half $S/research-digest-2017-07.txt.gz >b/two.txt.gz && sha256sum b/* >b.sums && "
	             "$T segment -q --kind all --manifest b.sums b >whole && grep -q two.txt.gz whole");
	shell_run(0, "cp half b/two.txt.gz && $T segment -q --kind all b >unnoticed && grep -q two.txt.gz unnoticed");
	shell_run(1, "$T segment -q --kind all --manifest b.sums b >found");
	shell_run(0, "grep -q 'two.txt.gz: refused, checksum: its SHA-256 is not that of line 2' err.before && test $(wc -l <err.before) = 1");
	shell_run(0, "$T segment -q --kind all b/child-* >rest && cmp rest found");
	shell_run(1, "$T segment -q --kind all -j 7 --limit read=7 --manifest b.sums b >again; s=$?; cmp found again && exit $s");
	shell_run(3, "$T segment -q --kind all --strict --manifest b.sums b >strict");
	shell_run(1, "$T segment -q --explain --manifest b.sums b >told; s=$?; ! grep -q two.txt told && grep -q child- told && exit $s");
	shell_run(1, "$T explain -q --manifest b.sums --theme harm.neglect b >told; s=$?; ! grep -q two.txt told && exit $s");
}

static void what_is_missing_or_not_listed_is_named(void **state)
{
	(void)state;
	shell_run(0, "mkdir c && cp $S/child-*.gz $S/board-newsletter.txt c && sha256sum c/* >c.sums && $T count -q --kind all c/child* >rest && mv c/board-newsletter.txt . ");
	shell_run(1, "$T count -q --kind all --manifest c.sums c >found");
	shell_run(0, "cmp rest found && grep -q 'c/board-newsletter.txt: skipped, io: line 1 of the list of checksums has it, but it is not among' err.before");
	shell_run(1, "mv board-newsletter.txt c/other.txt && $T count -q --kind all --manifest c.sums c >found");
	shell_run(0, "cmp rest found && grep -q 'c/other.txt: refused, checksum: the list of checksums does not have it' err.before");
}

static void wrong_lists_are_refused(void **state)
{
	(void)state;
	shell_run(0, "echo 'A child was neglected.' >d.txt && sha256sum d.txt >good.sums");
	static const char *const wrong[] = {"{ cat good.sums; echo 'd41d8cd98f00b204e9800998ecf8427e  d.txt'; } >bad.sums", /* that is MD5 */
	                                    "{ cat good.sums; sed 's/^./x/' good.sums; } >bad.sums", "{ cat good.sums; cut -c1-66 good.sums; } >bad.sums",
	                                    "{ cat good.sums; echo x | sha256sum | sed 's/-/.\\/d.txt/'; } >bad.sums"};
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		shell_run(0, wrong[i]);
		shell_run(2, "$T count -q --manifest bad.sums d.txt");
		shell_run(0, "grep -q 'manifest: bad.sums:2: ' err.before");
	}
	shell_run(2, "$T count -q --manifest no.sums d.txt");
	shell_run(2, ": >empty.sums; $T count -q --manifest empty.sums d.txt");
}

/* What was counted as it should not have been leaves the store, and comes back when the file is what it should be. */
static void a_store_keeps_to_the_list(void **state)
{
	(void)state;
	shell_run(0, "mkdir e && cp $S/research-digest-201[24]*.gz $S/child-*.gz e && sha256sum e/* >e.sums && $T update -q --store e.db --manifest e.sums e && $T count -q --kind all --store e.db >whole");
	shell_run(0, "cp e/research-digest-2014-07.txt.gz kept && gzip -dc kept | head -n 40 | gzip >e/research-digest-2014-07.txt.gz && $T update -q --store e.db e && "
	             "$T count -q --kind all --store e.db >other; ! cmp -s whole other");                      /* without the list nobody notices */
	shell_run(1, "$T update -q --store e.db --manifest e.sums e");
	shell_run(0, "$T count -q --kind all e/research-digest-2012* e/child-* >rest && $T count -q --kind all --store e.db >found && cmp rest found && $T verify -q --store e.db");
	shell_run(0, "cp kept e/research-digest-2014-07.txt.gz && $T update -q --store e.db --manifest e.sums e && $T count -q --kind all --store e.db >found && cmp whole found");
	shell_run(2, "$T count -q --store e.db --manifest e.sums");
}

static void a_pack_keeps_to_the_list(void **state)
{
	(void)state;
	shell_run(0, "mkdir f && cp $S/research-digest-201[24]*.gz f && sha256sum f/* >f.sums && $T pack -q -o f.pack f && $T count -q --kind all f >whole");
	shell_run(0, "$T count -q --kind all --manifest f.sums f.pack >found && cmp whole found");
	shell_run(0, "sha256sum f.pack >pack.sums && $T count -q --kind all --manifest pack.sums f.pack >found && cmp whole found");
	shell_run(1, "sed '1s/^...../00000/' f.sums >other.sums && $T count -q --kind all --manifest other.sums f.pack >found");
	shell_run(0, "$T count -q --kind all f/research-digest-2014* >rest && cmp rest found");
	shell_run(3, "sed 's/^...../00000/' pack.sums >other.sums && $T count -q --kind all --manifest other.sums f.pack");
	shell_run(1, "sed '1s/^...../00000/' f.sums >other.sums && $T pack -q --manifest other.sums -o g.pack f; s=$?; $T count -q --kind all g.pack >found; cmp rest found && exit $s");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_listed_counts_as_ever),
		cmocka_unit_test(what_is_not_as_listed_does_not_count),
		cmocka_unit_test(what_is_missing_or_not_listed_is_named),
		cmocka_unit_test(wrong_lists_are_refused),
		cmocka_unit_test(a_store_keeps_to_the_list),
		cmocka_unit_test(a_pack_keeps_to_the_list),
	};
	return cmocka_run_group_tests(tests, shell_set_up, shell_tear_down);
}
