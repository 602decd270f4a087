/*
 * Preloaded into a program, writes down what it does to the files below one folder, in order: what it writes where, what
 * it forces to disk, which names come and go. recording.ts reads it. Built and started by record.ts.
 *
 *   FAULT_FOLDER  absolute path of the folder
 *   FAULT_TRACE   file to write to, outside of that folder
 *
 * One lock around each call and its note keeps the order true between threads. A trace that cannot be written ends the
 * program: half a recording would prove nothing.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

enum { OPEN = 1, CLOSE, WRITE, TRUNCATE, SYNC, RENAME, UNLINK, LINK, MKDIR, SHARED_MAP };
/* Of OPEN. */
enum { CREATED = 1, DIRECTORY = 2 };
#define FDS 65536

/* Little-endian, as on every machine we record on; the two byte strings follow. */
struct note { uint32_t op, fd; int64_t number, flags; uint32_t first, second; };

static char followed[FDS];
static int trace = -1;
static char folder[PATH_MAX];
static size_t folder_length;
static pthread_mutex_t lock = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
#define LOCKED pthread_mutex_lock(&lock)
#define UNLOCKED pthread_mutex_unlock(&lock)

static void fail(const char *why) {
  fprintf(stderr, "recorder: %s\n", why);
  _exit(97);
}

__attribute__((constructor)) static void begin(void) {
  const char *at = getenv("FAULT_FOLDER"), *file = getenv("FAULT_TRACE");
  if (!at || !file) return;
  if (strlen(at) >= sizeof folder) fail("FAULT_FOLDER is too long");
  strcpy(folder, at);
  folder_length = strlen(folder);
  trace = REAL(open)(file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (trace < 0) fail("FAULT_TRACE cannot be opened");
}

static void note(uint32_t op, int fd, int64_t number, int64_t flags, const void *first, size_t first_length, const char *second) {
  static ssize_t (*real)(int, const struct iovec *, int);
  if (!real) real = REAL(writev);
  size_t second_length = second ? strlen(second) : 0;
  struct note head = { op, (uint32_t)fd, number, flags, (uint32_t)first_length, (uint32_t)second_length };
  struct iovec parts[3] = { { &head, sizeof head }, { (void *)first, first_length }, { (void *)second, second_length } };
  ssize_t want = (ssize_t)(sizeof head + first_length + second_length);
  if (real(trace, parts, 3) != want) fail("FAULT_TRACE cannot be written");
}

static int follows(int fd) { return trace >= 0 && fd >= 0 && fd < FDS && followed[fd]; }

/* The path made absolute into `out`; 0 when it does not lie in the folder. */
static int inside(int at, const char *path, char *out) {
  if (trace < 0 || !path) return 0;
  if (path[0] == '/') snprintf(out, PATH_MAX, "%s", path);
  else {
    char base[PATH_MAX], link[64];
    if (at == AT_FDCWD) {
      if (!getcwd(base, sizeof base)) return 0;
    } else {
      snprintf(link, sizeof link, "/proc/self/fd/%d", at);
      ssize_t length = readlink(link, base, sizeof base - 1);
      if (length < 0) return 0;
      base[length] = 0;
    }
    if ((size_t)snprintf(out, PATH_MAX, "%s/%s", base, path) >= PATH_MAX) return 0;
  }
  return strncmp(out, folder, folder_length) == 0 && (out[folder_length] == '/' || out[folder_length] == 0);
}

static int opened(int at, const char *path, int flags, mode_t mode) {
  static int (*real)(int, const char *, int, ...);
  if (!real) real = REAL(openat);
  char full[PATH_MAX];
  if (!inside(at, path, full)) return real(at, path, flags, mode);
  LOCKED;
  int existed = access(full, F_OK) == 0;
  int fd = real(at, path, flags, mode);
  if (fd >= FDS) fail("too many open files");
  if (fd >= 0) {
    struct stat about;
    fstat(fd, &about);
    int64_t facts = (existed ? 0 : CREATED) | (S_ISDIR(about.st_mode) ? DIRECTORY : 0);
    followed[fd] = 1;
    note(OPEN, fd, 0, facts, full, strlen(full), NULL);
    if (existed && (flags & O_TRUNC)) note(TRUNCATE, fd, 0, 0, NULL, 0, NULL);
    if (flags & O_DSYNC) fail("a file was opened with O_SYNC or O_DSYNC, which this recorder does not know");
  }
  UNLOCKED;
  return fd;
}

static mode_t mode_of(int flags, va_list arguments) {
  return (flags & (O_CREAT | O_TMPFILE)) ? va_arg(arguments, mode_t) : 0;
}
#define OPENS(name)                                                  \
  int name(const char *path, int flags, ...) {                       \
    va_list arguments;                                               \
    va_start(arguments, flags);                                      \
    mode_t mode = mode_of(flags, arguments);                         \
    va_end(arguments);                                               \
    return opened(AT_FDCWD, path, flags, mode);                      \
  }
#define OPENS_AT(name)                                               \
  int name(int at, const char *path, int flags, ...) {               \
    va_list arguments;                                               \
    va_start(arguments, flags);                                      \
    mode_t mode = mode_of(flags, arguments);                         \
    va_end(arguments);                                               \
    return opened(at, path, flags, mode);                            \
  }
OPENS(open)
OPENS(open64)
OPENS_AT(openat)
OPENS_AT(openat64)

int close(int fd) {
  static int (*real)(int);
  if (!real) real = REAL(close);
  if (!follows(fd)) return real(fd);
  LOCKED;
  note(CLOSE, fd, 0, 0, NULL, 0, NULL);
  followed[fd] = 0;
  int result = real(fd);
  UNLOCKED;
  return result;
}

/* The call, then what of it went through. */
static ssize_t written(int fd, ssize_t result, int64_t offset, const void *bytes) {
  int kept = errno;
  if (result > 0) note(WRITE, fd, offset, 0, bytes, (size_t)result, NULL);
  errno = kept;
  return result;
}

ssize_t write(int fd, const void *bytes, size_t count) {
  static ssize_t (*real)(int, const void *, size_t);
  if (!real) real = REAL(write);
  if (!follows(fd)) return real(fd, bytes, count);
  LOCKED;
  ssize_t result = real(fd, bytes, count);
  /* Where it ended: true with O_APPEND, too. */
  written(fd, result, lseek(fd, 0, SEEK_CUR) - (result > 0 ? result : 0), bytes);
  UNLOCKED;
  return result;
}

static ssize_t placed(int fd, const void *bytes, size_t count, off64_t offset) {
  static ssize_t (*real)(int, const void *, size_t, off64_t);
  if (!real) real = REAL(pwrite64);
  if (!follows(fd)) return real(fd, bytes, count, offset);
  LOCKED;
  ssize_t result = written(fd, real(fd, bytes, count, offset), offset, bytes);
  UNLOCKED;
  return result;
}
ssize_t pwrite(int fd, const void *bytes, size_t count, off_t offset) { return placed(fd, bytes, count, offset); }
ssize_t pwrite64(int fd, const void *bytes, size_t count, off64_t offset) { return placed(fd, bytes, count, offset); }

/* One write per part: between the parts of one call, too, a disk may stop. */
ssize_t writev(int fd, const struct iovec *parts, int count) {
  static ssize_t (*real)(int, const struct iovec *, int);
  if (!real) real = REAL(writev);
  if (!follows(fd)) return real(fd, parts, count);
  ssize_t total = 0;
  for (int i = 0; i < count; i++) {
    ssize_t result = parts[i].iov_len ? write(fd, parts[i].iov_base, parts[i].iov_len) : 0;
    if (result < 0) return total ? total : result;
    total += result;
    if ((size_t)result < parts[i].iov_len) break;
  }
  return total;
}
static ssize_t placed_parts(int fd, const struct iovec *parts, int count, off64_t offset) {
  ssize_t total = 0;
  for (int i = 0; i < count; i++) {
    ssize_t result = parts[i].iov_len ? placed(fd, parts[i].iov_base, parts[i].iov_len, offset + total) : 0;
    if (result < 0) return total ? total : result;
    total += result;
    if ((size_t)result < parts[i].iov_len) break;
  }
  return total;
}
ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t offset) { return placed_parts(fd, parts, count, offset); }
ssize_t pwritev64(int fd, const struct iovec *parts, int count, off64_t offset) { return placed_parts(fd, parts, count, offset); }

/* Programs fall back to reading and writing, which is recorded. */
ssize_t copy_file_range(int in, off64_t *in_at, int out, off64_t *out_at, size_t count, unsigned flags) {
  static ssize_t (*real)(int, off64_t *, int, off64_t *, size_t, unsigned);
  if (!real) real = REAL(copy_file_range);
  if (!follows(out)) return real(in, in_at, out, out_at, count, flags);
  errno = EXDEV;
  return -1;
}
static ssize_t sent(int out, int in, off64_t *at, size_t count) {
  static ssize_t (*real)(int, int, off64_t *, size_t);
  if (!real) real = (ssize_t (*)(int, int, off64_t *, size_t))dlsym(RTLD_NEXT, "sendfile64");
  if (!follows(out)) return real(out, in, at, count);
  errno = EINVAL;
  return -1;
}
ssize_t sendfile(int out, int in, off_t *at, size_t count) { return sent(out, in, (off64_t *)at, count); }
ssize_t sendfile64(int out, int in, off64_t *at, size_t count) { return sent(out, in, at, count); }

static int cut(int fd, off64_t size) {
  static int (*real)(int, off64_t);
  if (!real) real = REAL(ftruncate64);
  if (!follows(fd)) return real(fd, size);
  LOCKED;
  int result = real(fd, size);
  if (result == 0) note(TRUNCATE, fd, size, 0, NULL, 0, NULL);
  UNLOCKED;
  return result;
}
int ftruncate(int fd, off_t size) { return cut(fd, size); }
int ftruncate64(int fd, off64_t size) { return cut(fd, size); }
int truncate(const char *path, off_t size) {
  int fd = open(path, O_WRONLY);
  if (fd < 0) return -1;
  int result = cut(fd, size);
  close(fd);
  return result;
}

/* Noted when it has returned: only then is anything promised. */
#define SYNCS(name)                              \
  int name(int fd) {                             \
    static int (*real)(int);                     \
    if (!real) real = REAL(name);                \
    if (!follows(fd)) return real(fd);           \
    LOCKED;                                      \
    int result = real(fd);                       \
    if (result == 0) note(SYNC, fd, 0, 0, NULL, 0, NULL); \
    UNLOCKED;                                    \
    return result;                               \
  }
SYNCS(fsync)
SYNCS(fdatasync)

static int renamed(int from_at, const char *from, int to_at, const char *to, unsigned flags) {
  static int (*real)(int, const char *, int, const char *, unsigned);
  if (!real) real = REAL(renameat2);
  char old[PATH_MAX], new[PATH_MAX];
  int leaves = inside(from_at, from, old), comes = inside(to_at, to, new);
  if (!leaves && !comes) return real(from_at, from, to_at, to, flags);
  if (!leaves || !comes) fail("a file was moved across the border of the folder");
  LOCKED;
  int result = real(from_at, from, to_at, to, flags);
  if (result == 0) note(RENAME, -1, 0, 0, old, strlen(old), new);
  UNLOCKED;
  return result;
}
int rename(const char *from, const char *to) { return renamed(AT_FDCWD, from, AT_FDCWD, to, 0); }
int renameat(int from_at, const char *from, int to_at, const char *to) { return renamed(from_at, from, to_at, to, 0); }
int renameat2(int from_at, const char *from, int to_at, const char *to, unsigned flags) {
  return renamed(from_at, from, to_at, to, flags);
}

int link(const char *from, const char *to) {
  static int (*real)(const char *, const char *);
  if (!real) real = REAL(link);
  char old[PATH_MAX], new[PATH_MAX];
  if (!inside(AT_FDCWD, from, old) || !inside(AT_FDCWD, to, new)) return real(from, to);
  LOCKED;
  int result = real(from, to);
  if (result == 0) note(LINK, -1, 0, 0, old, strlen(old), new);
  UNLOCKED;
  return result;
}

int unlinkat(int at, const char *path, int flags) {
  static int (*real)(int, const char *, int);
  if (!real) real = REAL(unlinkat);
  char full[PATH_MAX];
  if (!inside(at, path, full)) return real(at, path, flags);
  LOCKED;
  int result = real(at, path, flags);
  if (result == 0) note(UNLINK, -1, 0, 0, full, strlen(full), NULL);
  UNLOCKED;
  return result;
}
int unlink(const char *path) { return unlinkat(AT_FDCWD, path, 0); }
int rmdir(const char *path) { return unlinkat(AT_FDCWD, path, AT_REMOVEDIR); }

int mkdir(const char *path, mode_t mode) {
  static int (*real)(const char *, mode_t);
  if (!real) real = REAL(mkdir);
  char full[PATH_MAX];
  if (!inside(AT_FDCWD, path, full)) return real(path, mode);
  LOCKED;
  int result = real(path, mode);
  if (result == 0) note(MKDIR, -1, 0, 0, full, strlen(full), NULL);
  UNLOCKED;
  return result;
}

/* What is written through a map is not seen: whoever reads the trace must know which files that concerns. */
static void *mapped(void *at, size_t length, int protection, int flags, int fd, off64_t offset) {
  static void *(*real)(void *, size_t, int, int, int, off64_t);
  if (!real) real = REAL(mmap64);
  void *result = real(at, length, protection, flags, fd, offset);
  if (follows(fd) && result != MAP_FAILED && (flags & MAP_SHARED) && (protection & PROT_WRITE)) {
    LOCKED;
    note(SHARED_MAP, fd, 0, 0, NULL, 0, NULL);
    UNLOCKED;
  }
  return result;
}
void *mmap(void *at, size_t length, int protection, int flags, int fd, off_t offset) {
  return mapped(at, length, protection, flags, fd, offset);
}
void *mmap64(void *at, size_t length, int protection, int flags, int fd, off64_t offset) {
  return mapped(at, length, protection, flags, fd, offset);
}

/* A second number for the same file would be a write that nobody follows. */
int dup(int fd) {
  static int (*real)(int);
  if (!real) real = REAL(dup);
  if (follows(fd)) fail("a followed file was duplicated");
  return real(fd);
}
