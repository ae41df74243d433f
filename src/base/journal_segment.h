/*
 * The form of a journal's segment files; for journal.c, journal_reader.c and their tests only.
 *
 *   file    "<16 hex digits>.journal": header, records
 *   header  8 bytes magic, 8 bytes segment number
 *   record  8 bytes checksum, 4 bytes length, the bytes
 *
 * Numbers are little-endian. The checksum is SipHash-2-4 over length and bytes, keyed with segment
 * number and offset: a record counts only in its own place.
 */
#ifndef CENTREX_BASE_JOURNAL_SEGMENT_H
#define CENTREX_BASE_JOURNAL_SEGMENT_H

#include "base/journal.h"

enum {
	JOURNAL_FILE_HEADER = 16,
	JOURNAL_RECORD_HEADER = 12,
	JOURNAL_NAME_MAX = 32,
};

enum journal_parse {
	JOURNAL_RECORD, /* ret_n is the length of its payload */
	JOURNAL_SHORT,  /* it would go on beyond the bytes given: ret_n is the size it needs */
	JOURNAL_BAD,    /* not a record of this place */
};

void journal_segment_name(uint64_t segment, char buffer[static JOURNAL_NAME_MAX]);
MUST_CHECK bool journal_segment_parse_name(const char *name, uint64_t *ret_segment);

void journal_header_write(uint64_t segment, uint8_t bytes[static JOURNAL_FILE_HEADER]);
bool journal_header_valid(uint64_t segment, const uint8_t *bytes, size_t n);

/* Fills the record header in front of n payload bytes that stand at bytes + header already. */
void journal_record_seal(struct journal_position at, uint8_t *bytes, size_t n);
/* Leaves room for the checksum: length only. */
void journal_record_prepare(uint8_t bytes[static JOURNAL_RECORD_HEADER], size_t n);
size_t journal_record_length(const uint8_t bytes[static JOURNAL_RECORD_HEADER]);

enum journal_parse journal_record_parse(struct journal_position at, const uint8_t *bytes, size_t n,
                                        size_t *ret_n);

/* All segment numbers of a directory, ascending; the caller frees them. */
MUST_CHECK enum error_code journal_segments_list(const char *directory, uint64_t **ret_segments,
                                                 size_t *ret_n, struct error *err);

/* Cuts a torn tail off the newest segment; removes the file when it holds no record.
 * ret_cut_bytes counts what went; ret_gone says that the file went. */
MUST_CHECK enum error_code journal_segment_repair(int directory, uint64_t segment,
                                                  uint64_t *ret_cut_bytes, bool *ret_gone,
                                                  struct error *err);

/* For the reader: the smallest segment number >= least that exists; false: none. */
bool journal_next_segment(struct journal *journal, uint64_t least, uint64_t *ret_segment);
int journal_directory(const struct journal *journal);
void journal_count_damage(struct journal *journal);

#endif
