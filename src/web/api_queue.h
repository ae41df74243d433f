/*
 * How queues and agents do, now and over time, and why a queue did what it did. An agent sees the
 * queues he answers and his own figures; why is for administrators.
 */
#ifndef CENTREX_WEB_API_QUEUE_H
#define CENTREX_WEB_API_QUEUE_H

#include "web/route.h"

extern const struct route_table api_queue_routes;

#endif
