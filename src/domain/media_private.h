/* For domain/media_*.c only. */
#ifndef CENTREX_DOMAIN_MEDIA_PRIVATE_H
#define CENTREX_DOMAIN_MEDIA_PRIVATE_H

#include <pthread.h>

#include "domain/media.h"

#define MEDIA_DRAFT_PREFIX ".upload-"

enum { MEDIA_RENDITIONS = 3, MEDIA_PATH_MAX = 80, MEDIA_FORMAT_MAX = 8 };

extern const unsigned media_rates[MEDIA_RENDITIONS]; /* Hz */

struct uploads {
	struct uploads_config config;
	pthread_mutex_t lock;
	pthread_cond_t freed;
	unsigned running, waiting;
};

/* A tenant's directory: <directory>/<schema>. */
void media_tenant_path(const char *directory, const struct uuid *tenant, struct text *out);
/* "tenant_<32 hex>"; false: it is no such name. */
bool media_parse_schema(const char *name, struct uuid *ret_tenant);
/* A file below it; one that is not there, or only over a symbolic link, is no error. */
MUST_CHECK enum error_code media_remove_file(const char *directory, const struct uuid *tenant,
                                             const char *path, struct error *err);
/* What is called so in it, with all that is in that. */
MUST_CHECK enum error_code media_remove(const char *directory, const struct uuid *tenant,
                                        const char *name, struct error *err);

/* domain/media_draft.c: the directory of one upload. All descriptors are its own. */
struct media_draft {
	struct uuid id;
	int tenant, directory;
	struct text path;          /* of the directory, as it is called now */
	char name[MEDIA_PATH_MAX]; /* the same, below the tenant's */
	char original_name[MEDIA_PATH_MAX];
	int original, report, peaks, renditions[MEDIA_RENDITIONS];
};

/* Holds off media_sweep until it is cleared. */
MUST_CHECK enum error_code media_draft_open(const char *directory, const struct uuid *tenant,
                                            struct media_draft *ret_draft, struct error *err);
/* The original gets its name by its format; everything is synced and stands under its id. */
MUST_CHECK enum error_code media_draft_publish(struct media_draft *draft, const char *format,
                                               struct error *err);
/* Removes it, published or not. */
void media_draft_abandon(struct media_draft *draft);
void media_draft_clear(struct media_draft *draft);

/* domain/media_convert.c: what the converter found. */
struct media_found {
	char format[MEDIA_FORMAT_MAX];
	int64_t sample_rate, channels, duration_ms;
	bool has_peak, has_mean; /* false: silence */
	double peak_db, mean_db;
	uint64_t bytes[MEDIA_RENDITIONS];
	uint64_t peaks_bytes;
};

/* Runs the converter on draft; most_bytes: of all it writes. Waits for a place first. */
MUST_CHECK enum error_code media_convert(struct uploads *uploads, const struct media_upload *upload,
                                         const struct media_draft *draft, uint64_t most_bytes,
                                         struct media_found *ret_found, struct error *err);

#endif
