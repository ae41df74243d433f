#include "web/console.h"

#include <sodium.h>
#include <string.h>

#include "base/text.h"
#include "web/etag.h"
#include "web/reply.h"
#include "web/request.h"

enum { NONCE_BYTES = 18, NONCE_MAX = sodium_base64_ENCODED_LEN(NONCE_BYTES, 1) };

static const char placeholder[] = "__CSP_NONCE__";

/* Whose file name has a hash of the content in it. */
static const char hashed[] = "/assets";

/* What the server answers itself, whether it has a route there or not. */
static const char *const reserved[] = {"api", "freeswitch", "metrics", "healthz", "readyz"};

/* A console asks for none of these; copying and the whole screen it does. */
static const char permissions[] =
	"accelerometer=(), autoplay=(self), bluetooth=(), camera=(), clipboard-read=(), "
	"display-capture=(), encrypted-media=(), geolocation=(), gyroscope=(), hid=(), "
	"idle-detection=(), local-fonts=(), magnetometer=(), microphone=(), midi=(), payment=(), "
	"serial=(), usb=(), xr-spatial-tracking=()";

static const char absent_text[] =
	"This Centrex was built without its web console. The API is at /api/v1/.\n";

static const struct console_file absent = {
	.type = "text/plain; charset=utf-8",
	.forms = {[ENCODING_IDENTITY] = {absent_text, sizeof(absent_text) - 1}},
};

/* ---- which file ---- */

static bool is_reserved(const char *segment, size_t n)
{
	for (size_t i = 0; i < COUNT_OF(reserved); i++)
		if (strlen(reserved[i]) == n && memcmp(segment, reserved[i], n) == 0)
			return true;
	return false;
}

/* One segment, decoded: nothing that anybody could take for a way elsewhere. */
static bool is_plain(const char *segment, size_t n)
{
	char decoded[ROUTE_PATH_MAX];
	ptrdiff_t length = text_percent_decode(segment, n, false, decoded, sizeof(decoded) - 1);

	return length > 0 && strcmp(decoded, ".") != 0 && strcmp(decoded, "..") != 0 &&
	       !strpbrk(decoded, "/\\");
}

/* Segments with one "/" before each, and perhaps one at the end. */
static bool is_path(const char *path)
{
	const char *at = path;

	if (*at != '/' || is_reserved(at + 1, strcspn(at + 1, "/")))
		return false;
	while (*at == '/' && at[1]) {
		size_t n = strcspn(at + 1, "/");

		if (n >= ROUTE_PATH_MAX || !is_plain(at + 1, n))
			return false;
		at += 1 + n;
	}
	return *at == '\0' || at[1] == '\0';
}

static const struct console_file *find_file(const struct console *console, const char *path)
{
	size_t least = 0, most = console->n;

	while (least < most) {
		size_t middle = least + (most - least) / 2;
		int order = strcmp(path, console->files[middle].path);

		if (order == 0)
			return &console->files[middle];
		if (order < 0)
			most = middle;
		else
			least = middle + 1;
	}
	return NULL;
}

static bool is_hashed(const char *path)
{
	size_t n = sizeof(hashed) - 1;

	return strncmp(path, hashed, n) == 0 && (!path[n] || path[n] == '/');
}

/* A file that is gone (an older console's, a browser's own idea) is no page. */
static bool is_page(const char *path, bool wants_page)
{
	return !is_hashed(path) && (wants_page || !strchr(strrchr(path, '/'), '.'));
}

const struct console_file *console_find(const struct console *console, const char *path,
                                        bool wants_page)
{
	const struct console_file *file;

	if (!is_path(path))
		return NULL;
	file = find_file(console, path);
	if (file || !is_page(path, wants_page))
		return file;
	return console->n ? find_file(console, "/index.html") : &absent;
}

/* ---- its answer ---- */

static void add_page(const struct console_file *file, const char *nonce, struct text *out)
{
	const char *at = file->forms[ENCODING_IDENTITY].bytes;
	size_t n = file->forms[ENCODING_IDENTITY].n;

	for (const char *hole; (hole = memmem(at, n, placeholder, sizeof(placeholder) - 1));) {
		text_add_n(out, at, (size_t)(hole - at));
		text_add(out, nonce);
		n -= (size_t)(hole - at) + sizeof(placeholder) - 1;
		at = hole + sizeof(placeholder) - 1;
	}
	text_add_n(out, at, n);
}

static void answer_page(const struct console_file *file, struct reply *reply)
{
	unsigned char random[NONCE_BYTES];
	char nonce[NONCE_MAX];

	randombytes_buf(random, sizeof(random));
	sodium_bin2base64(nonce, sizeof(nonce), random, sizeof(random),
	                  sodium_base64_VARIANT_ORIGINAL);
	add_page(file, nonce, &reply->body);
	reply_header(reply, "Content-Security-Policy",
	             "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-%s'; "
	             "img-src 'self' data: blob:; media-src 'self' blob:; connect-src 'self'; "
	             "font-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; "
	             "frame-ancestors 'none'",
	             nonce);
	reply_header(reply, "Cross-Origin-Opener-Policy", "same-origin");
	reply_header(reply, "Permissions-Policy", "%s", permissions);
}

static enum error_code answer_form(const struct request *request, struct reply *reply,
                                   struct error *err)
{
	const struct console_file *file = request->file;
	char etag[STORE_ETAG_MAX];
	unsigned offered = 0;
	enum encoding form;

	for (enum encoding i = 0; i < ENCODING_COUNT; i++)
		offered |= file->forms[i].n ? 1u << i : 0;
	form = encoding_choose(request_header(request, "Accept-Encoding"), offered);
	reply_header(reply, "Vary", "Accept-Encoding");
	if (form == ENCODING_COUNT) {
		reply->status = 406;
		return error_set(err, ERROR_INVALID, "Accept-Encoding",
		                 "must allow br, gzip or identity");
	}
	if (is_hashed(file->path))
		reply_header(reply, "Cache-Control", "public, max-age=31536000, immutable");
	else
		reply_header(reply, "Cache-Control", "no-cache");
	reply->fixed = file->forms[form].bytes;
	reply->fixed_bytes = file->forms[form].n;
	if (form != ENCODING_IDENTITY)
		reply_header(reply, "Content-Encoding", "%s", encoding_name(form));
	snprintf(etag, sizeof(etag), "%s-%s", file->etag, encoding_name(form));
	etag_answer(request, etag, reply);
	return ERROR_OK;
}

static enum error_code answer(struct request *request, struct reply *reply, struct error *err)
{
	const struct console_file *file = request->file;

	reply->content_type = file->type;
	if (file == &absent) {
		reply->status = 404;
		reply->fixed = file->forms[ENCODING_IDENTITY].bytes;
		reply->fixed_bytes = file->forms[ENCODING_IDENTITY].n;
		return ERROR_OK;
	}
	if (strcmp(file->path, "/index.html") != 0)
		return answer_form(request, reply, err);
	answer_page(file, reply);
	return ERROR_OK;
}

const struct route console_route = {
	.method = WEB_GET,
	.path = "/{console}",
	.flags = ROUTE_INLINE | ROUTE_SNAPSHOT | ROUTE_CONSOLE,
	.handle = answer,
	.summary = "Show the console",
	.tag = "console",
};
