/* libxml2's memory. Where it gets none it mostly goes on with less of the document and does not say so; with this it ends the
 * process as everything else here does. */
#ifndef CORPORA_XML_MEMORY_H
#define CORPORA_XML_MEMORY_H

/* Before the first use of libxml2 in a converter's process. */
void xml_memory_ours(void);

#endif
