/*
 * Moves the wall clock of a process by the seconds that the file CLOCK_OFFSET_FILE holds (8 bytes of
 * this machine's order), at any time, for scripts/torture:
 *
 *   cc -shared -fPIC -o clock.so torture-clock.c -ldl
 *   LD_PRELOAD=clock.so CLOCK_OFFSET_FILE=FILE program
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>

static const volatile int64_t *offset;
static int (*real_clock_gettime)(clockid_t, struct timespec *);

__attribute__((constructor)) static void begin(void) {
  const char *path = getenv("CLOCK_OFFSET_FILE");
  int file = path == NULL ? -1 : open(path, O_RDONLY | O_CLOEXEC);
  real_clock_gettime = dlsym(RTLD_NEXT, "clock_gettime");
  if (file >= 0) {
    void *at = mmap(NULL, sizeof *offset, PROT_READ, MAP_SHARED, file, 0);
    offset = at == MAP_FAILED ? NULL : at;
  }
}

int clock_gettime(clockid_t clock, struct timespec *time) {
  if (real_clock_gettime == NULL) {
    real_clock_gettime = dlsym(RTLD_NEXT, "clock_gettime");
  }
  int result = real_clock_gettime(clock, time);
  if (result == 0 && clock == CLOCK_REALTIME && offset != NULL) {
    time->tv_sec += *offset;
  }
  return result;
}

int gettimeofday(struct timeval *restrict time, void *restrict zone) {
  (void)zone;
  struct timespec now;
  int result = clock_gettime(CLOCK_REALTIME, &now);
  time->tv_sec = now.tv_sec;
  time->tv_usec = now.tv_nsec / 1000;
  return result;
}

time_t time(time_t *to) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (to != NULL) {
    *to = now.tv_sec;
  }
  return now.tv_sec;
}
