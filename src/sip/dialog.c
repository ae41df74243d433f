#include "sip/dialog.h"

#include <sodium.h>
#include <string.h>

enum { HOPS_DEFAULT = 70 };

/* What is copied goes into messages of ours: a folded line or other control character must not. */
static bool is_clean(const struct pl *text)
{
	for (size_t i = 0; i < text->l; i++) {
		if ((unsigned char)text->p[i] < 0x20 || text->p[i] == 0x7f)
			return false;
	}
	return true;
}

static bool copy_pl(char *to, size_t size, const struct pl *from)
{
	if (from->l >= size || !is_clean(from))
		return false;
	if (from->l > 0)
		memcpy(to, from->p, from->l);
	to[from->l] = '\0';
	return true;
}

static bool copy_text(char *to, size_t size, const char *from)
{
	struct pl pl;

	pl_set_str(&pl, from);
	return copy_pl(to, size, &pl);
}

static void random_hex(char *to, size_t bytes)
{
	uint8_t random[16];

	randombytes_buf(random, bytes);
	sodium_bin2hex(to, 2 * bytes + 1, random, bytes);
}

/* The URI of the first Contact. */
static bool copy_contact(char *to, size_t size, const struct sip_msg *msg)
{
	const struct sip_hdr *contact = sip_msg_hdr(msg, SIP_HDR_CONTACT);
	struct sip_addr address;

	return contact && !sip_addr_decode(&address, &contact->val) &&
	       pl_strcasecmp(&address.uri.scheme, "tel") && pl_isset(&address.auri) &&
	       copy_pl(to, size, &address.auri);
}

struct route_writer {
	char *to;
	size_t n;
	bool unusable;
};

static bool write_route(const struct sip_hdr *header, const struct sip_msg *msg, void *arg)
{
	struct route_writer *writer = arg;

	(void)msg;
	if (!is_clean(&header->val)) {
		writer->unusable = true;
		return true;
	}
	const int n = snprintf(writer->to + writer->n, DIALOG_ROUTE_MAX - writer->n,
	                       "Route: %.*s\r\n", (int)header->val.l, header->val.p);
	if (n < 0 || (size_t)n >= DIALOG_ROUTE_MAX - writer->n)
		writer->unusable = true;
	else
		writer->n += (size_t)n;
	return writer->unusable;
}

/* RFC 3261 section 12.1: in order for the callee, in reverse for the caller. */
static bool copy_routes(char *to, const struct sip_msg *msg)
{
	struct route_writer writer = {.to = to};

	to[0] = '\0';
	(void)sip_msg_hdr_apply(msg, msg->req, SIP_HDR_RECORD_ROUTE, write_route, &writer);
	return !writer.unusable;
}

/* A To or From value without name and tag, which do not identify it (section 12.2.2). */
static bool copy_address(char *to, size_t size, const struct sip_taddr *address)
{
	const int n = snprintf(to, size, "<%.*s>", (int)address->auri.l, address->auri.p);

	return is_clean(&address->auri) && n > 0 && (size_t)n < size;
}

enum error_code dialog_accept(struct dialog *dialog, const struct sip_msg *msg)
{
	memset(dialog, 0, sizeof(*dialog));
	if (!copy_contact(dialog->target, sizeof(dialog->target), msg) ||
	    !copy_pl(dialog->call_id, sizeof(dialog->call_id), &msg->callid) ||
	    !copy_pl(dialog->remote_tag, sizeof(dialog->remote_tag), &msg->from.tag) ||
	    !copy_address(dialog->local, sizeof(dialog->local), &msg->to) ||
	    !copy_address(dialog->remote, sizeof(dialog->remote), &msg->from) ||
	    !copy_routes(dialog->route, msg))
		return ERROR_INVALID;
	/* libre writes this tag into every response of the transaction. */
	(void)re_snprintf(dialog->local_tag, sizeof(dialog->local_tag), "%016llx", msg->tag);
	dialog->hop = msg->src;
	dialog->own = msg->dst;
	dialog->transport = msg->tp;
	dialog->remote_cseq = msg->cseq.num;
	dialog->remote_cseq_set = true;
	dialog->local_cseq = randombytes_uniform(1 << 16);
	return ERROR_OK;
}

enum error_code dialog_start(struct dialog *dialog, const struct dialog_start *start)
{
	memset(dialog, 0, sizeof(*dialog));
	if (!copy_text(dialog->local, sizeof(dialog->local), start->local) ||
	    !copy_text(dialog->remote, sizeof(dialog->remote), start->remote) ||
	    !copy_text(dialog->target, sizeof(dialog->target), start->target))
		return ERROR_INVALID;
	random_hex(dialog->call_id, 16);
	random_hex(dialog->local_tag, 8);
	dialog->hop = start->hop;
	dialog->own = start->own;
	dialog->transport = start->transport;
	dialog->local_cseq = randombytes_uniform(1 << 16);
	return ERROR_OK;
}

enum error_code dialog_progress(struct dialog *dialog, const struct sip_msg *msg)
{
	char target[DIALOG_URI_MAX], route[DIALOG_ROUTE_MAX];

	if (!pl_isset(&msg->to.tag))
		return msg->scode < 200 ? ERROR_OK : ERROR_INVALID;
	if (!copy_routes(route, msg) ||
	    !copy_pl(dialog->remote_tag, sizeof(dialog->remote_tag), &msg->to.tag))
		return ERROR_INVALID;
	memcpy(dialog->route, route, sizeof(route));
	/* A phone that leaves Contact out is still reached at the URI it was called with. */
	if (copy_contact(target, sizeof(target), msg))
		memcpy(dialog->target, target, sizeof(target));
	return ERROR_OK;
}

void dialog_refresh(struct dialog *dialog, const struct sip_msg *msg)
{
	char target[DIALOG_URI_MAX];

	if (copy_contact(target, sizeof(target), msg))
		memcpy(dialog->target, target, sizeof(target));
	if (msg->req) {
		dialog->hop = msg->src;
		dialog->own = msg->dst;
		dialog->transport = msg->tp;
	}
}

bool dialog_matches(const struct dialog *dialog, const struct sip_msg *msg)
{
	const struct pl *local = msg->req ? &msg->to.tag : &msg->from.tag;
	const struct pl *remote = msg->req ? &msg->from.tag : &msg->to.tag;

	return !pl_strcmp(&msg->callid, dialog->call_id) && !pl_strcmp(local, dialog->local_tag) &&
	       (pl_isset(remote) ? !pl_strcmp(remote, dialog->remote_tag)
	                         : dialog->remote_tag[0] == '\0');
}

bool dialog_in_order(struct dialog *dialog, const struct sip_msg *msg)
{
	if (dialog->remote_cseq_set && msg->cseq.num <= dialog->remote_cseq)
		return false;
	dialog->remote_cseq = msg->cseq.num;
	dialog->remote_cseq_set = true;
	return true;
}

void dialog_write(const struct dialog *dialog, const struct dialog_request *request, uint32_t cseq,
                  struct text *out)
{
	text_addf(out, "Max-Forwards: %u\r\n", request->hops ? *request->hops : HOPS_DEFAULT);
	text_add(out, dialog->route);
	text_addf(out, "To: %s", dialog->remote);
	if (dialog->remote_tag[0] && strcmp(request->method, "CANCEL") != 0)
		text_addf(out, ";tag=%s", dialog->remote_tag);
	text_addf(out, "\r\nFrom: %s;tag=%s\r\nCall-ID: %s\r\nCSeq: %u %s\r\n", dialog->local,
	          dialog->local_tag, dialog->call_id, cseq, request->method);
	text_add(out, "User-Agent: Centrex\r\n");
	if (request->headers)
		text_add(out, request->headers);
	if (request->body && request->n > 0)
		text_addf(out, "Content-Type: %s\r\n", request->type);
	text_addf(out, "Content-Length: %zu\r\n\r\n", request->body ? request->n : 0);
	if (request->body)
		text_add_n(out, request->body, request->n);
}

int dialog_via(struct mbuf *mb, const struct sa *address)
{
	static const char start[] = "\r\nVia: SIP/2.0/";
	const char *written = (const char *)mb->buf;
	const char *end = written + mb->pos;
	const char *line = memmem(written, mb->pos, start, sizeof(start) - 1);
	char rest[128];
	const char *transport = line ? line + sizeof(start) - 1 : NULL;
	const char *host = line ? memchr(transport, ' ', (size_t)(end - transport)) : NULL;
	const char *parameters = host ? memchr(host, ';', (size_t)(end - host)) : NULL;
	const size_t n = parameters ? (size_t)(end - parameters) : sizeof(rest);

	if (n >= sizeof(rest))
		return EBADMSG;
	memcpy(rest, parameters, n);
	mb->pos = mb->end = (size_t)(host + 1 - written);
	return mbuf_printf(mb, "%J%b", address, rest, n);
}

enum error_code dialog_send(struct dialog *dialog, struct sip *sip,
                            const struct dialog_request *request, struct sip_request **ret_request)
{
	const uint32_t cseq = request->cseq ? request->cseq : ++dialog->local_cseq;
	AUTO(text_clear) struct text lines = {0};
	char hop[128];
	struct uri route;
	struct pl pl;
	struct mbuf *mb;
	int failed;

	/* Without the parameter libre would take any transport. */
	(void)re_snprintf(hop, sizeof(hop), "sip:%J%s", &dialog->hop,
	                  dialog->transport == SIP_TRANSP_UDP
	                          ? ";transport=udp"
	                          : sip_transp_param(dialog->transport));
	pl_set_str(&pl, hop);
	if (uri_decode(&route, &pl))
		return ERROR_INVALID;

	dialog_write(dialog, request, cseq, &lines);
	mb = lines.failed ? NULL : mbuf_alloc(lines.length);
	if (!mb || mbuf_write_mem(mb, (const uint8_t *)lines.data, lines.length)) {
		mem_deref(mb);
		return ERROR_MEMORY;
	}
	mb->pos = 0;
	failed = sip_request(ret_request, sip, request->resph != NULL, request->method, -1,
	                     dialog->target, -1, &route, mb, 0, request->sendh, request->resph,
	                     request->arg);
	mem_deref(mb);
	return failed == ENOMEM ? ERROR_MEMORY : failed ? ERROR_IO : ERROR_OK;
}
