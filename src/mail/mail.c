#include "mail/mail.h"

#include <curl/curl.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/queue.h>

#include "base/clock.h"
#include "base/condition.h"
#include "base/uuid.h"

enum { TIMEOUT_S = 30, CONNECT_S = 10, LAST_TIMEOUT_S = 3, RETRY_S = 10 };

struct waiting {
	TAILQ_ENTRY(waiting) in_queue;
	char to[MAIL_ADDRESS_MAX];
	struct text message;
};

struct mail {
	char *url, *from;
	char sender[MAIL_ADDRESS_MAX];
	unsigned timeout_s, retry_s;
	mail_lost_h *lost;
	void *arg;
	pthread_mutex_t mutex;
	pthread_cond_t wake;
	TAILQ_HEAD(, waiting) queue;
	size_t n;
	bool closing;
	bool started;
	bool gave_up; /* the process ends and the server does not answer */
	pthread_t thread;
};

static void waiting_free(struct waiting *waiting)
{
	if (!waiting)
		return;
	/* It holds a link that is as good as a password. */
	if (waiting->message.data)
		explicit_bzero(waiting->message.data, waiting->message.length);
	text_clear(&waiting->message);
	free(waiting);
}

/* --- one try --------------------------------------------------------------------------------- */

struct reading {
	const struct text *message;
	size_t at;
};

static size_t give(char *buffer, size_t size, size_t n, void *arg)
{
	struct reading *reading = arg;
	size_t left = reading->message->length - reading->at;
	size_t some = left < size * n ? left : size * n;

	memcpy(buffer, reading->message->data + reading->at, some);
	reading->at += some;
	return some;
}

static bool has_password(const char *url)
{
	const char *host = strstr(url, "://");
	size_t n = host ? strcspn(host + 3, "/?#") : 0;

	return host && memchr(host + 3, '@', n);
}

static CURLcode set_options(CURL *curl, const struct mail *mail, const struct curl_slist *to,
                            struct reading *reading, long timeout_s)
{
	CURLcode code = CURLE_OK;

#define SET(option, value)                                                                         \
	if (code == CURLE_OK)                                                                      \
	code = curl_easy_setopt(curl, option, value)
	SET(CURLOPT_URL, mail->url);
	SET(CURLOPT_PROTOCOLS_STR, "smtp,smtps");
	SET(CURLOPT_USE_SSL, has_password(mail->url) ? CURLUSESSL_ALL : CURLUSESSL_TRY);
	SET(CURLOPT_MAIL_FROM, mail->sender);
	SET(CURLOPT_MAIL_RCPT, to);
	SET(CURLOPT_READFUNCTION, give);
	SET(CURLOPT_READDATA, reading);
	SET(CURLOPT_UPLOAD, 1L);
	SET(CURLOPT_NOSIGNAL, 1L);
	SET(CURLOPT_PROXY, "");
	SET(CURLOPT_CONNECTTIMEOUT, (long)CONNECT_S);
	SET(CURLOPT_TIMEOUT, timeout_s);
#undef SET
	return code;
}

static enum error_code try(const struct mail *mail, const struct waiting *waiting,
                           unsigned timeout_s, struct error *err)
{
	struct reading reading = {.message = &waiting->message};
	CURL *curl = curl_easy_init();
	struct curl_slist *to = curl_slist_append(NULL, waiting->to);
	enum error_code code = ERROR_OK;
	CURLcode result = CURLE_OUT_OF_MEMORY;
	long answer = 0;

	if (curl && to)
		result = set_options(curl, mail, to, &reading, (long)timeout_s);
	if (curl && result == CURLE_OK)
		result = curl_easy_perform(curl);
	/* The texts are libcurl's own, without anything of the letter or the password. */
	if (result != CURLE_OK) {
		if (curl)
			curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &answer);
		code = error_set(err, ERROR_IO, NULL, "the mail server did not take it: %s (%ld)",
		                 curl_easy_strerror(result), answer);
	}
	curl_slist_free_all(to);
	curl_easy_cleanup(curl);
	return code;
}

/* --- the thread ------------------------------------------------------------------------------ */

/* With the mutex. False: the process ends. */
static bool rest(struct mail *mail, unsigned seconds)
{
	int64_t until_us = clock_monotonic_us() + seconds * INT64_C(1000000);

	while (!mail->closing && condition_wait(&mail->wake, &mail->mutex, until_us))
		;
	return !mail->closing;
}

/* With the mutex, which it lets go of meanwhile. */
static void deliver(struct mail *mail, struct waiting *waiting)
{
	struct error err;
	enum error_code code = error_set(&err, ERROR_IO, NULL, "the process ended first");

	for (unsigned i = 0; i < MAIL_TRIES && code && !mail->gave_up; i++) {
		bool last = mail->closing || (i && !rest(mail, mail->retry_s * i));
		unsigned timeout_s =
			last && mail->timeout_s > LAST_TIMEOUT_S ? LAST_TIMEOUT_S : mail->timeout_s;

		pthread_mutex_unlock(&mail->mutex);
		code = try(mail, waiting, timeout_s, &err);
		pthread_mutex_lock(&mail->mutex);
		mail->gave_up = last && code;
	}
	if (code && mail->lost) {
		pthread_mutex_unlock(&mail->mutex);
		mail->lost(waiting->to, &err, mail->arg);
		pthread_mutex_lock(&mail->mutex);
	}
	waiting_free(waiting);
}

static void *run(void *arg)
{
	struct mail *mail = arg;

	pthread_mutex_lock(&mail->mutex);
	for (;;) {
		struct waiting *waiting = TAILQ_FIRST(&mail->queue);

		if (waiting) {
			TAILQ_REMOVE(&mail->queue, waiting, in_queue);
			mail->n--;
			deliver(mail, waiting);
		} else if (mail->closing) {
			break;
		} else {
			pthread_cond_wait(&mail->wake, &mail->mutex);
		}
	}
	pthread_mutex_unlock(&mail->mutex);
	return NULL;
}

enum error_code mail_send(struct mail *mail, const struct letter *letter, struct error *err)
{
	struct waiting *waiting = calloc(1, sizeof(*waiting));
	struct uuid id = uuid_random();
	char id_text[UUID_TEXT_MAX];
	enum error_code code;

	if (!waiting)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	code = message_write(letter, mail->from, clock_unix_us(), uuid_format(&id, id_text),
	                     &waiting->message, err);
	if (!code) {
		snprintf(waiting->to, sizeof(waiting->to), "%s", letter->to);
		pthread_mutex_lock(&mail->mutex);
		if (mail->n >= MAIL_QUEUE_MAX || mail->closing) {
			code = error_set(err, ERROR_BUSY, NULL,
			                 "too many letters wait for the mail server");
		} else {
			TAILQ_INSERT_TAIL(&mail->queue, waiting, in_queue);
			mail->n++;
			waiting = NULL;
			pthread_cond_signal(&mail->wake);
		}
		pthread_mutex_unlock(&mail->mutex);
	}
	waiting_free(waiting);
	return code;
}

/* --- life ------------------------------------------------------------------------------------ */

static enum error_code check(const struct mail_config *config,
                             char ret_sender[static MAIL_ADDRESS_MAX], struct error *err)
{
	if (strncmp(config->url, "smtp://", 7) != 0 && strncmp(config->url, "smtps://", 8) != 0)
		return error_set(err, ERROR_INVALID, "smtp-url",
		                 "must begin with smtp:// or smtps://");
	if (!message_address(config->from, ret_sender))
		return error_set(err, ERROR_INVALID, "smtp-from",
		                 "must be an e-mail address where smtp-url is set");
	return ERROR_OK;
}

enum error_code mail_open(const struct mail_config *config, struct mail **ret_mail,
                          struct error *err)
{
	struct mail *mail = calloc(1, sizeof(*mail));
	enum error_code code;
	int failed;

	if (!mail)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	TAILQ_INIT(&mail->queue);
	pthread_mutex_init(&mail->mutex, NULL);
	condition_init(&mail->wake);
	mail->url = strdup(config->url);
	mail->from = strdup(config->from);
	mail->timeout_s = config->timeout_s ? config->timeout_s : TIMEOUT_S;
	mail->retry_s = config->retry_s ? config->retry_s : RETRY_S;
	mail->lost = config->lost;
	mail->arg = config->arg;
	code = mail->url && mail->from ? check(config, mail->sender, err)
	                               : error_set(err, ERROR_MEMORY, NULL, NULL);
	if (!code && curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		code = error_set(err, ERROR_INTERNAL, NULL, "libcurl does not start");
	if (!code) {
		failed = pthread_create(&mail->thread, NULL, run, mail);
		mail->started = !failed;
		errno = failed;
		if (failed)
			code = error_errno(err, "start the mail's thread");
	}
	if (code)
		mail_close(mail);
	else
		*ret_mail = mail;
	return code;
}

void mail_close(struct mail *mail)
{
	if (!mail)
		return;
	pthread_mutex_lock(&mail->mutex);
	mail->closing = true;
	pthread_cond_signal(&mail->wake);
	pthread_mutex_unlock(&mail->mutex);
	if (mail->started)
		pthread_join(mail->thread, NULL);
	pthread_cond_destroy(&mail->wake);
	pthread_mutex_destroy(&mail->mutex);
	if (mail->url)
		explicit_bzero(mail->url, strlen(mail->url));
	free(mail->url);
	free(mail->from);
	free(mail);
}
