/* Feature codes and parking slots: what the built-in engine does for who dials them
 * (docs/guide/features.md). */
#ifndef CENTREX_DOMAIN_ROUTE_FEATURE_H
#define CENTREX_DOMAIN_ROUTE_FEATURE_H

#include "domain/route.h"

/* False: this is none; else feature, and what it goes with, are set. */
bool route_feature_find(const struct snapshot *snapshot, const char *dialled,
                        struct route_plan *plan);

#endif
