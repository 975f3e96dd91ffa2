#include "pipeline/run.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "corpora/help_desk.h"
#include "pipeline/archive_job.h"
#include "pipeline/pack.h"
#include "pipeline/progress.h"
#include "pipeline/worker.h"

enum {
	BATCH_BYTES = 1 << 20,    /* a batch is handed on when it holds this much text: about 2 ms of matching, */
	BATCH_MEMBERS = 4096,     /* or this many members */
	QUEUE_PER_THREAD = 2,     /* waiting batches: enough that no thread idles while the reader works through one */
	QUEUE_BYTES = 256 << 20,  /* and not more than this, whatever the size of the members */
	HELPED_BYTES = 4 << 20    /* packed: a smaller archive is read before help could come */
};

/* A document whose reviews several threads do; on the stack of the one that cut it. Guarded by the run's lock. */
struct spreading {
	struct spreading *after;
	struct slices *slices;
	size_t next, done;          /* slices */
	pthread_cond_t finished;
};

struct run {
	const struct run_options *options;
	struct spill *spill;
	struct run_sink sink;
	struct run_summary *summary;
	const struct archive_path *archives;
	size_t *order;              /* indexes, largest first; of those that share a block of a pack the first only */
	size_t order_count;
	size_t *next;               /* after each archive that which shares its block, or SIZE_MAX */
	size_t archive_count;
	uint64_t archive_bytes;     /* packed, all together */
	struct help_desk *desk;     /* NULL: one thread */
	struct spreader spreader;

	pthread_mutex_t lock;       /* guards everything below, and the jobs as said above */
	pthread_cond_t work;        /* a batch was queued, help is wanted, or there may be nothing left to do */
	struct spreading *spreadings; /* those with slices that nobody has taken */
	size_t help_wanted;         /* pieces left at the desk for which nobody has looked; some may have been taken all the same */
	size_t next_archive;
	unsigned active;            /* threads that are at work and may leave more */
	struct batch **queue;       /* ring */
	size_t queue_head, queue_count, queue_capacity, queue_bytes;
	struct batch **idle;        /* batches to be used again */
	size_t idle_count, idle_capacity;
	atomic_bool failed;         /* set under the lock, read anywhere */

	pthread_mutex_t sink_lock;  /* one sink call at a time */
};

/* ---- batches between threads ---- */

static struct batch *take_idle(struct run *run)
{
	struct batch *b = NULL;
	pthread_mutex_lock(&run->lock);
	if (run->idle_count)
		b = run->idle[--run->idle_count];
	pthread_mutex_unlock(&run->lock);
	return b ? b : mem_calloc(1, sizeof *b);
}

static void put_idle(struct run *run, struct batch *b)
{
	batch_clear(b);
	pthread_mutex_lock(&run->lock);
	MEM_GROW(run->idle, run->idle_count, run->idle_capacity);
	run->idle[run->idle_count++] = b;
	pthread_mutex_unlock(&run->lock);
}

static void want_help(void *context)
{
	struct run *run = context;
	pthread_mutex_lock(&run->lock);
	run->help_wanted++;
	pthread_cond_signal(&run->work);
	pthread_mutex_unlock(&run->lock);
}

/* How many threads an archive may occupy besides the one that reads it: its share of all that is to be read. So the sum over all
 * archives, and with it the memory for their pieces, stays below the number of threads. */
static unsigned helpers(const struct run *run, uint64_t bytes)
{
	unsigned threads = run->options->threads;
	if (run->archive_count == 1)
		return threads - 1; /* a pipe, too, whose size is not known */
	if (bytes < HELPED_BYTES)
		return 0;
	double share = (double)bytes / (double)run->archive_bytes * threads;
	unsigned whole = (unsigned)share;
	return whole < share ? whole : whole ? whole - 1 : 0; /* rounded up, less the reader */
}

/* The first waiting batch; the lock is held. */
static struct batch *dequeue(struct run *run)
{
	if (!run->queue_count)
		return NULL;
	struct batch *b = run->queue[run->queue_head];
	run->queue_head = (run->queue_head + 1) % run->queue_capacity;
	run->queue_count--;
	run->queue_bytes -= b->bytes.length;
	return b;
}

/* All batches are done: the rows of sealed units go to the sink. */
static void finish_archive(struct run *run, struct archive_job *job)
{
	archive_job_settle(job);
	pthread_mutex_lock(&run->sink_lock);
	if (!run->failed && !archive_job_adds_up(job))
		run->failed = true;
	archive_job_close(job, run->summary);
	if (!run->failed)
		run->sink.archive_done(run->sink.context, &job->result);
	pthread_mutex_unlock(&run->sink_lock);
	archive_job_free(job);
}

/* ---- work ---- */

/* Does the next slice of a document that has one; the lock is held. */
static void do_slice(struct run *run, struct worker *worker, struct spreading *s)
{
	size_t i = s->next++;
	if (s->next == slices_count(s->slices)) {
		struct spreading **link = &run->spreadings;
		while (*link != s)
			link = &(*link)->after;
		*link = s->after;
	}
	pthread_mutex_unlock(&run->lock);
	worker_do_slice(worker, s->slices, i);
	pthread_mutex_lock(&run->lock);
	if (++s->done == slices_count(s->slices))
		pthread_cond_signal(&s->finished);
}

static void spread(void *context, struct worker *worker, struct slices *slices)
{
	struct run *run = context;
	struct spreading s = {.slices = slices};
	size_t count = slices_count(slices);
	pthread_cond_init(&s.finished, NULL);
	pthread_mutex_lock(&run->lock);
	s.after = run->spreadings;
	run->spreadings = &s;
	pthread_cond_broadcast(&run->work);
	while (s.next < count)
		do_slice(run, worker, &s);
	while (s.done < count)
		pthread_cond_wait(&s.finished, &run->lock);
	pthread_mutex_unlock(&run->lock);
	pthread_cond_destroy(&s.finished);
}

static void do_batch(struct run *run, struct worker *worker, struct batch *b)
{
	struct archive_job *job = b->job;
	struct batch_result result;
	bool failed = worker_do(worker, job->result.path, b, &result) != 0;
	uint64_t reviews = 0;
	for (size_t i = 0; i < result.sheaf_count; i++)
		reviews += result.sheaves[i].rows;
	progress_add(run->options->progress, 0, reviews);
	put_idle(run, b);
	pthread_mutex_lock(&run->lock);
	archive_job_add(job, &result);
	job->pending--;
	if (failed)
		run->failed = true;
	bool last = job->read && job->pending == 0;
	pthread_mutex_unlock(&run->lock);
	if (last)
		finish_archive(run, job);
}

/* Hands a full batch to whoever is free; works on the oldest waiting one while the queue is full. */
static void hand_on(struct run *run, struct worker *worker, struct archive_job *job, struct batch *b)
{
	b->job = job;
	b->sequence = job->batches++;
	pthread_mutex_lock(&run->lock);
	job->pending++;
	struct batch *waiting;
	while ((run->queue_count == run->queue_capacity || run->queue_bytes + b->bytes.length > QUEUE_BYTES) && (waiting = dequeue(run))) {
		pthread_mutex_unlock(&run->lock);
		do_batch(run, worker, waiting);
		pthread_mutex_lock(&run->lock);
	}
	run->queue[(run->queue_head + run->queue_count) % run->queue_capacity] = b;
	run->queue_count++;
	run->queue_bytes += b->bytes.length;
	pthread_cond_signal(&run->work);
	pthread_mutex_unlock(&run->lock);
}

static void read_members(struct run *run, struct worker *worker, struct archive_job *job)
{
	struct batch *b = take_idle(run);
	struct member member;
	struct fault fault;
	uint64_t progressed = 0;
	archive_job_begin_unit(job);
	for (;;) {
		enum archive_status status = archive_next(job->archive, &member, &fault);
		if (status == ARCHIVE_END || run->failed)
			break;
		if (status == ARCHIVE_SEALED || status == ARCHIVE_REFUSED) {
			archive_job_end_unit(job, status == ARCHIVE_REFUSED ? &fault : NULL);
		} else if (status == ARCHIVE_SKIPPED) {
			archive_job_skipped(job, &fault);
		} else {
			batch_add(b, &member, job->unit_count - 1);
			if (b->bytes.length >= BATCH_BYTES || b->member_count >= BATCH_MEMBERS) {
				hand_on(run, worker, job, b);
				b = take_idle(run);
				uint64_t packed = archive_account(job->archive)->packed_read;
				progress_add(run->options->progress, packed - progressed, 0);
				progressed = packed;
			}
		}
	}
	const struct archive_account *account = archive_account(job->archive);
	progress_add(run->options->progress, account->packed_read - progressed, 0);
	/* The rest of a large archive goes to the queue; that of a small one is done here, while its bytes are in the cache. */
	b->job = job;
	b->sequence = job->batches++;
	pthread_mutex_lock(&run->lock);
	job->pending++;
	job->result.account = *account;
	job->read = true;
	pthread_mutex_unlock(&run->lock);
	archive_close(job->archive);
	job->archive = NULL;
	do_batch(run, worker, b);
}

/* Its blocks are batches. Rows need a unit that is sealed, no matter which. */
static void read_packed(struct run *run, struct worker *worker, struct archive_job *job)
{
	const struct pack_archive *a = job->packed;
	uint64_t unit = 0;
	while (unit + 1 < job->unit_count && job->units[unit] != UNIT_SEALED)
		unit++;
	progress_add(run->options->progress, a->account.packed_read, 0);
	if (!a->block_count) {
		finish_archive(run, job);
		return;
	}
	job->pending = 1; /* until all have been handed on */
	for (size_t i = 0; i < a->block_count; i++) {
		struct batch *b = take_idle(run);
		b->packed = a;
		b->block = a->first_block + i;
		b->unit = unit;
		b->job = job;
		if (i + 1 < a->block_count) {
			hand_on(run, worker, job, b);
		} else {
			b->sequence = job->batches++;
			do_batch(run, worker, b);
		}
	}
}

static void do_archive(struct run *run, struct worker *worker, size_t index)
{
	struct archive_job *job = mem_calloc(1, sizeof *job);
	struct fault fault;
	job->result.index = index;
	job->result.path = run->archives[index].path;
	if (run->archives[index].packed) {
		job->listed = run->archives[index].packed->opened ? run->archives[index].listed : NULL;
		archive_job_from_pack(job, run->archives[index].packed);
		read_packed(run, worker, job);
		return;
	}
	job->archive = archive_open(job->result.path, &run->options->limits, &fault);
	if (!job->archive) {
		archive_job_unread(job, &fault);
		finish_archive(run, job);
		return;
	}
	job->result.opened = true;
	job->listed = run->archives[index].listed;
	if (run->options->hash_archives)
		archive_want_hash(job->archive);
	if (run->options->index_directory)
		archive_want_index(job->archive, run->options->index_directory);
	archive_want_help(job->archive, run->desk, helpers(run, run->archives[index].bytes));
	read_members(run, worker, job);
}

struct thread {
	struct run *run;
	struct worker *worker;
	pthread_t id;
};

/* What a thread does next, best first; the lock is held. False if there will never be more to do. */
static bool work_once(struct run *run, struct worker *worker)
{
	struct batch *b;
	if (run->spreadings) { /* first, as a thread waits for it with its document in memory */
		do_slice(run, worker, run->spreadings);
		return true;
	}
	bool archives_left = run->next_archive < run->order_count && !run->failed;
	if (!run->queue_count && !run->help_wanted && !archives_left) {
		if (!run->active)
			return false;
		pthread_cond_wait(&run->work, &run->lock);
		return true;
	}
	run->active++;
	if ((b = dequeue(run))) {
		pthread_mutex_unlock(&run->lock);
		do_batch(run, worker, b);
	} else if (run->help_wanted) {
		run->help_wanted--;
		pthread_mutex_unlock(&run->lock);
		help_desk_work(run->desk);
	} else {
		size_t index = run->order[run->next_archive++];
		pthread_mutex_unlock(&run->lock);
		for (; index != SIZE_MAX; index = run->next[index])
			do_archive(run, worker, index);
	}
	pthread_mutex_lock(&run->lock);
	if (--run->active == 0)
		pthread_cond_broadcast(&run->work);
	return true;
}

static void *work(void *context)
{
	struct thread *self = context;
	struct run *run = self->run;
	pthread_mutex_lock(&run->lock);
	while (work_once(run, self->worker))
		;
	pthread_mutex_unlock(&run->lock);
	return NULL;
}

/* ---- the whole ---- */

static int by_size(const void *a, const void *b, void *archives)
{
	const struct archive_path *sorted = archives;
	size_t x = *(const size_t *)a, y = *(const size_t *)b;
	if (sorted[x].bytes != sorted[y].bytes)
		return sorted[x].bytes > sorted[y].bytes ? -1 : 1;
	return x < y ? -1 : x > y;
}

static void release(struct run *run)
{
	for (size_t i = 0; i < run->idle_count; i++) {
		batch_release(run->idle[i]);
		free(run->idle[i]);
	}
	free(run->idle);
	free(run->queue);
	free(run->order);
	help_desk_free(run->desk);
	free(run->next);
	pthread_mutex_destroy(&run->lock);
	pthread_mutex_destroy(&run->sink_lock);
	pthread_cond_destroy(&run->work);
}

int run_archives(const struct archive_path *archives, size_t count, const struct run_options *options, struct spill *spill,
                 struct run_sink sink, struct run_summary *summary)
{
	struct run run = {.options = options, .spill = spill, .sink = sink, .summary = summary, .archives = archives, .archive_count = count,
	                  .queue_capacity = (size_t)QUEUE_PER_THREAD * options->threads};
	double start = clock_seconds();
	*summary = (struct run_summary){0};
	pthread_mutex_init(&run.lock, NULL);
	pthread_mutex_init(&run.sink_lock, NULL);
	pthread_cond_init(&run.work, NULL);
	run.queue = mem_calloc(run.queue_capacity, sizeof *run.queue);
	run.order = mem_calloc(count, sizeof *run.order);
	run.next = mem_calloc(count, sizeof *run.next);
	bool *first = mem_calloc(count, sizeof *first);
	pack_chain(archives, count, run.next, first);
	for (size_t i = 0; i < count; i++) {
		if (first[i])
			run.order[run.order_count++] = i;
		run.archive_bytes += archives[i].bytes;
	}
	free(first);
	if (options->threads > 1)
		run.desk = help_desk_new(want_help, &run);
	run.spreader = (struct spreader){spread, &run};
	mem_sort_with(run.order, run.order_count, sizeof *run.order, by_size, (void *)archives);

	struct thread *threads = mem_calloc(options->threads, sizeof *threads);
	unsigned started = 0;
	for (unsigned i = 0; i < options->threads && !run.failed; i++) {
		threads[i] = (struct thread){.run = &run, .worker = worker_new(options, spill, run.desk ? &run.spreader : NULL)};
		run.failed = !threads[i].worker;
	}
	for (; started + 1 < options->threads && !run.failed; started++)
		if (pthread_create(&threads[started + 1].id, NULL, work, &threads[started + 1]) != 0)
			break; /* fewer threads give the same result */
	if (!run.failed)
		work(&threads[0]);
	for (unsigned i = 1; i <= started; i++)
		pthread_join(threads[i].id, NULL);
	for (unsigned i = 0; i < options->threads; i++) {
		if (threads[i].worker) {
			const struct worker_sums *sums = worker_sums(threads[i].worker);
			summary->inconclusive += sums->inconclusive;
			summary->verified += sums->verified;
		}
		worker_free(threads[i].worker);
	}
	free(threads);
	if (!run.failed && !summary_adds_up(summary, count))
		run.failed = true;
	release(&run);
	summary->seconds = clock_seconds() - start;
	return run.failed ? -1 : 0;
}
