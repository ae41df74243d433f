#include <string.h>

#include "base/text.h"
#include "web/routes.h"
#include "web/url.h"

/* The rows as a tree of segments: literals by name, one branch for a parameter. */
struct node {
	const char *literal; /* in the row's path; NULL: a parameter */
	size_t length;
	const struct route *routes[WEB_METHOD_COUNT];
	struct node *child, *sibling, *parameter;
};

struct segment {
	const char *text;
	size_t length;
};

/* "/a/b" into its segments; 0: it is none, or has an empty one or too many. */
static size_t split(const char *path, struct segment segments[static ROUTE_SEGMENTS_MAX])
{
	size_t n = 0;

	for (const char *p = path; *p; p += segments[n++].length) {
		if (*p++ != '/' || n == ROUTE_SEGMENTS_MAX)
			return 0;
		segments[n] = (struct segment){p, strcspn(p, "/")};
		if (!segments[n].length)
			return 0;
	}
	return n;
}

static struct node *add_child(struct node *node, const struct segment *segment)
{
	bool parameter = segment->text[0] == '{';
	struct node *child = parameter ? node->parameter : node->child;

	while (!parameter && child &&
	       (child->length != segment->length ||
	        memcmp(child->literal, segment->text, segment->length) != 0))
		child = child->sibling;
	if (child)
		return child;
	child = calloc(1, sizeof(*child));
	if (!child)
		return NULL;
	if (parameter) {
		node->parameter = child;
		return child;
	}
	child->literal = segment->text;
	child->length = segment->length;
	child->sibling = node->child;
	node->child = child;
	return child;
}

enum error_code router_open(const struct route *const *routes, size_t n, struct node **ret_root,
                            struct error *err)
{
	struct node *root = calloc(1, sizeof(*root));

	for (size_t i = 0; root && i < n; i++) {
		struct segment segments[ROUTE_SEGMENTS_MAX];
		size_t count = split(routes[i]->path, segments);
		struct node *node = root;

		for (size_t s = 0; s < count && node; s++)
			node = add_child(node, &segments[s]);
		if (!node || !count || node->routes[routes[i]->method]) {
			router_close(root);
			return node ? error_set(err, ERROR_INTERNAL, NULL,
			                        "the route %s %s stands in the table twice, or is "
			                        "no path",
			                        web_method_name(routes[i]->method), routes[i]->path)
			            : error_set(err, ERROR_MEMORY, NULL, NULL);
		}
		node->routes[routes[i]->method] = routes[i];
	}
	if (!root)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	*ret_root = root;
	return ERROR_OK;
}

/* As deep as the longest path of the table. */
void router_close(struct node *root)
{
	while (root) {
		struct node *sibling = root->sibling;

		router_close(root->child);
		router_close(root->parameter);
		free(root);
		root = sibling;
	}
}

struct walk {
	enum web_method method;
	const struct segment *segments; /* decoded, terminated */
	size_t n;
	const struct segment *values[ROUTE_SEGMENTS_MAX];
	size_t n_values;
	unsigned allowed;
};

/* A literal is tried before a parameter, but does not hide it: of /x/import (POST) and /x/{id}
 * (GET), GET /x/import is the second. */
static const struct route *walk(struct walk *w, const struct node *node, size_t at)
{
	const struct route *found = NULL;

	if (at == w->n) {
		for (unsigned i = 0; i < WEB_METHOD_COUNT; i++)
			w->allowed |= node->routes[i] ? 1u << i : 0;
		return node->routes[w->method];
	}
	const struct segment *segment = &w->segments[at];

	for (const struct node *child = node->child; child; child = child->sibling)
		if (child->length == segment->length &&
		    memcmp(child->literal, segment->text, segment->length) == 0) {
			found = walk(w, child, at + 1);
			break;
		}
	if (!found && node->parameter) {
		w->values[w->n_values++] = segment;
		found = walk(w, node->parameter, at + 1);
		if (!found)
			w->n_values--;
	}
	return found;
}

/* Decodes the segments into the match's buffer. 0: malformed. A value may hold anything but "/" and
 * NUL; "." and ".." never name something, whoever resolves them. */
static size_t decode(const char *path, struct route_match *match,
                     struct segment segments[static ROUTE_SEGMENTS_MAX])
{
	size_t n = split(path, segments);
	char *out = match->buffer;

	for (size_t i = 0; i < n; i++) {
		ptrdiff_t length = text_percent_decode(segments[i].text, segments[i].length, false,
		                                       out, segments[i].length);

		if (length <= 0 || memchr(out, '/', (size_t)length) || strcmp(out, ".") == 0 ||
		    strcmp(out, "..") == 0)
			return 0;
		segments[i] = (struct segment){out, (size_t)length};
		out += length + 1;
	}
	return n;
}

static void name_parameters(struct route_match *match, const struct walk *w)
{
	const char *p = match->route->path;

	match->n = 0;
	for (size_t i = 0; i < w->n_values && i < ROUTE_PARAMETERS_MAX; i++) {
		p = strchr(p, '{') + 1;
		match->parameters[i].name = p;
		match->parameters[i].name_length = strcspn(p, "}");
		match->parameters[i].value = match->buffer + (w->values[i]->text - match->buffer);
		match->n++;
	}
}

void router_match(const struct node *root, enum web_method method, const char *path,
                  struct route_match *ret_match)
{
	struct segment segments[ROUTE_SEGMENTS_MAX];
	struct walk w = {.method = method, .segments = segments};

	ret_match->route = NULL;
	ret_match->allowed = 0;
	ret_match->n = 0;
	if (strlen(path) >= ROUTE_PATH_MAX)
		return;
	w.n = decode(path, ret_match, segments);
	if (!w.n)
		return;
	ret_match->route = walk(&w, root, 0);
	ret_match->allowed = ret_match->route ? 0 : w.allowed;
	if (ret_match->route)
		name_parameters(ret_match, &w);
}
