#include "domain/store_parts.h"

enum error_code store_create_many(const struct store_call *call, json_t *const *rows, size_t n,
                                  bool dry_run, struct store_fault *ret_faults, size_t faults_max,
                                  size_t *ret_n_faults, struct text *ret_rows, struct error *err)
{
	(void)call;
	(void)rows;
	(void)n;
	(void)dry_run;
	(void)ret_faults;
	(void)faults_max;
	(void)ret_n_faults;
	(void)ret_rows;
	return error_set(err, ERROR_INTERNAL, NULL, "importing is not there yet");
}
