/* Password hashes alone: so many threads for so many seconds, as src/domain/password.c asks for
 * them (Argon2id, 19 MiB, two passes). Prints {"rate": a second, "cpu_us": each}. */
#include <pthread.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum { PASSES = 2, MEMORY_BYTES = 19 * 1024 * 1024, THREADS_MAX = 64 };

static atomic_bool stop;
static atomic_ulong done;
static char stored[crypto_pwhash_STRBYTES];

static void *verify(void *arg)
{
	(void)arg;
	while (!atomic_load(&stop)) {
		if (crypto_pwhash_argon2id_str_verify(stored, "a password", 10) != 0)
			abort();
		atomic_fetch_add(&done, 1);
	}
	return NULL;
}

static double now_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
	unsigned threads = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 2;
	unsigned seconds = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 5;
	pthread_t running[THREADS_MAX];
	struct rusage used;
	double began, took, cpu_us;

	if (sodium_init() < 0 || threads > THREADS_MAX ||
	    crypto_pwhash_argon2id_str(stored, "a password", 10, PASSES, MEMORY_BYTES))
		return 1;
	began = now_s();
	for (unsigned i = 0; i < threads; i++)
		if (pthread_create(&running[i], NULL, verify, NULL))
			return 1;
	sleep(seconds);
	atomic_store(&stop, true);
	for (unsigned i = 0; i < threads; i++)
		pthread_join(running[i], NULL);
	took = now_s() - began;
	getrusage(RUSAGE_SELF, &used);
	cpu_us = (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1e6 +
	         (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec);
	printf("{\"rate\": %.2f, \"cpu_us\": %.1f}\n", (double)atomic_load(&done) / took,
	       cpu_us / (double)atomic_load(&done));
	return 0;
}
