/*
 * Call records as a file of any length: page by page, so that neither the memory nor a transaction
 * grows with it. What is stored or changed while it goes on may be in it or not; each record is in
 * it at most once.
 *
 * CSV is RFC 4180 with a header line. A spreadsheet takes a cell that begins with = + - @, a tab or
 * a carriage return for a formula, and names and numbers are what strangers sent: such a cell gets
 * a ' before it, unless it is a plain number (+4930123456). NDJSON has everything as it is.
 */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "web/api_cdr.h"
#include "web/stream.h"
#include "web/workers.h"

enum { PAGE_ROWS = 2000, CHUNK_BYTES = 32 * 1024 };

struct file {
	bool csv;
	struct text chunk;
	struct stream *stream; /* NULL: the answer has not begun */
	struct request *request;
	struct reply *reply;
};

static enum error_code begin_answer(struct file *out, struct error *err)
{
	struct reply *reply = out->reply;
	char now[CLOCK_RFC3339_MAX], name[64];
	enum error_code code = stream_new(&out->stream, err);

	if (code)
		return code;
	clock_rfc3339(clock_unix_us(), now);
	snprintf(name, sizeof(name), "calls-%.10s.%s", now, out->csv ? "csv" : "ndjson");
	reply->status = 200;
	reply->content_type =
		out->csv ? "text/csv; charset=utf-8; header=present" : "application/x-ndjson";
	reply_attachment(reply, "attachment", name);
	reply->stream = stream_ref(out->stream);
	request_begin_answer(out->request, reply);
	return ERROR_OK;
}

static enum error_code flush(struct file *out, struct error *err)
{
	enum error_code code = ERROR_OK;

	if (out->chunk.failed)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	if (!out->stream)
		code = begin_answer(out, err);
	if (!code && out->chunk.length)
		code = stream_write(out->stream, out->chunk.data, out->chunk.length, err);
	text_reset(&out->chunk);
	return code;
}

static bool is_plain_number(const char *value)
{
	const char *digits = value + strspn(value, "+-");

	return digits - value <= 1 && *digits && !digits[strspn(digits, "0123456789")];
}

static void add_cell(struct text *line, const char *value)
{
	bool guarded = *value && strchr("=+-@\t\r", *value) && !is_plain_number(value);

	if (!guarded && !strpbrk(value, ",\"\r\n")) {
		text_add(line, value);
		return;
	}
	text_add(line, guarded ? "\"'" : "\"");
	for (const char *c = value; *c; c++) {
		if (*c == '"')
			text_add_char(line, '"');
		text_add_char(line, *c);
	}
	text_add_char(line, '"');
}

static void add_line(struct text *line, const char *const *cells)
{
	for (size_t i = 0; i < CDR_COLUMNS; i++) {
		if (i)
			text_add_char(line, ',');
		if (cells[i])
			add_cell(line, cells[i]);
	}
	text_add(line, "\r\n");
}

static enum error_code add_row(const char *const *columns, void *arg, struct error *err)
{
	struct file *out = arg;

	if (out->csv) {
		add_line(&out->chunk, columns);
	} else {
		text_add(&out->chunk, columns[0]);
		text_add_char(&out->chunk, '\n');
	}
	return out->chunk.length < CHUNK_BYTES ? ERROR_OK : flush(out, err);
}

static enum error_code write_pages(struct file *out, struct cdr_asked *asked, struct error *err)
{
	char after[CDR_CURSOR_MAX], next[CDR_CURSOR_MAX] = "";
	enum error_code code = ERROR_OK;

	if (out->csv)
		add_line(&out->chunk, cdr_columns);
	asked->page.as_json = !out->csv;
	asked->page.limit = PAGE_ROWS;
	if (asked->nobody)
		return flush(out, err);
	do {
		memcpy(after, next, sizeof(after));
		asked->page.after = *after ? after : NULL;
		code = cdr_search(out->request->web->db, &out->request->tenant, &asked->filter,
		                  &asked->page, add_row, out, next, err);
		if (!code)
			code = flush(out, err);
	} while (!code && *next);
	return code;
}

static enum error_code write_file(struct request *request, struct reply *reply,
                                  struct cdr_asked *asked, struct error *err)
{
	struct file out = {.csv = asked->csv, .request = request, .reply = reply};
	enum error_code code = write_pages(&out, asked, err);

	if (!code)
		stream_finish(out.stream);
	/* Not finished: the client sees that the file is cut off. */
	stream_unref(out.stream);
	text_clear(&out.chunk);
	return code;
}

/* Who reads slowly keeps a worker as long: no tenant has them all. */
enum error_code api_cdr_export(struct request *request, struct reply *reply, struct error *err)
{
	struct workers *workers = request->web->workers;
	struct cdr_asked asked;
	enum error_code code = cdr_asked_read(request, &asked, err);

	if (code)
		return code;
	if (!workers_take_share(workers, WORKER_LONG, &request->tenant))
		return error_set(err, ERROR_RATE_LIMITED, NULL,
		                 "other exports of this tenant are still being read");
	code = write_file(request, reply, &asked, err);
	workers_give_share(workers, WORKER_LONG, &request->tenant);
	return code;
}
