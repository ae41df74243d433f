#include "cli/prompt.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

enum { LINE_MAX_BYTES = 4096 };

void prompt_wipe(struct text *text)
{
	if (text->data)
		sodium_memzero(text->data, text->room);
	text_clear(text);
}

/* Up to the newline, which is dropped. Room for a whole line is there before the first byte: a
 * growing text would leave copies of a password behind. */
static enum error_code read_line(int from, struct text *ret_line, struct error *err)
{
	char line[LINE_MAX_BYTES + 1];
	enum error_code code = ERROR_OK;
	size_t n = 0;

	while (n < sizeof(line)) {
		ssize_t got = read(from, line + n, 1);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			code = error_errno(err, "read standard input");
		if (got <= 0 || line[n] == '\n')
			break;
		n++;
	}
	if (n > LINE_MAX_BYTES)
		code = error_set(err, ERROR_TOO_LARGE, NULL,
		                 "a line of standard input must have at most %d bytes",
		                 LINE_MAX_BYTES);
	if (n && line[n - 1] == '\r' && n <= LINE_MAX_BYTES)
		n--;
	text_reset(ret_line);
	if (!code)
		text_add_n(ret_line, line, n);
	sodium_memzero(line, sizeof(line));
	if (!code && ret_line->failed)
		code = error_set(err, ERROR_MEMORY, NULL, NULL);
	return code;
}

/* With echo off. Signals that would leave the terminal mute wait until it is on again. */
static enum error_code read_hidden(int terminal, const char *question, struct text *ret_line,
                                   struct error *err)
{
	struct termios before, hidden;
	enum error_code code;
	sigset_t block, old;

	if (tcgetattr(terminal, &before))
		return error_errno(err, "read the terminal's settings");
	sigemptyset(&block);
	sigaddset(&block, SIGINT);
	sigaddset(&block, SIGTERM);
	sigaddset(&block, SIGTSTP);
	sigaddset(&block, SIGHUP);
	sigprocmask(SIG_BLOCK, &block, &old);
	hidden = before;
	hidden.c_lflag &= ~(tcflag_t)(ECHO);
	hidden.c_lflag |= ECHONL;
	if (tcsetattr(terminal, TCSAFLUSH, &hidden)) {
		code = error_errno(err, "turn the terminal's echo off");
	} else {
		dprintf(terminal, "%s", question);
		code = read_line(terminal, ret_line, err);
		tcsetattr(terminal, TCSAFLUSH, &before);
	}
	sigprocmask(SIG_SETMASK, &old, NULL);
	return code;
}

enum error_code prompt_password(struct text *ret_password, struct error *err)
{
	AUTO(prompt_wipe) struct text again = {0};
	AUTO(auto_close) int terminal = -1;
	enum error_code code;

	if (!isatty(STDIN_FILENO))
		return read_line(STDIN_FILENO, ret_password, err);
	terminal = open("/dev/tty", O_RDWR | O_CLOEXEC);
	if (terminal < 0)
		return error_errno(err, "open the terminal");
	code = read_hidden(terminal, "Password: ", ret_password, err);
	if (!code)
		code = read_hidden(terminal, "Once more: ", &again, err);
	if (code)
		return code;
	if (strcmp(text_string(ret_password), text_string(&again)) != 0)
		return error_set(err, ERROR_INVALID, "password", "was not the same twice");
	return ERROR_OK;
}

enum error_code prompt_line(const char *question, struct text *ret_line, struct error *err)
{
	if (isatty(STDIN_FILENO))
		fputs(question, stderr);
	return read_line(STDIN_FILENO, ret_line, err);
}

enum error_code prompt_file(const char *path, size_t most, const char *field,
                            struct text *ret_content, struct error *err)
{
	bool standard = strcmp(path, "-") == 0;
	AUTO(auto_close) int opened = standard ? -1 : open(path, O_RDONLY | O_CLOEXEC);
	int file = standard ? STDIN_FILENO : opened;
	char block[16 * 1024];

	if (file < 0)
		return error_set(err, ERROR_IO, field, "cannot read %.150s: %s", path,
		                 strerror(errno));
	text_reset(ret_content);
	for (;;) {
		ssize_t got = read(file, block, sizeof(block));

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return error_set(err, ERROR_IO, field, "cannot read %.150s: %s", path,
			                 strerror(errno));
		if (got == 0)
			break;
		text_add_n(ret_content, block, (size_t)got);
		if (ret_content->length > most)
			return error_set(err, ERROR_TOO_LARGE, field, "must have at most %zu bytes",
			                 most);
	}
	return ret_content->failed ? error_set(err, ERROR_MEMORY, NULL, NULL) : ERROR_OK;
}
