// Preloaded into a program: makes calls of the C library on files in a folder fail, as a disk, a quota or a network
// file system may.
//
//   NIB_FAULT_FOLDER   the folder, an absolute path without links; calls elsewhere are neither counted nor disturbed
//   NIB_FAULT_CALL     open, read, write, fsync, rename, close or chmod
//   NIB_FAULT_NUMBER   which of those calls fails, from 1; 0: each of them
//   NIB_FAULT_ERROR    the errno that it fails with
//   NIB_FAULT_MARK     a file, outside the folder, that is made when a call has failed
#undef _FORTIFY_SOURCE // its open() is an inline function

#include <atomic>
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define NIB_SHOWN extern "C" __attribute__((visibility("default")))

namespace {

std::atomic<long> count = 0;

bool is_inside(const char* path)
{
    const char* folder = std::getenv("NIB_FAULT_FOLDER");
    return folder != nullptr && std::strncmp(path, folder, std::strlen(folder)) == 0;
}

bool is_inside(int file)
{
    char name[64], path[4096];
    std::snprintf(name, sizeof name, "/proc/self/fd/%d", file);
    const ssize_t size = readlink(name, path, sizeof path - 1);
    if (size <= 0) return false;
    path[size] = '\0';
    return is_inside(path);
}

bool is_inside(int folder, const char* path)
{
    return path[0] != '/' && folder != AT_FDCWD ? is_inside(folder) : is_inside(path);
}

// Whether this call of that name is the one to fail; sets errno then.
bool fails(const char* call)
{
    const char *chosen = std::getenv("NIB_FAULT_CALL"), *number = std::getenv("NIB_FAULT_NUMBER");
    const char *error = std::getenv("NIB_FAULT_ERROR"), *mark = std::getenv("NIB_FAULT_MARK");
    if (chosen == nullptr || number == nullptr || error == nullptr || std::strcmp(chosen, call) != 0) return false;
    const long wanted = std::atol(number), now = ++count;
    if (wanted != 0 && wanted != now) return false;
    if (mark != nullptr) {
        const long file = syscall(SYS_openat, AT_FDCWD, mark, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
        if (file >= 0) syscall(SYS_close, file);
    }
    errno = std::atoi(error);
    return true;
}

// The function that this file's replaces.
template <class Function>
Function* next_of(Function*, const char* name)
{
    return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}
#define NEXT(name) next_of(&(name), #name)

mode_t mode_of(int flags, va_list arguments) { return (flags & O_CREAT) != 0 ? va_arg(arguments, mode_t) : 0; }

} // namespace

#define NIB_OPEN(name)                                                                                                 \
    NIB_SHOWN int name(const char* path, int flags, ...)                                                               \
    {                                                                                                                  \
        va_list arguments;                                                                                             \
        va_start(arguments, flags);                                                                                    \
        const mode_t mode = mode_of(flags, arguments);                                                                 \
        va_end(arguments);                                                                                             \
        return is_inside(path) && fails("open") ? -1 : NEXT(name)(path, flags, mode);                                  \
    }
NIB_OPEN(open)
NIB_OPEN(open64)

#define NIB_OPENAT(name)                                                                                               \
    NIB_SHOWN int name(int folder, const char* path, int flags, ...)                                                   \
    {                                                                                                                  \
        va_list arguments;                                                                                             \
        va_start(arguments, flags);                                                                                    \
        const mode_t mode = mode_of(flags, arguments);                                                                 \
        va_end(arguments);                                                                                             \
        return is_inside(folder, path) && fails("open") ? -1 : NEXT(name)(folder, path, flags, mode);                  \
    }
NIB_OPENAT(openat)
NIB_OPENAT(openat64)

#define NIB_FOPEN(name)                                                                                                \
    NIB_SHOWN FILE* name(const char* path, const char* mode)                                                           \
    {                                                                                                                  \
        return is_inside(path) && fails("open") ? nullptr : NEXT(name)(path, mode);                                    \
    }
NIB_FOPEN(fopen)
NIB_FOPEN(fopen64)

NIB_SHOWN ssize_t read(int file, void* bytes, size_t size)
{
    return is_inside(file) && fails("read") ? -1 : NEXT(read)(file, bytes, size);
}

NIB_SHOWN ssize_t write(int file, const void* bytes, size_t size)
{
    return is_inside(file) && fails("write") ? -1 : NEXT(write)(file, bytes, size);
}

NIB_SHOWN ssize_t writev(int file, const iovec* parts, int n)
{
    return is_inside(file) && fails("write") ? -1 : NEXT(writev)(file, parts, n);
}

NIB_SHOWN int fsync(int file) { return is_inside(file) && fails("fsync") ? -1 : NEXT(fsync)(file); }

NIB_SHOWN int fchmod(int file, mode_t mode) noexcept
{
    return is_inside(file) && fails("chmod") ? -1 : NEXT(fchmod)(file, mode);
}

NIB_SHOWN int rename(const char* from, const char* to) noexcept
{
    return is_inside(to) && fails("rename") ? -1 : NEXT(rename)(from, to);
}

NIB_SHOWN int renameat(int from_folder, const char* from, int to_folder, const char* to) noexcept
{
    return is_inside(to_folder, to) && fails("rename") ? -1 : NEXT(renameat)(from_folder, from, to_folder, to);
}

// The file is closed all the same, as on Linux.
NIB_SHOWN int close(int file)
{
    const bool inside = is_inside(file);
    const int result = NEXT(close)(file);
    return inside && fails("close") ? -1 : result;
}

NIB_SHOWN int fclose(FILE* file)
{
    const bool inside = is_inside(fileno(file));
    const int result = NEXT(fclose)(file);
    return inside && fails("close") ? EOF : result;
}
