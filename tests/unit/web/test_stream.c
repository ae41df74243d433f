#include <pthread.h>
#include <stdatomic.h>

#include "unit.h"
#include "web/stream_server.h"

struct reader {
	pthread_mutex_t lock;
	pthread_cond_t woken;
	bool parked;
};

static void park(void *arg)
{
	struct reader *reader = arg;

	pthread_mutex_lock(&reader->lock);
	reader->parked = true;
	pthread_mutex_unlock(&reader->lock);
}

static void wake(void *arg)
{
	struct reader *reader = arg;

	pthread_mutex_lock(&reader->lock);
	reader->parked = false;
	pthread_cond_signal(&reader->woken);
	pthread_mutex_unlock(&reader->lock);
}

/* Reads, waiting where there is nothing. */
static ptrdiff_t read_some(struct reader *reader, struct stream *stream, char *buffer, size_t room)
{
	ptrdiff_t n;

	while ((n = stream_read(stream, buffer, room, park, wake, reader)) == STREAM_WAITING) {
		pthread_mutex_lock(&reader->lock);
		while (reader->parked)
			pthread_cond_wait(&reader->woken, &reader->lock);
		pthread_mutex_unlock(&reader->lock);
	}
	return n;
}

static struct reader new_reader(void)
{
	return (struct reader){PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, false};
}

enum { BLOCKS = 3000, BLOCK = 1009 };

static void *write_much(void *arg)
{
	struct stream *stream = arg;
	char block[BLOCK];

	for (int i = 0; i < BLOCKS; i++) {
		memset(block, 'a' + i % 26, sizeof(block));
		if (stream_write(stream, block, sizeof(block), NULL) != ERROR_OK)
			break;
	}
	stream_finish(stream);
	stream_unref(stream);
	return NULL;
}

static void a_reader_gets_all_in_order_through_the_ring(void **state)
{
	struct reader reader = new_reader();
	struct stream *stream = NULL;
	pthread_t writer;
	char buffer[4096];
	uint64_t total = 0;
	ptrdiff_t n;

	(void)state;
	assert_int_equal(stream_new(&stream, NULL), ERROR_OK);
	stream_hold(stream);
	assert_int_equal(pthread_create(&writer, NULL, write_much, stream), 0);
	while ((n = read_some(&reader, stream, buffer, sizeof(buffer))) > 0)
		for (ptrdiff_t i = 0; i < n; i++, total++)
			assert_int_equal(buffer[i], 'a' + (int)(total / BLOCK % 26));
	assert_int_equal(n, STREAM_END);
	assert_int_equal(total, (uint64_t)BLOCKS * BLOCK);
	pthread_join(writer, NULL);
	stream_let_go(stream);
}

static void a_writer_is_told_that_the_client_is_gone(void **state)
{
	struct reader reader = new_reader();
	struct stream *stream = NULL;
	pthread_t writer;
	char buffer[4096];

	(void)state;
	assert_int_equal(stream_new(&stream, NULL), ERROR_OK);
	stream_hold(stream);
	assert_int_equal(pthread_create(&writer, NULL, write_much, stream), 0);
	assert_true(read_some(&reader, stream, buffer, sizeof(buffer)) > 0);
	stream_detach(stream);
	assert_true(stream_is_closed(stream));
	pthread_join(writer, NULL);
	stream_let_go(stream);
}

static void what_is_let_go_of_unfinished_is_cut_off(void **state)
{
	struct reader reader = new_reader();
	struct stream *stream = NULL;
	char buffer[16];

	(void)state;
	assert_int_equal(stream_new(&stream, NULL), ERROR_OK);
	stream_hold(stream);
	assert_true(stream_offer(stream, "abc", 3));
	stream_unref(stream);
	assert_int_equal(read_some(&reader, stream, buffer, sizeof(buffer)), 3);
	assert_int_equal(read_some(&reader, stream, buffer, sizeof(buffer)), STREAM_BROKEN);
	stream_let_go(stream);
}

static void an_offer_never_waits(void **state)
{
	struct stream *stream = NULL;
	static char block[STREAM_BYTES];

	(void)state;
	assert_int_equal(stream_new(&stream, NULL), ERROR_OK);
	stream_hold(stream);
	assert_true(stream_offer(stream, block, STREAM_BYTES - 1));
	assert_false(stream_offer(stream, "ab", 2));
	assert_true(stream_offer(stream, "a", 1));
	stream_break(stream);
	assert_false(stream_offer(stream, "", 0));
	stream_unref(stream);
	stream_let_go(stream);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_reader_gets_all_in_order_through_the_ring),
		cmocka_unit_test(a_writer_is_told_that_the_client_is_gone),
		cmocka_unit_test(what_is_let_go_of_unfinished_is_cut_off),
		cmocka_unit_test(an_offer_never_waits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
