#include <malloc.h>
#include <re.h>

#include "oom.h"
#include "sip/bindings.h"
#include "unit.h"

static struct uuid id(unsigned n)
{
	struct uuid uuid = {{0}};

	memcpy(uuid.bytes + 12, &n, sizeof(n));
	return uuid;
}

static struct bindings_key key(unsigned tenant, unsigned extension)
{
	return (struct bindings_key){.tenant = id(tenant),
	                             .extension = id(extension),
	                             .auth_username = id(extension + 1000000)};
}

static struct bindings_contact contact(const char *uri, const char *source, int64_t now_s,
                                       int64_t expires_s)
{
	struct bindings_contact contact = {
		.cseq = 1, .q = 1000, .registered_at = now_s, .expires_at = now_s + expires_s};

	pl_set_str(&contact.uri, uri);
	pl_set_str(&contact.call_id, "call@phone");
	pl_set_str(&contact.user_agent, "test");
	assert_int_equal(sa_set_str(&contact.received, source, 5060), 0);
	contact.target = contact.received;
	return contact;
}

static struct bindings *open_bindings(void)
{
	struct bindings *bindings;

	assert_int_equal(bindings_open(1000, &bindings, NULL), ERROR_OK);
	return bindings;
}

static bool put(struct bindings *bindings, struct bindings_key k, struct bindings_contact c)
{
	bool is_new;

	assert_int_equal(bindings_put(bindings, &k, &c, NULL, &is_new), ERROR_OK);
	return is_new;
}

static size_t count(struct bindings *bindings, struct bindings_key k, int64_t now_s)
{
	struct binding list[REGISTRAR_CONTACTS_MAX];

	return bindings_list(bindings, &k, now_s, list, COUNT_OF(list));
}

static void tenants_with_the_same_ids_do_not_meet(void **state)
{
	struct bindings *bindings = open_bindings();

	(void)state;
	assert_true(put(bindings, key(1, 7), contact("sip:7@h", "192.0.2.1", 1000, 60)));
	assert_int_equal(count(bindings, key(1, 7), 1000), 1);
	assert_int_equal(count(bindings, key(2, 7), 1000), 0);
	assert_int_equal(count(bindings, key(1, 8), 1000), 0);
	bindings_close(bindings);
}

static void refresh_remove_expire(void **state)
{
	struct bindings *bindings = open_bindings();
	struct bindings_key k = key(1, 7);
	struct sa source;

	(void)state;
	sa_set_str(&source, "192.0.2.1", 0);
	assert_true(put(bindings, k, contact("sip:7@h", "192.0.2.1", 1000, 60)));
	assert_false(put(bindings, k, contact("sip:7@h", "192.0.2.1", 1030, 60)));
	assert_false(put(bindings, k, contact("SIP:7@H", "192.0.2.1", 1030, 60)));
	assert_true(put(bindings, k, contact("sip:7@other", "192.0.2.1", 1030, 30)));
	assert_int_equal(count(bindings, k, 1030), 2);
	bindings_tick(bindings, 1061, NULL, NULL);
	assert_int_equal(count(bindings, k, 1061), 1);
	assert_true(bindings_hold_address(bindings, &source));
	put(bindings, k, contact("sip:7@h", "192.0.2.1", 1061, 0));
	assert_int_equal(count(bindings, k, 1061), 0);
	assert_false(bindings_hold_address(bindings, &source));
	bindings_close(bindings);
}

static void the_one_that_ends_first_gives_way(void **state)
{
	struct bindings *bindings = open_bindings();
	struct bindings_key k = key(1, 7);
	struct binding list[REGISTRAR_CONTACTS_MAX];
	char uri[32];

	(void)state;
	for (int i = 0; i <= REGISTRAR_CONTACTS_MAX; i++) {
		(void)re_snprintf(uri, sizeof(uri), "sip:%d@h", i);
		put(bindings, k, contact(uri, "192.0.2.1", 1000, i == 3 ? 60 : 300 + i));
	}
	assert_int_equal(bindings_list(bindings, &k, 1000, list, COUNT_OF(list)),
	                 REGISTRAR_CONTACTS_MAX);
	for (int i = 0; i < REGISTRAR_CONTACTS_MAX; i++)
		assert_string_not_equal(list[i].uri, "sip:3@h");
	bindings_close(bindings);
}

static void highest_q_comes_first(void **state)
{
	struct bindings *bindings = open_bindings();
	struct bindings_contact low = contact("sip:low@h", "192.0.2.1", 1000, 60);
	struct bindings_contact high = contact("sip:high@h", "192.0.2.1", 1000, 60);
	struct bindings_key k = key(1, 7);
	struct binding list[REGISTRAR_CONTACTS_MAX];

	(void)state;
	low.q = 100;
	put(bindings, k, low);
	put(bindings, k, high);
	assert_int_equal(bindings_list(bindings, &k, 1000, list, COUNT_OF(list)), 2);
	assert_string_equal(list[0].uri, "sip:high@h");
	bindings_close(bindings);
}

static void a_phone_that_names_itself_replaces_itself(void **state)
{
	struct bindings *bindings = open_bindings();
	struct bindings_contact before = contact("sip:7@old:1", "192.0.2.1", 1000, 60);
	struct bindings_contact after = contact("sip:7@new:2", "192.0.2.2", 1000, 60);
	struct sa source;

	(void)state;
	before.instance = after.instance = 4711;
	put(bindings, key(1, 7), before);
	put(bindings, key(1, 7), after);
	assert_int_equal(count(bindings, key(1, 7), 1000), 1);
	sa_set_str(&source, "192.0.2.1", 0);
	assert_false(bindings_hold_address(bindings, &source));
	bindings_close(bindings);
}

static void other_credentials_lose_the_bindings(void **state)
{
	struct bindings *bindings = open_bindings();
	struct bindings_key k = key(1, 7);

	(void)state;
	put(bindings, k, contact("sip:7@h", "192.0.2.1", 1000, 60));
	k.auth_username = id(5);
	assert_int_equal(count(bindings, k, 1000), 0);
	assert_int_equal(count(bindings, key(1, 7), 1000), 0);
	bindings_close(bindings);
}

static void call_id_and_cseq_decide_the_order(void **state)
{
	struct bindings *bindings = open_bindings();
	struct bindings_key k = key(1, 7);
	struct bindings_contact c = contact("sip:7@h", "192.0.2.1", 1000, 60);
	struct pl other = PL("other@phone");

	(void)state;
	c.cseq = 5;
	put(bindings, k, c);
	assert_int_equal(bindings_order(bindings, &k, &c.uri, &c.call_id, 4), BINDINGS_OLDER);
	assert_int_equal(bindings_order(bindings, &k, &c.uri, &c.call_id, 5), BINDINGS_SAME);
	assert_int_equal(bindings_order(bindings, &k, &c.uri, &c.call_id, 6), BINDINGS_NEWER);
	assert_int_equal(bindings_order(bindings, &k, &c.uri, &other, 1), BINDINGS_NEWER);
	assert_int_equal(bindings_order(bindings, &k, NULL, &c.call_id, 4), BINDINGS_OLDER);
	bindings_close(bindings);
}

static size_t batch(struct bindings *bindings, struct bindings_batch *ret_batch)
{
	assert_int_equal(bindings_next_batch(bindings, 100, ret_batch), ERROR_OK);
	return ret_batch->n;
}

static void finish(struct bindings *bindings, struct bindings_batch *done, bool ok)
{
	if (done->n)
		bindings_written(bindings, done, ok);
	bindings_batch_clear(done);
}

static void rows_are_written_once_and_again_when_that_failed(void **state)
{
	struct bindings *bindings = open_bindings();
	struct bindings_key k = key(1, 7);
	struct bindings_batch rows, none;

	(void)state;
	put(bindings, k, contact("sip:7@h", "192.0.2.1", 1000, 300));
	assert_int_equal(batch(bindings, &rows), 1);
	assert_string_equal(rows.rows[0].contact, "sip:7@h");
	assert_string_equal(rows.rows[0].received_address, "192.0.2.1");
	assert_false(rows.rows[0].removed);
	assert_int_equal(batch(bindings, &none), 0);
	finish(bindings, &none, true);
	finish(bindings, &rows, false);
	assert_int_equal(batch(bindings, &rows), 1);
	finish(bindings, &rows, true);

	/* A refresh soon after is not worth a write; a late one, or from elsewhere, is. */
	put(bindings, k, contact("sip:7@h", "192.0.2.1", 1050, 300));
	assert_int_equal(batch(bindings, &rows), 0);
	finish(bindings, &rows, true);
	put(bindings, k, contact("sip:7@h", "192.0.2.1", 1200, 300));
	assert_int_equal(batch(bindings, &rows), 1);
	finish(bindings, &rows, true);
	put(bindings, k, contact("sip:7@h", "192.0.2.9", 1201, 300));
	assert_int_equal(batch(bindings, &rows), 1);
	assert_string_equal(rows.rows[0].received_address, "192.0.2.9");
	finish(bindings, &rows, true);

	/* Gone: its row is deleted, once. */
	put(bindings, k, contact("sip:7@h", "192.0.2.9", 1202, 0));
	assert_int_equal(batch(bindings, &rows), 1);
	assert_true(rows.rows[0].removed);
	finish(bindings, &rows, true);
	assert_int_equal(batch(bindings, &rows), 0);
	finish(bindings, &rows, true);
	bindings_close(bindings);
}

static void what_comes_and_goes_unwritten_needs_no_row(void **state)
{
	struct bindings *bindings = open_bindings();
	struct bindings_batch rows;

	(void)state;
	put(bindings, key(1, 7), contact("sip:7@h", "192.0.2.1", 1000, 300));
	put(bindings, key(1, 7), contact("sip:7@h", "192.0.2.1", 1000, 0));
	assert_int_equal(batch(bindings, &rows), 0);
	finish(bindings, &rows, true);
	bindings_close(bindings);
}

static void removed_and_back_again_is_one_row(void **state)
{
	struct bindings *bindings = open_bindings();
	struct bindings_batch rows;

	(void)state;
	put(bindings, key(1, 7), contact("sip:7@h", "192.0.2.1", 1000, 300));
	assert_int_equal(batch(bindings, &rows), 1);
	/* While that is under way: gone and back. */
	put(bindings, key(1, 7), contact("sip:7@h", "192.0.2.1", 1000, 0));
	put(bindings, key(1, 7), contact("sip:7@h", "192.0.2.1", 1001, 300));
	finish(bindings, &rows, true);
	assert_int_equal(batch(bindings, &rows), 1);
	assert_false(rows.rows[0].removed);
	finish(bindings, &rows, true);
	bindings_close(bindings);
}

static bool keep_odd(const struct bindings_key *k, void *arg)
{
	unsigned n;

	(void)arg;
	memcpy(&n, k->extension.bytes + 12, sizeof(n));
	return n % 2;
}

static void the_sweep_sees_everyone(void **state)
{
	struct bindings *bindings = open_bindings();
	struct registrar_figures figures;

	(void)state;
	for (unsigned i = 0; i < 100; i++)
		put(bindings, key(1, i), contact("sip:7@h", "192.0.2.1", 1000, 300));
	for (int i = 0; i < 10; i++)
		bindings_sweep(bindings, 20, keep_odd, NULL);
	bindings_figures(bindings, &figures);
	assert_int_equal(figures.extensions, 50);
	assert_int_equal(figures.bindings, 50);
	bindings_close(bindings);
}

static void a_lost_connection_takes_a_phone_behind_a_nat(void **state)
{
	struct bindings *bindings = open_bindings();
	struct bindings_contact behind = contact("sip:7@10.0.0.5:5060", "192.0.2.1", 1000, 300);
	struct bindings_contact open = contact("sip:7@192.0.2.2:6000", "192.0.2.2", 1000, 300);
	struct bindings_key k = key(1, 7);
	struct contact *first, *second;
	struct binding list[REGISTRAR_CONTACTS_MAX];
	bool is_new;

	(void)state;
	behind.transport = open.transport = SIP_TRANSP_TCP;
	behind.connected = open.connected = true;
	assert_int_equal(bindings_put(bindings, &k, &behind, &first, &is_new), ERROR_OK);
	assert_int_equal(bindings_put(bindings, &k, &open, &second, &is_new), ERROR_OK);
	bindings_disconnected(first);
	bindings_disconnected(second);
	assert_int_equal(bindings_list(bindings, &k, 1000, list, COUNT_OF(list)), 1);
	assert_int_equal(sa_port(&list[0].target), 6000);
	assert_false(list[0].connected);
	bindings_close(bindings);
}

/* 100,000 phones: what the header promises. */
static void memory_a_phone(void **state)
{
	enum { PHONES = 100000 };
	struct bindings *bindings = open_bindings();
	size_t before = mallinfo2().uordblks;
	char uri[64];

	(void)state;
	for (unsigned i = 0; i < PHONES; i++) {
		(void)re_snprintf(uri, sizeof(uri), "sip:%05u@10.0.%u.%u:5060;transport=udp", i,
		                  i >> 8 & 255, i & 255);
		put(bindings, key(1, i), contact(uri, "192.0.2.1", 1000, 3600));
	}
	size_t each = (mallinfo2().uordblks - before) / PHONES;

	print_message("# %zu bytes a phone\n", each);
	assert_true(each < 700);
	bindings_close(bindings);
}

static enum error_code run_put(void *arg)
{
	struct bindings *bindings = arg;
	struct bindings_key k = key(9, 9);
	struct bindings_contact c = contact("sip:9@h", "192.0.2.1", 1000, 300);
	bool is_new;
	enum error_code code = bindings_put(bindings, &k, &c, NULL, &is_new);

	if (code == ERROR_OK)
		(void)bindings_remove_all(bindings, &k);
	return code;
}

static void memory_may_be_refused(void **state)
{
	struct bindings *bindings = open_bindings();
	struct uuid tenant = id(9);

	(void)state;
	/* The tenant's entry stays: made beforehand, so that nothing looks lost. */
	bindings_set_restored(bindings, &tenant);
	assert_true(oom_check(run_put, bindings) > 0);
	bindings_close(bindings);
}

static void a_contact_without_a_port_means_the_usual_one(void **state)
{
	static const struct {
		const char *uri;
		uint16_t port;
	} rows[] = {
		{"sip:101@192.0.2.1",                    5060},
		{"sip:101@192.0.2.1;transport=tcp",      5060},
		{"sip:101@192.0.2.1;transport=tls",      5061},
		{"sips:101@192.0.2.1",                   5061},
		{"sip:101@192.0.2.1:7000;transport=tls", 7000},
	};
	struct sa received, target;

	(void)state;
	assert_int_equal(sa_set_str(&received, "192.0.2.1", 40000), 0);
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		assert_true(bindings_reachable_at(rows[i].uri, &received, &target));
		assert_int_equal(sa_port(&target), rows[i].port);
	}
	assert_false(bindings_reachable_at("sip:101@192.0.2.2", &received, &target));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tenants_with_the_same_ids_do_not_meet),
		cmocka_unit_test(refresh_remove_expire),
		cmocka_unit_test(the_one_that_ends_first_gives_way),
		cmocka_unit_test(highest_q_comes_first),
		cmocka_unit_test(a_phone_that_names_itself_replaces_itself),
		cmocka_unit_test(other_credentials_lose_the_bindings),
		cmocka_unit_test(call_id_and_cseq_decide_the_order),
		cmocka_unit_test(rows_are_written_once_and_again_when_that_failed),
		cmocka_unit_test(what_comes_and_goes_unwritten_needs_no_row),
		cmocka_unit_test(removed_and_back_again_is_one_row),
		cmocka_unit_test(the_sweep_sees_everyone),
		cmocka_unit_test(a_lost_connection_takes_a_phone_behind_a_nat),
		cmocka_unit_test(a_contact_without_a_port_means_the_usual_one),
		cmocka_unit_test(memory_a_phone),
		cmocka_unit_test(memory_may_be_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
