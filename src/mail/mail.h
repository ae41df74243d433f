/*
 * Letters by way of a mail server (SMTP, by libcurl): put into a bounded queue, sent by a thread of
 * its own, so that a slow mail server holds up nobody. A letter that cannot be sent is tried again
 * twice, then given up.
 *
 * Letters live in memory only: what is in the queue when the process ends is sent within a few
 * seconds or lost. They are links that people can ask for again.
 */
#ifndef CENTREX_MAIL_MAIL_H
#define CENTREX_MAIL_MAIL_H

#include "mail/message.h"

struct mail;

enum { MAIL_QUEUE_MAX = 256, MAIL_TRIES = 3 };

/* On the mail's thread: a letter to that address was given up. err never has its text. */
typedef void mail_lost_h(const char *to, const struct error *err, void *arg);

struct mail_config {
	const char *url;  /* smtp:// or smtps://, with name and password where they are needed; with
	                     smtp:// and a password STARTTLS is required */
	const char *from; /* message.h */
	unsigned timeout_s; /* of one try; 0: 30 */
	unsigned retry_s;   /* before the second try, twice that before the third; 0: 10 */
	mail_lost_h *lost;
	void *arg;
};

/* Copies config. ERROR_INVALID, field "smtp-url" or "smtp-from". */
MUST_CHECK enum error_code mail_open(const struct mail_config *config, struct mail **ret_mail,
                                     struct error *err);
/* Tries what is left once more. NULL is allowed. */
void mail_close(struct mail *mail);

/* Any thread; never waits. ERROR_BUSY: the queue is full; ERROR_INVALID as message_write. */
MUST_CHECK enum error_code mail_send(struct mail *mail, const struct letter *letter,
                                     struct error *err);

#endif
