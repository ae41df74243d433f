#include "fake_switch.h"

#include "unit.h"

enum { ASKED_MAX = 64 };

struct fs_node fake_node;

static struct {
	char command[ESL_COMMAND_MAX];
	esl_reply_h *h;
	void *arg;
} asked[ASKED_MAX];
static size_t n_asked;
static bool is_up;
static unsigned wakes; /* several threads */

int fake_set_up(void **state)
{
	int failed = fixture_set_up(state);

	assert_true(uuid_parse(CUST1_ID, &fixture.cust1.tenant));
	assert_true(uuid_parse(CUST2_ID, &fixture.cust2.tenant));
	fake_node = (struct fs_node){.name = "fs1", .esl = (struct esl *)&is_up};
	n_asked = 0;
	is_up = false;
	fake_woken();
	return failed;
}

int fake_tear_down(void **state)
{
	assert_int_equal(n_asked, 0);
	return fixture_tear_down(state);
}

void *fake_open(const struct fs_part *part)
{
	void *state = NULL;

	assert_int_equal(part->open(&fake_node, &state, NULL), ERROR_OK);
	return state;
}

void fake_up(const struct fs_part *part, void *state, bool up)
{
	is_up = up;
	if (up)
		part->up(state);
	else
		part->down(state);
}

void fake_event(const struct fs_part *part, void *state, const char *format, ...)
{
	struct esl_event *event;
	char text[4096];
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	assert_in_range(n, 1, sizeof(text) - 1);
	event = esl_event_new(text, (size_t)n);
	assert_non_null(event);
	part->event(state, event);
	esl_event_free(event);
}

const char *fake_next(void)
{
	return n_asked ? asked[0].command : "";
}

static void answer_first(const char *body)
{
	esl_reply_h *h = asked[0].h;
	void *arg = asked[0].arg;

	memmove(asked, asked + 1, --n_asked * sizeof(*asked));
	if (h)
		h(fake_node.esl, body, body ? strlen(body) : 0, arg);
}

void fake_answer(const char *command, const char *body)
{
	assert_int_equal(strncmp(fake_next(), command, strlen(command)), 0);
	answer_first(body);
}

void fake_lose(void)
{
	while (n_asked)
		answer_first(NULL);
}

unsigned fake_woken(void)
{
	return __atomic_exchange_n(&wakes, 0, __ATOMIC_SEQ_CST);
}

/* ---- what the part calls ---- */

void __wrap_esl_api(struct esl *esl, esl_reply_h *h, void *arg, const char *format, ...)
{
	va_list args;

	if (!is_up) {
		if (h)
			h(esl, NULL, 0, arg);
		return;
	}
	assert_true(n_asked < ASKED_MAX);
	va_start(args, format);
	vsnprintf(asked[n_asked].command, sizeof(asked[n_asked].command), format, args);
	va_end(args);
	asked[n_asked].h = h;
	asked[n_asked++].arg = arg;
}

bool __wrap_esl_is_up(const struct esl *esl)
{
	(void)esl;
	return is_up;
}

void __wrap_esl_wake(struct esl *esl)
{
	(void)esl;
	__atomic_fetch_add(&wakes, 1, __ATOMIC_SEQ_CST);
}

enum directory_answer __wrap_directory_peek_tenant(struct directory *directory,
                                                   const struct uuid *tenant,
                                                   struct snapshot **ret_snapshot);

enum directory_answer __wrap_directory_peek_tenant(struct directory *directory,
                                                   const struct uuid *tenant,
                                                   struct snapshot **ret_snapshot)
{
	const char *domain = uuid_equal(tenant, &fixture.cust1.tenant)   ? "cust1.pbx.test"
	                     : uuid_equal(tenant, &fixture.cust2.tenant) ? "cust2.pbx.test"
	                                                                 : "";

	return directory_peek_domain(directory, domain, ret_snapshot);
}
