#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/journal_segment.h"

enum { WINDOW = 4 * (JOURNAL_RECORD_HEADER + JOURNAL_RECORD_MAX) };

struct journal_reader {
	struct journal *journal;
	struct journal_position at; /* the next record's place */
	int file;                   /* of segment at.segment; -1: not open */
	size_t start, n;            /* window[start..start+n) are the bytes from `at` on */
	uint8_t window[WINDOW];
};

enum error_code journal_reader_open(struct journal *journal, struct journal_position from,
                                    struct journal_reader **ret_reader, struct error *err)
{
	struct journal_reader *reader = malloc(sizeof(*reader));

	if (!reader)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	reader->journal = journal;
	reader->at = from;
	reader->file = -1;
	reader->start = 0;
	reader->n = 0;
	*ret_reader = reader;
	return ERROR_OK;
}

void journal_reader_close(struct journal_reader *reader)
{
	if (!reader)
		return;
	auto_close(&reader->file);
	free(reader);
}

struct journal_position journal_reader_position(const struct journal_reader *reader)
{
	return reader->at;
}

static void leave_segment(struct journal_reader *reader)
{
	auto_close(&reader->file);
	reader->file = -1;
	reader->start = 0;
	reader->n = 0;
	reader->at.segment++;
	reader->at.offset = 0;
}

/* Opens the first segment at or after the reader's; ERROR_NOT_FOUND: there is none. */
static enum error_code enter_segment(struct journal_reader *reader, struct error *err)
{
	int directory = journal_directory(reader->journal);
	uint8_t header[JOURNAL_FILE_HEADER];
	char name[JOURNAL_NAME_MAX];
	uint64_t segment;

	while (journal_next_segment(reader->journal, reader->at.segment, &segment)) {
		AUTO(auto_close) int file = -1;
		ssize_t n;

		journal_segment_name(segment, name);
		file = openat(directory, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
		if (file < 0)
			return error_errno(err, "open %s", name);
		n = pread(file, header, sizeof(header), 0);
		if (n < 0)
			return error_errno(err, "read %s", name);
		if (segment != reader->at.segment || reader->at.offset < JOURNAL_FILE_HEADER)
			reader->at = (struct journal_position){segment, JOURNAL_FILE_HEADER};
		if (journal_header_valid(segment, header, (size_t)n)) {
			reader->file = file;
			file = -1;
			return ERROR_OK;
		}
		journal_count_damage(reader->journal);
		leave_segment(reader);
	}
	return ERROR_NOT_FOUND;
}

/* Makes room and reads on, never beyond limit (0: the end of the file). Returns what came. */
static ssize_t fill(struct journal_reader *reader, uint64_t limit)
{
	uint64_t from = reader->at.offset + reader->n;
	size_t room;
	ssize_t got;

	memmove(reader->window, reader->window + reader->start, reader->n);
	reader->start = 0;
	room = sizeof(reader->window) - reader->n;
	if (limit && limit - from < room)
		room = (size_t)(limit - from);
	do {
		got = pread(reader->file, reader->window + reader->n, room, (off_t)from);
	} while (got < 0 && errno == EINTR);
	if (got > 0)
		reader->n += (size_t)got;
	return got;
}

enum error_code journal_read(struct journal_reader *reader, struct journal_record *ret_record,
                             struct error *err)
{
	/* Taken once: what is written meanwhile is for the next call. */
	struct journal_position end = journal_end(reader->journal);
	enum error_code code;
	size_t length;
	ssize_t got;

	while (journal_compare(reader->at, end) < 0) {
		bool newest;

		if (reader->file < 0) {
			code = enter_segment(reader, err);
			if (code == ERROR_NOT_FOUND) /* all that is to come stands there or later */
				reader->at = end;
			if (code != ERROR_OK)
				return code;
			continue;
		}
		newest = reader->at.segment == end.segment;
		switch (journal_record_parse(reader->at, reader->window + reader->start, reader->n,
		                             &length)) {
		case JOURNAL_RECORD:
			ret_record->bytes = reader->window + reader->start + JOURNAL_RECORD_HEADER;
			ret_record->n = length;
			ret_record->at = reader->at;
			reader->start += JOURNAL_RECORD_HEADER + length;
			reader->n -= JOURNAL_RECORD_HEADER + length;
			reader->at.offset += JOURNAL_RECORD_HEADER + length;
			return ERROR_OK;
		case JOURNAL_SHORT:
			got = fill(reader, newest ? end.offset : 0);
			if (got < 0)
				return error_errno(err, "read the journal");
			if (got > 0)
				continue;
			if (reader->n) /* the file ends inside a record */
				journal_count_damage(reader->journal);
			break;
		case JOURNAL_BAD:
			journal_count_damage(reader->journal);
			break;
		}
		if (newest) {
			/* Nothing in the segment being written can be trusted to begin a record:
			 * what follows stands in the next one. */
			reader->at = end;
			reader->start = 0;
			reader->n = 0;
			break;
		}
		leave_segment(reader);
	}
	return ERROR_NOT_FOUND;
}
