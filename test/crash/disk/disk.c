// A disk that can be looked at and can fail, for any program that is started with LD_PRELOAD of this library.
//
//   DISK_FOLDER   what is written to files of this folder (not deeper, and not to *-shm) is recorded ...
//   DISK_LOG      ... in this file, in the order in which it happened: see disk-log.ts for the form of a record.
//   DISK_CONTROL  seven 32-bit numbers, read while the program runs: how many of the next syncs of recorded files fail with EIO; by how many microseconds each sync
//                          is slower; before how many more writes, truncations and syncs of recorded files the program is killed (1: before the next; 0: never);
//                          the same, counting only writes to a file that ends in .db; and of what threads beside the first do, how many of the next writes to a
//                          file that ends in .db, syncs of it, and syncs of any other recorded file fail with EIO.
//   DISK_SYNC_DELAY_US  the same delay, fixed, for a program of which nothing is recorded.
//
// An operation and its record are one step under a mutex, the operation first: so a program that is killed in between has at most one operation done and not recorded.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { OP_OPEN = 1, OP_WRITE, OP_TRUNCATE, OP_SYNC, OP_SYNC_FAILED, OP_UNLINK, OP_RENAME, OP_SYNC_FOLDER };
enum { UNKNOWN = 0, FILE_OF_FOLDER, THE_FOLDER };
enum { DESCRIPTORS_MAX = 65536 };
enum {
  FAIL_SYNCS = 0,
  DELAY_US,
  DIE_AT_OPERATION,
  DIE_AT_BOOKS_WRITE,
  FAIL_BESIDE_BOOKS_WRITES,
  FAIL_BESIDE_BOOKS_SYNCS,
  FAIL_BESIDE_OTHER_SYNCS,
  CONTROLS
};

struct head {
  uint32_t op;
  uint32_t created;
  uint64_t file;
  uint64_t offset;
  uint64_t length;
};

static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;
static char folder[PATH_MAX];
static size_t folder_length;
static int log_descriptor = -1;
static volatile int32_t *control;
static int32_t fixed_delay_us;
static struct { uint8_t what; uint8_t is_books; uint64_t inode; } descriptors[DESCRIPTORS_MAX];

static int (*real_open)(const char *, int, ...);
static int (*real_openat)(int, const char *, int, ...);
static int (*real_close)(int);
static ssize_t (*real_write)(int, const void *, size_t);
static ssize_t (*real_writev)(int, const struct iovec *, int);
static ssize_t (*real_pwrite)(int, const void *, size_t, off_t);
static ssize_t (*real_pwritev)(int, const struct iovec *, int, off_t);
static int (*real_ftruncate)(int, off_t);
static int (*real_fsync)(int);
static int (*real_fdatasync)(int);
static int (*real_unlink)(const char *);
static int (*real_rename)(const char *, const char *);

__attribute__((constructor)) static void begin(void) {
  real_open = dlsym(RTLD_NEXT, "open64");
  real_openat = dlsym(RTLD_NEXT, "openat64");
  real_close = dlsym(RTLD_NEXT, "close");
  real_write = dlsym(RTLD_NEXT, "write");
  real_writev = dlsym(RTLD_NEXT, "writev");
  real_pwrite = dlsym(RTLD_NEXT, "pwrite64");
  real_pwritev = dlsym(RTLD_NEXT, "pwritev64");
  real_ftruncate = dlsym(RTLD_NEXT, "ftruncate64");
  real_fsync = dlsym(RTLD_NEXT, "fsync");
  real_fdatasync = dlsym(RTLD_NEXT, "fdatasync");
  real_unlink = dlsym(RTLD_NEXT, "unlink");
  real_rename = dlsym(RTLD_NEXT, "rename");

  const char *delay = getenv("DISK_SYNC_DELAY_US");
  if (delay != NULL) fixed_delay_us = atoi(delay);
  const char *watched = getenv("DISK_FOLDER");
  const char *log = getenv("DISK_LOG");
  if (watched == NULL || log == NULL) return;
  if (realpath(watched, folder) == NULL) abort();
  folder_length = strlen(folder);
  log_descriptor = real_open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (log_descriptor < 0) abort();
  const char *control_file = getenv("DISK_CONTROL");
  if (control_file == NULL) return;
  int descriptor = real_open(control_file, O_RDWR | O_CLOEXEC);
  if (descriptor < 0) abort();
  void *map = mmap(NULL, CONTROLS * sizeof(int32_t), PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
  if (map == MAP_FAILED) abort();
  control = map;
  real_close(descriptor);
}

// A program of which something is not recorded would be judged wrongly: better none at all.
static void record(uint32_t op, uint32_t created, uint64_t file, uint64_t offset, const void *bytes, size_t length) {
  struct head head = {op, created, file, offset, length};
  struct iovec parts[2] = {{&head, sizeof head}, {(void *)bytes, length}};
  if (real_writev(log_descriptor, parts, 2) != (ssize_t)(sizeof head + length)) abort();
}

static void count_down(int which) {
  if (control[which] > 0 && (control[which] -= 1) == 0) kill(getpid(), SIGKILL);
}

// The moment at which the power may go, before an operation of a recorded file. Called in turn.
static void perhaps_die(int descriptor, int is_write) {
  if (control == NULL) return;
  count_down(DIE_AT_OPERATION);
  if (is_write && descriptors[descriptor].is_books) count_down(DIE_AT_BOOKS_WRITE);
}

// Whether this one is to fail, because a thread beside the first does it. Called in turn.
static int fails_beside(int which) {
  if (control == NULL || control[which] <= 0 || syscall(SYS_gettid) == getpid()) return 0;
  control[which] -= 1;
  return 1;
}

// The name within the folder, or NULL for what is elsewhere or is not recorded.
static const char *name_of(const char *path, char *whole) {
  if (log_descriptor < 0 || path == NULL) return NULL;
  if (path[0] != '/') {
    char here[PATH_MAX];
    if (getcwd(here, sizeof here) == NULL) return NULL;
    if (snprintf(whole, PATH_MAX, "%s/%s", here, path) >= PATH_MAX) return NULL;
    path = whole;
  }
  if (strncmp(path, folder, folder_length) != 0 || path[folder_length] != '/') return NULL;
  const char *name = path + folder_length + 1;
  size_t length = strlen(name);
  if (length == 0 || strchr(name, '/') != NULL) return NULL;
  if (length >= 4 && strcmp(name + length - 4, "-shm") == 0) return NULL;
  return name;
}

static int is_folder(const char *path) { return log_descriptor >= 0 && path != NULL && strcmp(path, folder) == 0; }

// A descriptor may have been closed by a way that does not lead through here, and be something else by now.
static int what_is(int descriptor) {
  if (log_descriptor < 0 || descriptor < 0 || descriptor >= DESCRIPTORS_MAX) return UNKNOWN;
  if (descriptors[descriptor].what == UNKNOWN) return UNKNOWN;
  struct stat status;
  int before = errno;
  if (fstat(descriptor, &status) != 0 || status.st_ino != descriptors[descriptor].inode) {
    descriptors[descriptor].what = UNKNOWN;
  }
  errno = before;
  return descriptors[descriptor].what;
}

static int open_and_record(const char *path, int flags, mode_t mode) {
  char whole[PATH_MAX];
  const char *name = name_of(path, whole);
  if (name == NULL) {
    int descriptor = real_open(path, flags, mode);
    struct stat status;
    if (descriptor >= 0 && descriptor < DESCRIPTORS_MAX && is_folder(path) && fstat(descriptor, &status) == 0) {
      descriptors[descriptor].what = THE_FOLDER;
      descriptors[descriptor].inode = status.st_ino;
    }
    return descriptor;
  }
  pthread_mutex_lock(&turn);
  int is_new = (flags & O_CREAT) != 0 && access(path, F_OK) != 0;
  int descriptor = real_open(path, flags, mode);
  int failed = errno;
  struct stat status;
  if (descriptor >= 0 && descriptor < DESCRIPTORS_MAX && fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode)) {
    descriptors[descriptor].what = FILE_OF_FOLDER;
    descriptors[descriptor].inode = status.st_ino;
    size_t length = strlen(name);
    descriptors[descriptor].is_books = length > 3 && strcmp(name + length - 3, ".db") == 0;
    record(OP_OPEN, (uint32_t)is_new, status.st_ino, 0, name, strlen(name));
    if (flags & O_TRUNC) record(OP_TRUNCATE, 0, status.st_ino, 0, NULL, 0);
  }
  pthread_mutex_unlock(&turn);
  errno = failed;
  return descriptor;
}

static mode_t mode_of(int flags, va_list more) {
  int has_mode = (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE;
  return has_mode ? va_arg(more, mode_t) : 0;
}

int open64(const char *path, int flags, ...) {
  va_list more;
  va_start(more, flags);
  mode_t mode = mode_of(flags, more);
  va_end(more);
  return open_and_record(path, flags, mode);
}

int open(const char *path, int flags, ...) {
  va_list more;
  va_start(more, flags);
  mode_t mode = mode_of(flags, more);
  va_end(more);
  return open_and_record(path, flags, mode);
}

int openat(int at, const char *path, int flags, ...) {
  va_list more;
  va_start(more, flags);
  mode_t mode = mode_of(flags, more);
  va_end(more);
  return path[0] == '/' ? open_and_record(path, flags, mode) : real_openat(at, path, flags, mode);
}

int close(int descriptor) {
  if (descriptor >= 0 && descriptor < DESCRIPTORS_MAX) descriptors[descriptor].what = UNKNOWN;
  return real_close(descriptor);
}

ssize_t pwrite64(int descriptor, const void *bytes, size_t length, off_t offset) {
  if (what_is(descriptor) != FILE_OF_FOLDER) return real_pwrite(descriptor, bytes, length, offset);
  pthread_mutex_lock(&turn);
  perhaps_die(descriptor, 1);
  int is_to_fail = descriptors[descriptor].is_books && fails_beside(FAIL_BESIDE_BOOKS_WRITES);
  ssize_t written = is_to_fail ? -1 : real_pwrite(descriptor, bytes, length, offset);
  int failed = is_to_fail ? EIO : errno;
  if (written > 0) record(OP_WRITE, 0, descriptors[descriptor].inode, (uint64_t)offset, bytes, (size_t)written);
  pthread_mutex_unlock(&turn);
  errno = failed;
  return written;
}

ssize_t pwrite(int descriptor, const void *bytes, size_t length, off_t offset) {
  return pwrite64(descriptor, bytes, length, offset);
}

ssize_t write(int descriptor, const void *bytes, size_t length) {
  if (what_is(descriptor) != FILE_OF_FOLDER) return real_write(descriptor, bytes, length);
  pthread_mutex_lock(&turn);
  perhaps_die(descriptor, 1);
  ssize_t written = real_write(descriptor, bytes, length);
  int failed = errno;
  if (written > 0) {
    off_t end = lseek(descriptor, 0, SEEK_CUR);
    record(OP_WRITE, 0, descriptors[descriptor].inode, (uint64_t)(end - written), bytes, (size_t)written);
  }
  pthread_mutex_unlock(&turn);
  errno = failed;
  return written;
}

ssize_t writev(int descriptor, const struct iovec *parts, int count) {
  if (what_is(descriptor) != FILE_OF_FOLDER) return real_writev(descriptor, parts, count);
  ssize_t total = 0;
  for (int part = 0; part < count; part += 1) {
    ssize_t written = write(descriptor, parts[part].iov_base, parts[part].iov_len);
    if (written < 0) return total > 0 ? total : written;
    total += written;
    if ((size_t)written < parts[part].iov_len) break;
  }
  return total;
}

ssize_t pwritev64(int descriptor, const struct iovec *parts, int count, off_t offset) {
  if (what_is(descriptor) != FILE_OF_FOLDER) return real_pwritev(descriptor, parts, count, offset);
  ssize_t total = 0;
  for (int part = 0; part < count; part += 1) {
    ssize_t written = pwrite64(descriptor, parts[part].iov_base, parts[part].iov_len, offset + total);
    if (written < 0) return total > 0 ? total : written;
    total += written;
    if ((size_t)written < parts[part].iov_len) break;
  }
  return total;
}

ssize_t pwritev(int descriptor, const struct iovec *parts, int count, off_t offset) {
  return pwritev64(descriptor, parts, count, offset);
}

int ftruncate64(int descriptor, off_t length) {
  if (what_is(descriptor) != FILE_OF_FOLDER) return real_ftruncate(descriptor, length);
  pthread_mutex_lock(&turn);
  perhaps_die(descriptor, 0);
  int result = real_ftruncate(descriptor, length);
  int failed = errno;
  if (result == 0) record(OP_TRUNCATE, 0, descriptors[descriptor].inode, (uint64_t)length, NULL, 0);
  pthread_mutex_unlock(&turn);
  errno = failed;
  return result;
}

int ftruncate(int descriptor, off_t length) { return ftruncate64(descriptor, length); }

static int sync_and_record(int descriptor, int (*real)(int)) {
  int32_t delay_us = control != NULL ? control[DELAY_US] : fixed_delay_us;
  if (delay_us > 0) usleep((useconds_t)delay_us);
  int what = what_is(descriptor);
  if (what == UNKNOWN) return real(descriptor);
  pthread_mutex_lock(&turn);
  if (what == FILE_OF_FOLDER) perhaps_die(descriptor, 0);
  int result;
  int failed = 0;
  int is_of_all = what == FILE_OF_FOLDER && control != NULL && control[FAIL_SYNCS] > 0;
  if (is_of_all) control[FAIL_SYNCS] -= 1;
  int beside = descriptors[descriptor].is_books ? FAIL_BESIDE_BOOKS_SYNCS : FAIL_BESIDE_OTHER_SYNCS;
  if (is_of_all || (what == FILE_OF_FOLDER && fails_beside(beside))) {
    record(OP_SYNC_FAILED, 0, descriptors[descriptor].inode, 0, NULL, 0);
    failed = EIO;
    result = -1;
  } else {
    result = real(descriptor);
    failed = errno;
    if (result == 0) record(what == THE_FOLDER ? OP_SYNC_FOLDER : OP_SYNC, 0, descriptors[descriptor].inode, 0, NULL, 0);
  }
  pthread_mutex_unlock(&turn);
  errno = failed;
  return result;
}

int fsync(int descriptor) { return sync_and_record(descriptor, real_fsync); }

int fdatasync(int descriptor) { return sync_and_record(descriptor, real_fdatasync); }

int unlink(const char *path) {
  char whole[PATH_MAX];
  const char *name = name_of(path, whole);
  if (name == NULL) return real_unlink(path);
  pthread_mutex_lock(&turn);
  int result = real_unlink(path);
  int failed = errno;
  if (result == 0) record(OP_UNLINK, 0, 0, 0, name, strlen(name));
  pthread_mutex_unlock(&turn);
  errno = failed;
  return result;
}

int rename(const char *from, const char *to) {
  char whole_from[PATH_MAX];
  char whole_to[PATH_MAX];
  const char *name_from = name_of(from, whole_from);
  const char *name_to = name_of(to, whole_to);
  if (name_from == NULL && name_to == NULL) return real_rename(from, to);
  // Into the folder or out of it: nothing that is measured does that.
  if (name_from == NULL || name_to == NULL) abort();
  char both[2 * PATH_MAX];
  int length = snprintf(both, sizeof both, "%s/%s", name_from, name_to);
  pthread_mutex_lock(&turn);
  int result = real_rename(from, to);
  int failed = errno;
  if (result == 0) record(OP_RENAME, 0, 0, 0, both, (size_t)length);
  pthread_mutex_unlock(&turn);
  errno = failed;
  return result;
}
