/* Private to themetally lexicon. */
#ifndef PIPELINE_CMD_LEXICON_H
#define PIPELINE_CMD_LEXICON_H

/* themetally lexicon convert; argv[0] is its name. The exit status. */
int lexicon_convert(int argc, char **argv);

#endif
