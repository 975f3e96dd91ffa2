/* The subcommands. argv[0] is "themetally NAME", for usage messages; the result is the exit status. */
#ifndef PIPELINE_COMMAND_H
#define PIPELINE_COMMAND_H

int cmd_count(int argc, char **argv);
int cmd_matrix(int argc, char **argv);
int cmd_segment(int argc, char **argv);
int cmd_kwic(int argc, char **argv);
int cmd_cooccur(int argc, char **argv);
int cmd_explain(int argc, char **argv);
int cmd_pack(int argc, char **argv);
int cmd_update(int argc, char **argv);
int cmd_changes(int argc, char **argv);
int cmd_export(int argc, char **argv);
int cmd_merge(int argc, char **argv);
int cmd_shard(int argc, char **argv);
int cmd_verify(int argc, char **argv);
int cmd_repair(int argc, char **argv);
int cmd_backup(int argc, char **argv);
int cmd_drop(int argc, char **argv);
int cmd_status(int argc, char **argv);
int cmd_lexicon(int argc, char **argv);
int cmd_report(int argc, char **argv);
int cmd_plot(int argc, char **argv);
int cmd_evaluate(int argc, char **argv);

#endif
