/* Content codings (RFC 9110, section 12.5.3): which form of a file a client wants. */
#ifndef CENTREX_WEB_ENCODING_H
#define CENTREX_WEB_ENCODING_H

/* By size, smallest first: of those a client wants alike, the first. */
enum encoding { ENCODING_BROTLI, ENCODING_GZIP, ENCODING_IDENTITY, ENCODING_COUNT };

/* "br", "gzip", "identity". */
const char *encoding_name(enum encoding encoding);

/* header: Accept-Encoding, NULL: not sent. offered: 1u << each there is. ENCODING_COUNT: none of
 * them is acceptable. Hostile: what cannot be understood counts as not said. */
enum encoding encoding_choose(const char *header, unsigned offered);

#endif
