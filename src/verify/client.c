#include "verify/client.h"

#include <curl/curl.h>
#include <string.h>

struct client {
	CURL *curl;
	uint16_t port;
};

enum error_code client_open(uint16_t port, struct client **ret_client, struct error *err)
{
	struct client *client = calloc(1, sizeof(*client));

	if (!client)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	client->port = port;
	client->curl = curl_easy_init();
	if (!client->curl) {
		free(client);
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	}
	*ret_client = client;
	return ERROR_OK;
}

void client_close(struct client *client)
{
	if (!client)
		return;
	curl_easy_cleanup(client->curl);
	free(client);
}

void client_escape(struct text *out, const char *text)
{
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		    strchr("-._~", c))
			text_add_char(out, (char)c);
		else
			text_addf(out, "%%%02X", c);
	}
}

static size_t take(char *bytes, size_t size, size_t n, void *arg)
{
	struct text *body = arg;

	if (body->length + size * n > CLIENT_BODY_MAX)
		return 0;
	text_add_n(body, bytes, size * n);
	return size * n;
}

static struct curl_slist *headers_of(const struct client *client,
                                     const struct client_request *request)
{
	AUTO(text_clear) struct text line = {0};
	struct curl_slist *list = curl_slist_append(NULL, "Expect:");

	if (request->session) {
		text_addf(&line, "Cookie: centrex_session=%s", request->session);
		list = curl_slist_append(list, text_string(&line));
		text_reset(&line);
		text_addf(&line, "Origin: http://127.0.0.1:%u", client->port);
		list = curl_slist_append(list, text_string(&line));
	}
	text_reset(&line);
	if (request->type) {
		text_addf(&line, "Content-Type: %s", request->type);
		list = curl_slist_append(list, text_string(&line));
	}
	return list;
}

static void prepare(CURL *curl, const struct client_request *request, const char *url, bool stream,
                    struct client_answer *answer)
{
	curl_easy_reset(curl);
	curl_easy_setopt(curl, CURLOPT_URL, url);
	curl_easy_setopt(curl, CURLOPT_PATH_AS_IS, 1L);
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
	curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request->method);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS,
	                 stream ? (long)CLIENT_STREAM_MS : (long)CLIENT_TIMEOUT_MS);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, &answer->body);
	if (request->type) {
		curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request->body);
		curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, (long)strlen(request->body));
	}
}

enum error_code client_send(struct client *client, const struct client_request *request,
                            bool stream, struct client_answer *answer, struct error *err)
{
	AUTO(text_clear) struct text url = {0};
	struct curl_slist *headers = headers_of(client, request);
	long status = 0;
	CURLcode code;

	answer->status = 0;
	text_reset(&answer->body);
	text_addf(&url, "http://127.0.0.1:%u%s", client->port, request->path);
	if (url.failed || !headers) {
		curl_slist_free_all(headers);
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	}
	prepare(client->curl, request, text_string(&url), stream, answer);
	curl_easy_setopt(client->curl, CURLOPT_HTTPHEADER, headers);
	code = curl_easy_perform(client->curl);
	curl_easy_getinfo(client->curl, CURLINFO_RESPONSE_CODE, &status);
	curl_slist_free_all(headers);
	if (answer->body.failed)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	if (code != CURLE_OK && !(stream && status && code == CURLE_OPERATION_TIMEDOUT))
		return error_set(err, ERROR_UNAVAILABLE, NULL, "no answer to %s %.120s: %s",
		                 request->method, request->path, curl_easy_strerror(code));
	answer->status = (unsigned)status;
	return ERROR_OK;
}
