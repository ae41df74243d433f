#include "sip/ports.h"

#include <pthread.h>
#include <stdbool.h>

struct ports {
	pthread_mutex_t lock;
	unsigned first; /* even */
	unsigned n;     /* pairs */
	unsigned next;  /* where the next search starts */
	unsigned used;
	bool taken[];
};

enum error_code ports_open(uint16_t least, uint16_t most, uint32_t start, struct ports **ret_ports,
                           struct error *err)
{
	const unsigned first = ((unsigned)least + 1) & ~1U;

	if (first == 0 || first + 1 > most) {
		return error_set(err, ERROR_INVALID, "rtp-port-most",
		                 "%u to %u holds no pair of ports", least, most);
	}

	const unsigned n = (most - first + 1) / 2;
	struct ports *ports = calloc(1, sizeof(*ports) + n * sizeof(ports->taken[0]));
	if (!ports)
		return error_set(err, ERROR_MEMORY, NULL, NULL);

	pthread_mutex_init(&ports->lock, NULL);
	ports->first = first;
	ports->n = n;
	ports->next = start % n;
	*ret_ports = ports;
	return ERROR_OK;
}

void ports_close(struct ports *ports)
{
	if (!ports)
		return;
	pthread_mutex_destroy(&ports->lock);
	free(ports);
}

uint16_t ports_take(struct ports *ports, unsigned keep)
{
	uint16_t port = 0;

	pthread_mutex_lock(&ports->lock);
	for (unsigned i = 0; i < ports->n && ports->used + keep < ports->n; i++) {
		const unsigned at = (ports->next + i) % ports->n;

		if (ports->taken[at])
			continue;
		ports->taken[at] = true;
		ports->used++;
		ports->next = (at + 1) % ports->n;
		port = (uint16_t)(ports->first + 2 * at);
		break;
	}
	pthread_mutex_unlock(&ports->lock);
	return port;
}

void ports_give(struct ports *ports, uint16_t port)
{
	if (port < ports->first)
		return;

	const unsigned at = (port - ports->first) / 2;

	pthread_mutex_lock(&ports->lock);
	if (at < ports->n && ports->taken[at]) {
		ports->taken[at] = false;
		ports->used--;
	}
	pthread_mutex_unlock(&ports->lock);
}

unsigned ports_room(const struct ports *ports)
{
	return ports->n;
}

unsigned ports_used(struct ports *ports)
{
	pthread_mutex_lock(&ports->lock);
	const unsigned used = ports->used;
	pthread_mutex_unlock(&ports->lock);
	return used;
}
