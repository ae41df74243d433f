#include "mail/message.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

enum { LINE_BYTES = 57, WORD_BYTES = 42 }; /* 76 and 56 characters of base64 */

/* An address that is one in every reading: printable ASCII without what separates or quotes. */
static bool is_address(const char *address, size_t n)
{
	const char *at = memchr(address, '@', n);

	if (!at || at == address || at == address + n - 1 || n >= MAIL_ADDRESS_MAX)
		return false;
	for (size_t i = 0; i < n; i++)
		if (address[i] <= ' ' || address[i] > '~' || strchr("<>()[]\\,;:\"", address[i]))
			return false;
	return !memchr(at + 1, '@', (size_t)(address + n - at - 1));
}

static bool is_line(const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)text[i] < ' ' || text[i] == 0x7f)
			return false;
	return text_is_utf8(text, n);
}

bool message_address(const char *from, char ret_address[static MAIL_ADDRESS_MAX])
{
	const char *open = strchr(from, '<');
	const char *address = open ? open + 1 : from;
	size_t n = open ? strcspn(address, ">") : strlen(address);

	if (open && strcmp(address + n, ">") != 0)
		return false;
	if (!is_address(address, n))
		return false;
	memcpy(ret_address, address, n);
	ret_address[n] = '\0';
	return true;
}

static void add_base64(const uint8_t *bytes, size_t n, struct text *out)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < n; i += 3) {
		uint32_t three = (uint32_t)bytes[i] << 16;

		if (i + 1 < n)
			three |= (uint32_t)bytes[i + 1] << 8;
		if (i + 2 < n)
			three |= bytes[i + 2];
		text_add_char(out, digits[three >> 18]);
		text_add_char(out, digits[three >> 12 & 63]);
		text_add_char(out, i + 1 < n ? digits[three >> 6 & 63] : '=');
		text_add_char(out, i + 2 < n ? digits[three & 63] : '=');
	}
}

static bool is_plain(const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)text[i] > '~')
			return false;
	/* Not to be taken for an encoded word (RFC 2047). */
	return !strstr(text, "=?") && n <= WORD_BYTES;
}

/* Words of base64, none of which splits a character. */
static void add_words(const char *text, size_t n, struct text *out)
{
	if (is_plain(text, n)) {
		text_add_n(out, text, n);
		return;
	}
	for (size_t i = 0; i < n;) {
		size_t length = n - i < WORD_BYTES ? n - i : WORD_BYTES;

		while (i + length < n && ((unsigned char)text[i + length] & 0xc0) == 0x80)
			length--;
		text_add(out, i ? "\r\n =?UTF-8?B?" : "=?UTF-8?B?");
		add_base64((const uint8_t *)text + i, length, out);
		text_add(out, "?=");
		i += length;
	}
}

static void add_date(int64_t at_us, struct text *out)
{
	static const char *const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
	static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
	                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	time_t at = (time_t)(at_us / 1000000);
	struct tm tm;

	if (!gmtime_r(&at, &tm))
		return;
	text_addf(out, "Date: %s, %d %s %d %02d:%02d:%02d +0000\r\n", days[tm.tm_wday], tm.tm_mday,
	          months[tm.tm_mon], tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

/* Lines end in CR LF before they are encoded (RFC 2046 section 4.1.1). */
static void add_body(const char *body, struct text *out)
{
	AUTO(text_clear) struct text lines = {0};

	for (; *body; body++) {
		if (*body == '\n')
			text_add_char(&lines, '\r');
		if (*body != '\r')
			text_add_char(&lines, *body);
	}
	out->failed |= lines.failed;
	for (size_t i = 0; i < lines.length; i += LINE_BYTES) {
		size_t left = lines.length - i;

		add_base64((const uint8_t *)lines.data + i, left < LINE_BYTES ? left : LINE_BYTES,
		           out);
		text_add(out, "\r\n");
	}
}

static void add_from(const char *from, const char *address, struct text *out)
{
	size_t n = strcspn(from, "<");

	while (n && from[n - 1] == ' ')
		n--;
	text_add(out, "From: ");
	if (strchr(from, '<') && n) {
		/* Encoded in any case: a name may have characters that mean something there. */
		text_add(out, "=?UTF-8?B?");
		add_base64((const uint8_t *)from, n < WORD_BYTES ? n : 0, out);
		text_add(out, "?= ");
	}
	text_addf(out, "<%s>\r\n", address);
}

enum error_code message_write(const struct letter *letter, const char *from, int64_t at_us,
                              const char *id, struct text *out, struct error *err)
{
	char address[MAIL_ADDRESS_MAX];
	size_t subject = strlen(letter->subject);

	if (!is_line(from, strlen(from)) || !message_address(from, address))
		return error_set(err, ERROR_INVALID, "from", "must be an e-mail address");
	if (!is_address(letter->to, strlen(letter->to)))
		return error_set(err, ERROR_INVALID, "to", "must be an e-mail address");
	if (subject > MAIL_SUBJECT_MAX || !is_line(letter->subject, subject))
		return error_set(err, ERROR_INVALID, "subject",
		                 "must be one line of at most %d bytes", MAIL_SUBJECT_MAX);
	add_from(from, address, out);
	text_addf(out, "To: <%s>\r\nSubject: ", letter->to);
	add_words(letter->subject, subject, out);
	text_add(out, "\r\n");
	add_date(at_us, out);
	text_addf(out, "Message-ID: <%s@%s>\r\n", id, strchr(address, '@') + 1);
	text_add(out, "MIME-Version: 1.0\r\n"
	              "Content-Type: text/plain; charset=utf-8\r\n"
	              "Content-Transfer-Encoding: base64\r\n"
	              "Auto-Submitted: auto-generated\r\n\r\n");
	add_body(letter->body, out);
	return out->failed ? error_set(err, ERROR_MEMORY, NULL, NULL) : ERROR_OK;
}
