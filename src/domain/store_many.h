/* What the parts of store_create_many share. For domain/store_many*.c only. */
#ifndef CENTREX_DOMAIN_STORE_MANY_H
#define CENTREX_DOMAIN_STORE_MANY_H

#include "domain/store_parts.h"

/* The rows as the statements take them: [{"i": index, "row": {...}}]; n is a row, i_ its index. */
#define MANY_GIVEN                                                                                 \
	"with g as materialized (select (a.value ->> 'i')::bigint as i_, n.* from"                 \
	" jsonb_array_elements($1::jsonb) as a, lateral jsonb_populate_record(null::%s,"           \
	" a.value -> 'row') as n) "

struct many {
	const struct store_call *call;
	json_t *const *rows;
	size_t n;
	bool *faulty; /* by row */
	struct store_fault *faults;
	size_t faults_max, n_kept, n_faults; /* n_faults: kept or not */
};

/* True for what is wrong with a row, and not with everything. */
bool many_is_fault(enum error_code code);
void many_fault(struct many *many, size_t row, enum error_code code, const char *field,
                const char *message);

/* What C can check, row by row; then names of other rows become their ids; then what only the
 * database can see, behind the lock. Faults are no errors here. */
MUST_CHECK enum error_code many_check(struct many *many, struct error *err);
MUST_CHECK enum error_code many_resolve(struct many *many, struct error *err);
MUST_CHECK enum error_code many_check_in_database(struct many *many, struct tx *tx,
                                                  struct error *err);

/* Which columns of a row are set, as a mask of fields. */
uint32_t many_columns(const struct resource *resource, const json_t *row);
/* The rows in [first, end) that are not at fault and have these columns (0: any), as MANY_GIVEN
 * takes them; NULL: no memory. */
char *many_dump(const struct many *many, size_t first, size_t end, uint32_t columns);

#endif
