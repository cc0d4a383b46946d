/* Preloaded: a file system without locks, as some NFS mounts are. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>

static int locks(int command) {
  return command == F_SETLK || command == F_SETLKW || command == F_OFD_SETLK;
}

typedef int (*fcntl_call)(int, int, ...);

static int call(const char* name, int descriptor, int command, void* argument) {
  if (locks(command)) {
    errno = ENOLCK;
    return -1;
  }
  return ((fcntl_call)dlsym(RTLD_NEXT, name))(descriptor, command, argument);
}

int fcntl(int descriptor, int command, ...) {
  va_list list;
  va_start(list, command);
  void* argument = va_arg(list, void*);
  va_end(list);
  return call("fcntl", descriptor, command, argument);
}

int fcntl64(int descriptor, int command, ...) {
  va_list list;
  va_start(list, command);
  void* argument = va_arg(list, void*);
  va_end(list);
  return call("fcntl64", descriptor, command, argument);
}
