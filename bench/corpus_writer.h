/* Writes synthetic corpora in the forms that real ones come in. One thread. */
#ifndef BENCH_CORPUS_WRITER_H
#define BENCH_CORPUS_WRITER_H

#include <stddef.h>
#include <stdint.h>

enum form {
	FORM_TXT,   /* a .txt file for each archive */
	FORM_GZ,    /* a .txt.gz file for each archive */
	FORM_TAR,   /* one corpus.tar.gz with a .txt for each archive */
	FORM_ZIP,   /* one corpus.zip with a .txt for each archive; at most 4 GiB */
	FORM_JSONL  /* one corpus.jsonl.gz with a record for each review */
};
/* -1 if the word is none of txt, gz, tar.gz, zip, jsonl.gz */
int form_parse(const char *word, enum form *form);

struct corpus_writer;
/* The directory must exist. level: 1 to 9. Failure to write ends the program with a message. */
struct corpus_writer *corpus_writer_new(const char *directory, enum form form, int level);
/* name: without suffix, at most one folder deep */
void corpus_writer_archive(struct corpus_writer *w, const char *name, const char *text, size_t length);
/* FORM_JSONL: a line, its line end included. */
void corpus_writer_line(struct corpus_writer *w, const char *line, size_t length);
/* Finishes and frees; returns the bytes written to disk. */
uint64_t corpus_writer_close(struct corpus_writer *w);

#endif
