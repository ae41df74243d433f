#include "domain/directory_table.h"

#include <string.h>

enum { FIRST_LISTS = 64 };

static struct entry_list *find_list(const struct directory_table *table, struct entry_list *lists,
                                    const void *name, size_t n)
{
	uint64_t hash;

	_Static_assert(sizeof(hash) == crypto_shorthash_BYTES, "a list is chosen by 64 bits");
	crypto_shorthash((uint8_t *)&hash, name, n, table->key);
	return &lists[hash & (table->n_lists - 1)];
}

static struct entry_list *tenant_list(const struct directory_table *table,
                                      const struct uuid *tenant)
{
	return find_list(table, table->tenants, tenant, sizeof(*tenant));
}

static struct entry_list *domain_list(const struct directory_table *table, const char *domain)
{
	return find_list(table, table->domains, domain, strlen(domain));
}

static enum error_code make_lists(struct directory_table *table, size_t n_lists)
{
	struct entry_list *tenants = calloc(n_lists, sizeof(*tenants));
	struct entry_list *domains = calloc(n_lists, sizeof(*domains));

	if (!tenants || !domains) {
		free(tenants);
		free(domains);
		return ERROR_MEMORY;
	}
	table->tenants = tenants;
	table->domains = domains;
	table->n_lists = n_lists;
	return ERROR_OK;
}

enum error_code directory_table_init(struct directory_table *table)
{
	*table = (struct directory_table){0};
	randombytes_buf(table->key, sizeof(table->key));
	return make_lists(table, FIRST_LISTS);
}

static void link_entry(struct directory_table *table, struct entry *entry)
{
	LIST_INSERT_HEAD(tenant_list(table, &entry->tenant), entry, by_tenant);
	if (entry->snapshot)
		LIST_INSERT_HEAD(domain_list(table, entry->snapshot->domain), entry, by_domain);
}

/* Without memory for it the lists only get longer. */
static void grow(struct directory_table *table)
{
	struct directory_table before = *table;

	if (make_lists(table, before.n_lists * 2) != ERROR_OK)
		return;
	for (size_t i = 0; i < before.n_lists; i++) {
		struct entry *entry = LIST_FIRST(&before.tenants[i]);

		while (entry) {
			struct entry *next = LIST_NEXT(entry, by_tenant);

			link_entry(table, entry);
			entry = next;
		}
	}
	free(before.tenants);
	free(before.domains);
}

struct entry *directory_table_tenant(const struct directory_table *table, const struct uuid *tenant)
{
	struct entry *entry;

	LIST_FOREACH(entry, tenant_list(table, tenant), by_tenant)
	if (uuid_equal(&entry->tenant, tenant))
		return entry;
	return NULL;
}

struct entry *directory_table_domain(const struct directory_table *table, const char *domain)
{
	struct entry *entry;

	LIST_FOREACH(entry, domain_list(table, domain), by_domain)
	if (!strcmp(entry->snapshot->domain, domain))
		return entry;
	return NULL;
}

struct entry *directory_table_add(struct directory_table *table, const struct uuid *tenant)
{
	struct entry *entry = calloc(1, sizeof(*entry));

	if (!entry)
		return NULL;
	entry->tenant = *tenant;
	if (table->n >= table->n_lists)
		grow(table);
	link_entry(table, entry);
	table->n++;
	return entry;
}

static void forget_snapshot(struct directory_table *table, struct entry *entry)
{
	if (!entry->snapshot)
		return;
	LIST_REMOVE(entry, by_domain);
	table->n_snapshots--;
	table->bytes -= entry->snapshot->bytes;
	snapshot_unref(entry->snapshot);
	entry->snapshot = NULL;
}

void directory_table_set(struct directory_table *table, struct entry *entry,
                         struct snapshot *snapshot)
{
	/* Always anew, to the front: where a domain has just moved from one tenant to another, the
	 * one loaded last has it. */
	forget_snapshot(table, entry);
	entry->snapshot = snapshot;
	table->n_snapshots++;
	table->bytes += snapshot->bytes;
	LIST_INSERT_HEAD(domain_list(table, snapshot->domain), entry, by_domain);
}

void directory_table_remove(struct directory_table *table, struct entry *entry)
{
	LIST_REMOVE(entry, by_tenant);
	forget_snapshot(table, entry);
	table->n--;
	entry->gone = true;
	if (!entry->users)
		free(entry);
}

void directory_table_release(struct entry *entry)
{
	entry->users--;
	if (entry->gone && !entry->users)
		free(entry);
}

void directory_table_clear(struct directory_table *table)
{
	for (size_t i = 0; i < table->n_lists; i++)
		while (!LIST_EMPTY(&table->tenants[i]))
			directory_table_remove(table, LIST_FIRST(&table->tenants[i]));
	free(table->tenants);
	free(table->domains);
	*table = (struct directory_table){0};
}
