/* A call record of mod_xml_cdr in any of its encodings, or of whoever has the credentials: what
 * comes out fits the tables (fs_record.h). */
#include "fs_record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	check_record("text/xml", (const char *)data, size);
	check_record("application/x-www-form-urlencoded", (const char *)data, size);
	return 0;
}
