/* How many processors this process may use. */
#ifndef BASE_PROCESSORS_H
#define BASE_PROCESSORS_H

/* Those its affinity mask allows, and not more than the quota of its cgroup or one above it, rounded up (cgroup 2: cpu.max; cgroup 1:
 * cpu.cfs_quota_us). At least 1. */
unsigned processors_available(void);

/* The quota alone, as the text of /proc/self/cgroup and the folder where cgroups are mounted say; 0: none. For tests. */
unsigned processors_quota(const char *cgroups, const char *mounted);

#endif
