/* A store that was changed by someone else: records of three bytes of place, one of length and up to 16 bytes of new content are laid over a good store; it is then
 * counted from, listed and verified. What verify finds nothing wrong with must give the table of the good store. */
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "pipeline/command.h"
#include "tests/fuzz/agree.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static char folder[] = "/dev/shm/themetally-fuzz-XXXXXX";
static struct buf good, good_table;

static void in_folder(struct buf *path, const char *name)
{
	buf_clear(path);
	buf_printf(path, "%s/%s", folder, name);
}

static void slurp(const char *name, struct buf *out)
{
	struct buf path = BUF_INIT;
	in_folder(&path, name);
	buf_clear(out);
	FILE *f = fopen(path.data, "rb");
	char block[65536];
	size_t n;
	while (f && (n = fread(block, 1, sizeof block, f)))
		buf_append(out, block, n);
	if (f)
		fclose(f);
	buf_release(&path);
}

static void spill(const char *name, const char *bytes, size_t length)
{
	struct buf path = BUF_INIT;
	in_folder(&path, name);
	FILE *f = fopen(path.data, "wb");
	if (!f || fwrite(bytes, 1, length, f) != length || fclose(f))
		property_fails("a file can be written");
	buf_release(&path);
}

static void remove_from_folder(const char *name)
{
	struct buf path = BUF_INIT;
	in_folder(&path, name);
	unlink(path.data);
	buf_release(&path);
}

static int command(int (*run)(int, char **), const char *name, const char *store, const char *output, const char *extra)
{
	struct buf s = BUF_INIT, o = BUF_INIT, l = BUF_INIT, in = BUF_INIT;
	char title[32];
	snprintf(title, sizeof title, "themetally %s", name);
	in_folder(&s, store);
	if (output)
		in_folder(&o, output);
	char *argv[16] = {title, (char *)"-q", (char *)"--store", s.data};
	int argc = 4;
	if (extra) {
		in_folder(&l, "lexicon.tsv");
		in_folder(&in, extra);
		argv[argc++] = (char *)"-l", argv[argc++] = l.data, argv[argc++] = (char *)"--no-cache";
		argv[argc++] = (char *)"-j", argv[argc++] = (char *)"1", argv[argc++] = in.data;
	} else if (output) {
		argv[argc++] = (char *)"--format", argv[argc++] = (char *)"csv";
		argv[argc++] = (char *)"-o", argv[argc++] = o.data;
	}
	argv[argc] = NULL;
	/* what goes to standard output is of no interest, and the report of this program is */
	fflush(stdout);
	int kept = dup(STDOUT_FILENO), null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	dup2(null, STDOUT_FILENO);
	int status = run(argc, argv);
	fflush(stdout);
	dup2(kept, STDOUT_FILENO);
	close(kept);
	close(null);
	buf_release(&s);
	buf_release(&o);
	buf_release(&l);
	buf_release(&in);
	return status;
}

static void leave(void)
{
	static const char *const names[] = {"s.db", "s.db-wal", "s.db-shm", "s.db-journal", "s.db.lock", "s.db-lock", "good.db", "good.db-wal", "good.db-shm", "good.db.lock", "good.db-lock", "lexicon.tsv", "in.jsonl", "table"};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		remove_from_folder(names[i]);
	rmdir(folder);
}

static void make_good(void)
{
	static const char lexicon[] = "theme\tpattern\nharm.neglect\tneglect*\nharm.abuse\tabuse\nparent.drugs\tdrugs\n";
	struct buf in = BUF_INIT;
	for (int i = 0; i < 40; i++)
		buf_printf(&in, "{\"date\":\"%d\",\"text\":\"Child %d x%d y%d. Neglect and abuse z%d, %s.\"}\n", 2010 + i % 7, i, i * 3, i * 5, i * 11, i % 3 ? "drugs" : "not");
	buf_append_str(&in, "{\"text\":\"Child 1 x3 y5. Neglect and abuse z11, drugs.\"}\n");
	if (!mkdtemp(folder))
		property_fails("a folder can be made");
	atexit(leave);
	spill("lexicon.tsv", lexicon, sizeof lexicon - 1);
	spill("in.jsonl", in.data, in.length);
	if (command(cmd_update, "update", "good.db", NULL, "in.jsonl") > 1 || command(cmd_count, "count", "good.db", "table", NULL) != 0)
		property_fails("a good store can be made");
	slurp("good.db", &good);
	slurp("table", &good_table);
	buf_release(&in);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	if (!good.length)
		make_good();
	struct buf changed = BUF_INIT;
	buf_append(&changed, good.data, good.length);
	while (length >= 5) {
		size_t at = ((size_t)bytes[0] << 16 | (size_t)bytes[1] << 8 | bytes[2]) % changed.length, n = bytes[3] % 16 + 1;
		bytes += 4, length -= 4;
		n = n < length ? n : length;
		n = n < changed.length - at ? n : changed.length - at;
		memcpy(changed.data + at, bytes, n);
		bytes += n, length -= n;
	}
	spill("s.db", changed.data, changed.length);
	remove_from_folder("table");
	struct buf table = BUF_INIT;
	int counted = command(cmd_count, "count", "s.db", "table", NULL);
	slurp("table", &table);
	bool same = counted == 0 && table.length == good_table.length && memcmp(table.data, good_table.data, table.length) == 0;
	int verified = command(cmd_verify, "verify", "s.db", NULL, NULL);
	int listed = command(cmd_segment, "segment", "s.db", "table", NULL), told = command(cmd_status, "status", "s.db", NULL, NULL);
	if (counted < 0 || counted > 3 || verified < 0 || verified > 3 || listed < 0 || listed > 3 || told < 0 || told > 3)
		property_fails("every command ends with a status");
	if (verified == 0 && !same)
		property_fails("a store that verifies counts as it was made");
	buf_release(&table);
	buf_release(&changed);
	return 0;
}
