/* Runs a fuzz target once over every file of the directories it is given: the regression test of
 * what fuzzing has found. Prints TAP; a crash names the file in the line before it. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/base.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void replay(const char *path)
{
	FILE *file = fopen(path, "rb");
	AUTO(auto_free) uint8_t *data = NULL;
	struct stat about;
	size_t n;

	if (!file || fstat(fileno(file), &about) < 0 || !S_ISREG(about.st_mode)) {
		if (file)
			fclose(file);
		return;
	}
	/* Exactly as long as the input, so that a sanitizer sees one byte too far. */
	data = malloc((size_t)about.st_size ? (size_t)about.st_size : 1);
	n = data ? fread(data, 1, (size_t)about.st_size, file) : 0;
	fclose(file);
	printf("# %s\n", path);
	fflush(stdout);
	LLVMFuzzerTestOneInput(data, n);
}

int main(int argc, char **argv)
{
	printf("1..%d\n", argc - 1);
	for (int i = 1; i < argc; i++) {
		DIR *directory = opendir(argv[i]);
		const struct dirent *entry;
		unsigned n = 0;

		while (directory && (entry = readdir(directory))) {
			char path[4096];

			if (entry->d_name[0] == '.')
				continue;
			snprintf(path, sizeof(path), "%s/%s", argv[i], entry->d_name);
			replay(path);
			n++;
		}
		if (directory)
			closedir(directory);
		printf("%sok %d - %u inputs of %s\n", n ? "" : "not ", i, n, argv[i]);
	}
	return 0;
}
