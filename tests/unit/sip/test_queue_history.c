#include "sip/queue_history.h"
#include "unit.h"

enum { SECOND = 1000000 };

static const struct uuid anna = {{1}}, ben = {{2}};
static const struct queue queue = {
	.id = {{9}}, .name = "Sup\"port", .settings = {.service_level_s = 20}};

/* The stays that are done; free() it. */
static char *stays(const struct queue_history *history)
{
	struct text all = {0};

	queue_history_json(history, &all);
	assert_false(all.failed);
	return text_take(&all);
}

static size_t count(const char *text, const char *piece)
{
	size_t n = 0;

	for (text = strstr(text, piece); text; text = strstr(text + 1, piece))
		n++;
	return n;
}

static void who_answers_has_the_call_and_others_rang_in_vain(void **state)
{
	struct cdr_queue_left left;
	struct queue_history history = {0};
	struct queue_offer *first, *second;
	char *json;

	(void)state;
	queue_history_join(&history, &queue, 100 * SECOND);
	first = queue_history_offer(&history, &anna, "101", 101 * SECOND);
	second = queue_history_offer(&history, &ben, "102", 102 * SECOND);
	assert_ptr_equal(queue_history_open_offer(&history, &ben), second);
	queue_history_answered(&history, second, 105 * SECOND, &left);
	assert_true(first->ended);
	assert_null(queue_history_open_offer(&history, &anna));
	queue_history_end(&history, "normal", 165 * SECOND);

	json = stays(&history);
	assert_int_equal(count(json, "\"queue_name\":\"Sup\\\"port\""), 1);
	assert_int_equal(count(json, "\"outcome\":\"answered\",\"reason\":\"normal\""), 1);
	assert_int_equal(count(json, "\"answered_by\":\"102\",\"agent_id\":\"02000000-"), 1);
	assert_int_equal(count(json, "\"in_service_level\":true"), 1);
	assert_int_equal(count(json, "\"extension\":"), 2);
	assert_int_equal(count(json, "\"outcome\":\"elsewhere\",\"talk_ms\":0}"), 1);
	assert_int_equal(count(json, "\"outcome\":\"answered\",\"talk_ms\":60000}"), 1);
	free(json);
	queue_history_clear(&history);
}

static void each_queue_a_call_was_in_is_a_stay(void **state)
{
	struct queue_history history = {0};
	struct queue_offer *offer;
	char *json;

	(void)state;
	queue_history_join(&history, &queue, 100 * SECOND);
	offer = queue_history_offer(&history, &anna, "101", 101 * SECOND);
	queue_history_offer_end(offer, OFFER_BUSY, 102 * SECOND);
	queue_history_offer_end(offer, OFFER_WITHDRAWN, 103 * SECOND); /* it has ended */
	assert_non_null(queue_history_offer(&history, &anna, "101", 104 * SECOND));
	queue_history_leave(&history, "overflowed", "max_wait", 130 * SECOND);
	queue_history_leave(&history, "abandoned", "cancelled", 131 * SECOND); /* none is open */
	queue_history_join(&history, &queue, 130 * SECOND);
	queue_history_leave(&history, "abandoned", "cancelled", 140 * SECOND);
	queue_history_end(&history, "normal", 141 * SECOND);

	json = stays(&history);
	assert_int_equal(count(json, "\"queue_name\""), 2);
	assert_int_equal(count(json, "},{\"id\""), 2); /* two offers, two stays */
	assert_int_equal(count(json, "\"outcome\":\"overflowed\",\"reason\":\"max_wait\""), 1);
	assert_int_equal(count(json, "\"outcome\":\"abandoned\",\"reason\":\"cancelled\""), 1);
	assert_int_equal(count(json, "\"answered_by\":null,\"agent_id\":null"), 2);
	assert_int_equal(count(json, "\"outcome\":\"busy\""), 1);
	assert_int_equal(count(json, "\"outcome\":\"withdrawn\""), 1);
	assert_int_equal(count(json, "\"offers\":[]"), 1);
	free(json);
	queue_history_clear(&history);
}

static void late_is_out_of_the_service_level(void **state)
{
	struct cdr_queue_left left;
	struct queue_history history = {0};
	char *json;

	(void)state;
	queue_history_join(&history, &queue, 100 * SECOND);
	queue_history_answered(&history, queue_history_offer(&history, &anna, "101", 101 * SECOND),
	                       120 * SECOND + 1, &left);
	queue_history_end(&history, "normal", 130 * SECOND);
	json = stays(&history);
	assert_int_equal(count(json, "\"in_service_level\":false"), 1);
	free(json);
	queue_history_clear(&history);
}

static void offers_kept_are_bounded_and_the_answer_stays(void **state)
{
	struct cdr_queue_left left;
	struct queue_history history = {0};
	struct queue_offer *open, *last;
	char *json;

	(void)state;
	queue_history_join(&history, &queue, 100 * SECOND);
	open = queue_history_offer(&history, &ben, "102", 100 * SECOND);
	for (int i = 0; i < QUEUE_OFFERS_KEPT + 100; i++) {
		last = queue_history_offer(&history, &anna, "101", 101 * SECOND + i);
		queue_history_offer_end(last, OFFER_NO_ANSWER, 101 * SECOND + i);
	}
	assert_int_equal(history.n_offers, QUEUE_OFFERS_KEPT);
	assert_ptr_equal(queue_history_open_offer(&history, &ben), open);
	queue_history_answered(&history, open, 200 * SECOND, &left);
	queue_history_end(&history, "normal", 201 * SECOND);
	json = stays(&history);
	assert_int_equal(count(json, "\"extension\""), QUEUE_OFFERS_KEPT);
	assert_int_equal(count(json, "\"extension\":\"102\""), 1);
	free(json);
	queue_history_clear(&history);
}

/* More than 1 MiB the record would leave out as a whole. */
static void stays_of_many_offers_fit_into_the_record(void **state)
{
	struct cdr_queue_left left;
	struct queue_history history = {0};
	struct queue_offer *offer;
	char *json;

	(void)state;
	for (int stay = 0; stay < 5; stay++) {
		queue_history_join(&history, &queue, 100 * SECOND);
		for (int i = 0; i < QUEUE_OFFERS_KEPT - 1; i++) {
			offer = queue_history_offer(&history, &anna, "101", 101 * SECOND + i);
			queue_history_offer_end(offer, OFFER_NO_ANSWER, 101 * SECOND + i);
		}
		if (stay < 4)
			queue_history_leave(&history, "overflowed", "max_wait", 200 * SECOND);
	}
	offer = queue_history_offer(&history, &ben, "102", 200 * SECOND);
	queue_history_answered(&history, offer, 201 * SECOND, &left);
	queue_history_end(&history, "normal", 202 * SECOND);
	json = stays(&history);
	assert_in_range(strlen(json), 512 * 1024, (1 << 20) - 1);
	assert_int_equal(count(json, "\"queue_name\""), 5);
	assert_int_equal(count(json, "\"extension\":\"102\""), 1);
	free(json);
	queue_history_clear(&history);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_answers_has_the_call_and_others_rang_in_vain),
		cmocka_unit_test(each_queue_a_call_was_in_is_a_stay),
		cmocka_unit_test(late_is_out_of_the_service_level),
		cmocka_unit_test(offers_kept_are_bounded_and_the_answer_stays),
		cmocka_unit_test(stays_of_many_offers_fit_into_the_record),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
