// Makes system calls on chosen files fail, threads run out, or the wall clock lie; preloaded into
// onceload by tests.
//
//   CRASH_PATH   only files whose path ends in one of these, separated by ':'
//   CRASH_FAULT  CALL:KIND:N  the N-th CALL (pwrite pread fsync open) on them goes wrong
//       KIND     eio enospc erofs: that error, from the N-th call on
//                short: half is written, then no space is left
//                cut: SIGKILL before the call. What was not synced is lost: see below
//                lost: the N-th fsync says it has worked and has not, nor has one after it
//   CRASH_THREADS  so many threads can be started, no more
//   CRASH_CLOCK  seconds that the wall clock is ahead, from the 200th time it is asked
//
// A file's last synced content is kept beside it, as NAME.synced: what a power cut would leave.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <threads.h>
#include <time.h>
#include <unistd.h>

enum { kClockAfter = 200 };

static atomic_int calls;

static int is_chosen(const char *path) {
  const char *wanted = getenv("CRASH_PATH");
  if (wanted == NULL || path == NULL) return 0;
  const size_t length = strlen(path);
  while (*wanted != '\0') {
    const size_t size = strcspn(wanted, ":");
    if (size > 0 && size <= length && strncmp(path + length - size, wanted, size) == 0) return 1;
    wanted += size + (wanted[size] == ':');
  }
  return 0;
}

static int path_of(int file, char *path) {
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  const ssize_t size = readlink(link, path, PATH_MAX - 1);
  if (size < 0) return 0;
  path[size] = '\0';
  return 1;
}

// The kind of fault that this call is to have, or NULL.
static const char *fault_of(const char *call, const char *path) {
  static char kind[16];
  char wanted[16];
  int n = 0;
  const char *fault = getenv("CRASH_FAULT");
  if (fault == NULL || !is_chosen(path)) return NULL;
  if (sscanf(fault, "%15[^:]:%15[^:]:%d", wanted, kind, &n) != 3) abort();
  if (strcmp(call, wanted) != 0) return NULL;
  return atomic_fetch_add(&calls, 1) + 1 >= n ? kind : NULL;
}

static int fail_as(const char *kind) {
  errno = strcmp(kind, "eio") == 0 ? EIO : strcmp(kind, "erofs") == 0 ? EROFS : ENOSPC;
  return -1;
}

static void keep_synced(int file, const char *path) {
  char copy[PATH_MAX + 8];
  char block[65536];
  snprintf(copy, sizeof copy, "%s.synced", path);
  const long out = syscall(SYS_openat, AT_FDCWD, copy, O_WRONLY | O_CREAT | O_TRUNC, 0644);
  off_t at = 0;
  long size;
  while ((size = syscall(SYS_pread64, file, block, sizeof block, at)) > 0) {
    if (syscall(SYS_pwrite64, out, block, size, at) != size) abort();
    at += size;
  }
  close((int)out);
}

ssize_t pwrite64(int file, const void *bytes, size_t size, off64_t at) {
  char path[PATH_MAX];
  const char *kind = path_of(file, path) ? fault_of("pwrite", path) : NULL;
  if (kind != NULL && strcmp(kind, "cut") == 0) raise(SIGKILL);
  if (kind != NULL && strcmp(kind, "short") == 0 && size > 1) {
    static atomic_int half_written;
    if (atomic_exchange(&half_written, 1) == 0) size /= 2;
    else return fail_as("enospc");
  } else if (kind != NULL) {
    return fail_as(kind);
  }
  return syscall(SYS_pwrite64, file, bytes, size, at);
}

ssize_t pwrite(int file, const void *bytes, size_t size, off_t at) {
  return pwrite64(file, bytes, size, at);
}

ssize_t pread64(int file, void *bytes, size_t size, off64_t at) {
  char path[PATH_MAX];
  const char *kind = path_of(file, path) ? fault_of("pread", path) : NULL;
  if (kind != NULL) return fail_as(kind);
  return syscall(SYS_pread64, file, bytes, size, at);
}

ssize_t pread(int file, void *bytes, size_t size, off_t at) {
  return pread64(file, bytes, size, at);
}

static int sync_with(long number, int file) {
  static atomic_int lost;
  char path[PATH_MAX];
  if (!path_of(file, path) || !is_chosen(path)) return (int)syscall(number, file);
  const char *kind = fault_of("fsync", path);
  if (kind != NULL && strcmp(kind, "cut") == 0) raise(SIGKILL);
  if (kind != NULL && strcmp(kind, "lost") == 0) lost = 1;
  else if (kind != NULL) return fail_as(kind);
  if (!lost) keep_synced(file, path);
  return 0;
}

int fsync(int file) { return sync_with(SYS_fsync, file); }
int fdatasync(int file) { return sync_with(SYS_fdatasync, file); }

int open64(const char *path, int flags, ...) {
  va_list more;
  va_start(more, flags);
  const mode_t mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(more, mode_t) : 0;
  va_end(more);
  const char *kind = fault_of("open", path);
  if (kind != NULL && (strcmp(kind, "erofs") != 0 || (flags & O_ACCMODE) != O_RDONLY)) {
    return fail_as(kind);
  }
  return (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

int open(const char *path, int flags, ...) __attribute__((alias("open64")));

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *),
                   void *argument) {
  static atomic_int started;
  int (*create)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *) =
      dlsym(RTLD_NEXT, "pthread_create");
  const char *limit = getenv("CRASH_THREADS");
  if (limit != NULL && atomic_fetch_add(&started, 1) >= atoi(limit)) return EAGAIN;
  return create(thread, attributes, run, argument);
}

static atomic_int asked;

static time_t jump(void) {
  const char *by = getenv("CRASH_CLOCK");
  return by != NULL && asked >= kClockAfter ? atol(by) : 0;
}

static time_t ahead(void) {
  ++asked;
  return jump();
}

// Deadlines by that clock are the kernel's business, which knows nothing of the jump.
static struct timespec without_jump(const struct timespec *until) {
  struct timespec real = *until;
  real.tv_sec -= jump();
  return real;
}

int pthread_cond_timedwait(pthread_cond_t *condition, pthread_mutex_t *mutex,
                           const struct timespec *until) {
  int (*wait)(pthread_cond_t *, pthread_mutex_t *, const struct timespec *) =
      dlvsym(RTLD_NEXT, "pthread_cond_timedwait", "GLIBC_2.3.2");
  if (wait == NULL) wait = dlsym(RTLD_NEXT, "pthread_cond_timedwait");
  const struct timespec real = without_jump(until);
  return wait(condition, mutex, &real);
}

int cnd_timedwait(cnd_t *condition, mtx_t *mutex, const struct timespec *until) {
  int (*wait)(cnd_t *, mtx_t *, const struct timespec *) = dlsym(RTLD_NEXT, "cnd_timedwait");
  const struct timespec real = without_jump(until);
  return wait(condition, mutex, &real);
}

int timespec_get(struct timespec *now, int base) {
  return clock_gettime(CLOCK_REALTIME, now) == 0 ? base : 0;
}

int clock_gettime(clockid_t clock, struct timespec *now) {
  const int failed = (int)syscall(SYS_clock_gettime, clock, now);
  if (failed == 0 && clock == CLOCK_REALTIME) now->tv_sec += ahead();
  return failed;
}

int gettimeofday(struct timeval *now, void *zone) {
  const int failed = (int)syscall(SYS_gettimeofday, now, zone);
  if (failed == 0) now->tv_sec += ahead();
  return failed;
}

time_t time(time_t *into) {
  struct timespec now;
  syscall(SYS_clock_gettime, CLOCK_REALTIME, &now);
  now.tv_sec += ahead();
  if (into != NULL) *into = now.tv_sec;
  return now.tv_sec;
}
