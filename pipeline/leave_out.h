/* Leave one out: how the coded reviews would be coded by a lexicon made without them.
 *
 * An entry (phrase, exclusion or negation cue) that stands in one review of the run only, its copies aside, may owe its place in the lexicon to that
 * review. So each coded review is coded once more without the entries that stand in no other review or document of the run. The figure is a lower bound: an entry may be
 * what any reader expects and yet be needed once in the texts at hand. The more other text there is in the run, the closer the bound.
 *
 * With folds (k-fold cross-validation) the coded reviews are dealt out in turn, copies together, and the entries that stand nowhere outside a fold are left out for
 * all its reviews at once: what a reader owes to several reviews that were read together goes too.
 *
 * Reads the archives twice, on the calling thread. */
#ifndef PIPELINE_LEAVE_OUT_H
#define PIPELINE_LEAVE_OUT_H

#include "pipeline/evaluate.h"
#include "pipeline/session.h"

/* Between evaluation_settle() and evaluation_finish(). -1 with a message if the engine fails. */
int leave_out(struct evaluation *e, struct session *s, size_t folds /* 0: each review by itself */);

#endif
