/* Fails the N-th call that concerns a folder. Preloaded, so it reaches Python, Rust and C++ alike. See faults.py. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

enum { OPEN, READ, WRITE, SHORT, FSYNC, RENAME, CLOSE, TRUNCATE, UNLINK, MKDIR, CALLS };

static char folder[PATH_MAX], struck[PATH_MAX];
static size_t length;
static long counts[CALLS], wanted;
static int armed = -1, number;
static __thread int inside;

/* From now on the calls below `where` are counted, and the `nth` one of `call` ends with `error`,
   or the whole process with it where that is 0. */
void faults_arm(const char *where, int call, long nth, int error)
{
    snprintf(folder, sizeof folder, "%s", where);
    memset(counts, 0, sizeof counts);
    wanted = nth, number = error, armed = call, length = strlen(folder);
}

long faults_count(int call) { return counts[call]; }
const char *faults_struck(void) { return struck; }

static int strikes(int call, const char *path)
{
    if (!length || inside || strncmp(path, folder, length))
        return 0;
    long count = __atomic_add_fetch(&counts[call], 1, __ATOMIC_RELAXED);
    if (call != armed || count != wanted)
        return 0;
    snprintf(struck, sizeof struck, "%s", path);
    if (!number)
        kill(getpid(), SIGKILL);
    errno = number;
    return 1;
}

static void of_descriptor(int descriptor, char *path)
{
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    int kept = errno;
    ssize_t size = readlink(link, path, PATH_MAX - 1);
    errno = kept;
    path[size > 0 ? size : 0] = 0;
}

static void whole(int at, const char *name, char *path)
{
    if (name[0] == '/') {
        snprintf(path, PATH_MAX, "%s", name);
    } else if (at == AT_FDCWD) {
        if (!getcwd(path, PATH_MAX)) path[0] = 0;
        snprintf(path + strlen(path), PATH_MAX - strlen(path), "/%s", name);
    } else {
        of_descriptor(at, path);
        snprintf(path + strlen(path), PATH_MAX - strlen(path), "/%s", name);
    }
}

static int on_path(int call, int at, const char *name)
{
    char path[PATH_MAX];
    if (!length) return 0;
    whole(at, name, path);
    return strikes(call, path);
}

static int on_descriptor(int call, int descriptor)
{
    char path[PATH_MAX];
    if (!length) return 0;
    of_descriptor(descriptor, path);
    return strikes(call, path);
}

#define REAL(result, name, ...) static result (*real)(__VA_ARGS__); if (!real) real = dlsym(RTLD_NEXT, #name)
#define MODE int mode = 0; if (flags & (O_CREAT | O_TMPFILE)) { va_list more; va_start(more, flags); mode = va_arg(more, int); va_end(more); }

int open(const char *p, int flags, ...) { REAL(int, open, const char *, int, ...); MODE return on_path(OPEN, AT_FDCWD, p) ? -1 : real(p, flags, mode); }
int open64(const char *p, int flags, ...) { REAL(int, open64, const char *, int, ...); MODE return on_path(OPEN, AT_FDCWD, p) ? -1 : real(p, flags, mode); }
int openat(int at, const char *p, int flags, ...) { REAL(int, openat, int, const char *, int, ...); MODE return on_path(OPEN, at, p) ? -1 : real(at, p, flags, mode); }
int openat64(int at, const char *p, int flags, ...) { REAL(int, openat64, int, const char *, int, ...); MODE return on_path(OPEN, at, p) ? -1 : real(at, p, flags, mode); }
FILE *fopen(const char *p, const char *m) { REAL(FILE *, fopen, const char *, const char *); return on_path(OPEN, AT_FDCWD, p) ? NULL : real(p, m); }
FILE *fopen64(const char *p, const char *m) { REAL(FILE *, fopen64, const char *, const char *); return on_path(OPEN, AT_FDCWD, p) ? NULL : real(p, m); }

ssize_t read(int f, void *b, size_t n) { REAL(ssize_t, read, int, void *, size_t); return on_descriptor(READ, f) ? -1 : real(f, b, n); }
ssize_t pread64(int f, void *b, size_t n, off64_t o) { REAL(ssize_t, pread64, int, void *, size_t, off64_t); return on_descriptor(READ, f) ? -1 : real(f, b, n, o); }
ssize_t readv(int f, const struct iovec *v, int n) { REAL(ssize_t, readv, int, const struct iovec *, int); return on_descriptor(READ, f) ? -1 : real(f, v, n); }
size_t fread(void *b, size_t s, size_t n, FILE *f) { REAL(size_t, fread, void *, size_t, size_t, FILE *); return on_descriptor(READ, fileno(f)) ? 0 : real(b, s, n, f); }

ssize_t write(int f, const void *b, size_t n)
{
    REAL(ssize_t, write, int, const void *, size_t);
    if (on_descriptor(WRITE, f)) return -1;
    return real(f, b, n > 1 && on_descriptor(SHORT, f) ? n / 2 : n);
}
ssize_t pwrite64(int f, const void *b, size_t n, off64_t o) { REAL(ssize_t, pwrite64, int, const void *, size_t, off64_t); return on_descriptor(WRITE, f) ? -1 : real(f, b, n, o); }
ssize_t writev(int f, const struct iovec *v, int n) { REAL(ssize_t, writev, int, const struct iovec *, int); return on_descriptor(WRITE, f) ? -1 : real(f, v, n); }
size_t fwrite(const void *b, size_t s, size_t n, FILE *f) { REAL(size_t, fwrite, const void *, size_t, size_t, FILE *); return on_descriptor(WRITE, fileno(f)) ? 0 : real(b, s, n, f); }
ssize_t sendfile64(int to, int from, off64_t *o, size_t n) { REAL(ssize_t, sendfile64, int, int, off64_t *, size_t); return on_descriptor(WRITE, to) ? -1 : real(to, from, o, n); }
ssize_t sendfile(int to, int from, off_t *o, size_t n) { REAL(ssize_t, sendfile, int, int, off_t *, size_t); return on_descriptor(WRITE, to) ? -1 : real(to, from, o, n); }
ssize_t copy_file_range(int from, off64_t *a, int to, off64_t *b, size_t n, unsigned f) { REAL(ssize_t, copy_file_range, int, off64_t *, int, off64_t *, size_t, unsigned); return on_descriptor(WRITE, to) ? -1 : real(from, a, to, b, n, f); }

int fsync(int f) { REAL(int, fsync, int); return on_descriptor(FSYNC, f) ? -1 : real(f); }
int fdatasync(int f) { REAL(int, fdatasync, int); return on_descriptor(FSYNC, f) ? -1 : real(f); }
int rename(const char *a, const char *b) { REAL(int, rename, const char *, const char *); return on_path(RENAME, AT_FDCWD, b) ? -1 : real(a, b); }
int renameat(int x, const char *a, int y, const char *b) { REAL(int, renameat, int, const char *, int, const char *); return on_path(RENAME, y, b) ? -1 : real(x, a, y, b); }
/* A close that fails has closed all the same, as on Linux. */
int close(int f) { REAL(int, close, int); int no = on_descriptor(CLOSE, f), is = real(f); if (no) errno = number; return no ? -1 : is; }
int fclose(FILE *f) { REAL(int, fclose, FILE *); int no = on_descriptor(CLOSE, fileno(f)), is = real(f); if (no) errno = number; return no ? EOF : is; }
int truncate64(const char *p, off64_t n) { REAL(int, truncate64, const char *, off64_t); return on_path(TRUNCATE, AT_FDCWD, p) ? -1 : real(p, n); }
int ftruncate64(int f, off64_t n) { REAL(int, ftruncate64, int, off64_t); return on_descriptor(TRUNCATE, f) ? -1 : real(f, n); }
int posix_fallocate64(int f, off64_t o, off64_t n) { REAL(int, posix_fallocate64, int, off64_t, off64_t); return on_descriptor(TRUNCATE, f) ? number : real(f, o, n); }
int unlink(const char *p) { REAL(int, unlink, const char *); return on_path(UNLINK, AT_FDCWD, p) ? -1 : real(p); }
int unlinkat(int at, const char *p, int f) { REAL(int, unlinkat, int, const char *, int); return on_path(UNLINK, at, p) ? -1 : real(at, p, f); }
int rmdir(const char *p) { REAL(int, rmdir, const char *); return on_path(UNLINK, AT_FDCWD, p) ? -1 : real(p); }
int mkdir(const char *p, mode_t m) { REAL(int, mkdir, const char *, mode_t); return on_path(MKDIR, AT_FDCWD, p) ? -1 : real(p, m); }
int mkdirat(int at, const char *p, mode_t m) { REAL(int, mkdirat, int, const char *, mode_t); return on_path(MKDIR, at, p) ? -1 : real(at, p, m); }
