#include "fixture.h"

#include <strings.h>

#include "freeswitch/ha1.h"
#include "unit.h"

struct fixture fixture;

static struct extension cust1_extensions[] = {
	{.number = "101", .auth_password = "c1-secret-101-of-some-length", .context = "default"},
	{.number = "102", .auth_password = "c1-secret-102-of-some-length", .context = "default"},
	{.number = "103", .auth_password = "c1-secret-103-of-some-length", .context = "default"},
};
static struct extension cust2_extensions[] = {
	{.number = "101", .auth_password = "c2-secret-101-of-some-length", .context = "default"},
	{.number = "102", .auth_password = "c2-secret-102-of-some-length", .context = "default"},
};
/* Their names sort as they do. */
static const struct extension *const cust1_names[] = {&cust1_extensions[0], &cust1_extensions[1],
                                                      &cust1_extensions[2]};
static const struct extension *const cust2_names[] = {&cust2_extensions[0], &cust2_extensions[1]};

static const char *const cust1_uuids[] = {CUST1_101, CUST1_102, CUST1_103};
static const char *const cust2_uuids[] = {CUST2_101, CUST2_102};

static const struct sound cust1_sounds[] = {
	{{{1}}, "moh", "waltz.mp3",  "tenant_1/01000000-0000-0000-0000-000000000000"},
	{{{2}}, "ivr", "closed.wav", "tenant_1/02000000-0000-0000-0000-000000000000"},
};
static const struct queue_member support_members[] = {
	{&cust1_extensions[1], 1, 1},
	{&cust1_extensions[2], 1, 2},
};
static const struct queue_member sales_members[] = {
	{&cust1_extensions[2], 2, 3},
};
static const struct queue cust1_queues[] = {
	{.name = "Sales team",                   .strategy = QUEUE_ROUND_ROBIN, .music = MUSIC_SILENCE},
	{ .name = "sales",
         .strategy = QUEUE_ROUND_ROBIN,
         .music = MUSIC_DEFAULT,
         .n_members = COUNT_OF(sales_members),
         .members = sales_members},
	{						    .name = "support",
         .strategy = QUEUE_RING_ALL,
         .music = MUSIC_SOUND,
         .sound = &cust1_sounds[0],
         .n_members = COUNT_OF(support_members),
         .members = support_members},
};
static const struct number cust1_numbers[] = {
	{"*98",     .extension = &cust1_extensions[1]},
        {"+431234", .extension = &cust1_extensions[1]},
	{"7000",    .queue = &cust1_queues[0]        },
        {"7001",    .queue = &cust1_queues[2]        },
	{"7002",    .queue = &cust1_queues[1]        },
        {"7100",    .sound = &cust1_sounds[1]        },
};
static const struct queue_member cust2_members[] = {
	{&cust2_extensions[0], 1, 1}
};
static const struct queue cust2_queues[] = {
	{.name = "support",
         .strategy = QUEUE_RING_ALL,
         .music = MUSIC_DEFAULT,
         .n_members = COUNT_OF(cust2_members),
         .members = cust2_members},
};

static int references; /* that the code under test has not given back */

static void lay_out(struct snapshot *snapshot, const char *domain, struct extension *extensions,
                    const struct extension *const *names, const char *const *uuids, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		assert_true(uuid_parse(uuids[i], &extensions[i].auth_username));
		extensions[i].id = extensions[i].auth_username;
	}
	*snapshot = (struct snapshot){
		.domain = domain,
		.n_extensions = n,
		.extensions = extensions,
		.by_auth_username = names,
	};
}

int fixture_set_up(void **state)
{
	(void)state;
	fixture = (struct fixture){
		.lookup.settings = {.profile = "internal",
	                            .media = "/var/lib/centrex",
	                            .media_below = "/media",
	                            .ring_s = 60},
		.lookup.md5 = ha1_open(),
	};
	lay_out(&fixture.cust1, "cust1.pbx.test", cust1_extensions, cust1_names, cust1_uuids,
	        COUNT_OF(cust1_uuids));
	lay_out(&fixture.cust2, "cust2.pbx.test", cust2_extensions, cust2_names, cust2_uuids,
	        COUNT_OF(cust2_uuids));
	fixture.cust1.queues = cust1_queues;
	fixture.cust1.n_queues = COUNT_OF(cust1_queues);
	fixture.cust1.sounds = cust1_sounds;
	fixture.cust1.n_sounds = COUNT_OF(cust1_sounds);
	fixture.cust1.numbers = cust1_numbers;
	fixture.cust1.n_numbers = COUNT_OF(cust1_numbers);
	fixture.cust1.ring_s = 20;
	fixture.cust2.queues = cust2_queues;
	fixture.cust2.n_queues = COUNT_OF(cust2_queues);
	references = 0;
	return 0;
}

int fixture_tear_down(void **state)
{
	(void)state;
	text_clear(&fixture.document);
	lookup_clear(&fixture.lookup);
	return references ? -1 : 0;
}

enum lookup_result fixture_ask(enum lookup_section section, const char *form)
{
	text_reset(&fixture.document);
	return lookup_answer(&fixture.lookup, section, form, strlen(form), true, &fixture.document);
}

const char *fixture_value(const char *element, const char *name)
{
	static char value[1024];
	char begin[256];
	const char *at;
	size_t n;

	snprintf(begin, sizeof(begin), "<%s name=\"%s\" value=\"", element, name);
	at = strstr(text_string(&fixture.document), begin);
	if (!at)
		return NULL;
	at += strlen(begin);
	n = strcspn(at, "\"");
	assert_true(n < sizeof(value));
	memcpy(value, at, n);
	value[n] = '\0';
	return value;
}

/* The directory. */

static enum directory_answer hit(struct snapshot *snapshot, struct snapshot **ret_snapshot)
{
	if (!snapshot)
		return DIRECTORY_ABSENT;
	references++;
	*ret_snapshot = snapshot;
	return DIRECTORY_HIT;
}

static struct snapshot *by_domain(const char *domain)
{
	struct snapshot *const all[] = {&fixture.cust1, &fixture.cust2};
	size_t n = strlen(domain);

	if (n && domain[n - 1] == '.')
		n--;
	for (size_t i = 0; i < COUNT_OF(all); i++)
		if (strlen(all[i]->domain) == n && !strncasecmp(all[i]->domain, domain, n))
			return all[i];
	return NULL;
}

static struct snapshot *by_name(const struct uuid *name)
{
	if (snapshot_by_auth_username(&fixture.cust1, name))
		return &fixture.cust1;
	return snapshot_by_auth_username(&fixture.cust2, name) ? &fixture.cust2 : NULL;
}

static enum error_code find(struct snapshot *snapshot, struct snapshot **ret_snapshot)
{
	if (fixture.state == FIXTURE_AWAY)
		return ERROR_UNAVAILABLE;
	return hit(snapshot, ret_snapshot) == DIRECTORY_HIT ? ERROR_OK : ERROR_NOT_FOUND;
}

enum directory_answer __wrap_directory_peek_domain(struct directory *directory, const char *domain,
                                                   struct snapshot **ret_snapshot)
{
	(void)directory;
	return fixture.state ? DIRECTORY_ASK : hit(by_domain(domain), ret_snapshot);
}

enum directory_answer __wrap_directory_peek_auth_username(struct directory *directory,
                                                          const struct uuid *auth_username,
                                                          struct snapshot **ret_snapshot)
{
	(void)directory;
	return fixture.state ? DIRECTORY_ASK : hit(by_name(auth_username), ret_snapshot);
}

enum error_code __wrap_directory_find_domain(struct directory *directory, const char *domain,
                                             struct snapshot **ret_snapshot, struct error *err)
{
	(void)directory;
	(void)err;
	return find(by_domain(domain), ret_snapshot);
}

enum error_code __wrap_directory_find_auth_username(struct directory *directory,
                                                    const struct uuid *auth_username,
                                                    struct snapshot **ret_snapshot,
                                                    struct error *err)
{
	(void)directory;
	(void)err;
	return find(by_name(auth_username), ret_snapshot);
}

bool __wrap_directory_each(struct directory *directory, directory_h *h, void *arg)
{
	(void)directory;
	if (fixture.no_memory)
		return false;
	if (h(&fixture.cust1, arg))
		h(&fixture.cust2, arg);
	return true;
}

void __wrap_directory_counts(struct directory *directory, struct directory_counts *ret_counts)
{
	(void)directory;
	*ret_counts = (struct directory_counts){.tenants = 2, .warm = !fixture.warming};
}

struct snapshot *__wrap_snapshot_ref(struct snapshot *snapshot)
{
	references++;
	return snapshot;
}

void __wrap_snapshot_unref(struct snapshot *snapshot)
{
	references -= snapshot ? 1 : 0;
}

void __wrap_snapshot_auto_unref(struct snapshot **snapshot)
{
	references -= *snapshot ? 1 : 0;
}
