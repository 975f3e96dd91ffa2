/* Tables as SPSS data files (.sav), written by ReadStat. */
#ifndef PIPELINE_TABLE_SAV_H
#define PIPELINE_TABLE_SAV_H

#include "pipeline/table.h"

/* cells: rows * count strings. labels: per column, or NULL. Numbers that are empty or marks of disclosure control are missing values. Names are made such that
 * SPSS takes them. */
void table_write_sav(FILE *file, const struct column *columns, const char *const *labels, size_t count, char *const *cells, size_t rows);

#endif
