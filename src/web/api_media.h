/*
 * Uploaded audio: what the rows of the resource "media" do not do by themselves.
 *
 *   POST   tenants/{tenant}/media               multipart/form-data: category, file
 *   GET    tenants/{tenant}/media/{id}/audio    ?rate=8000|16000|48000|original; Range
 *   GET    tenants/{tenant}/media/{id}/peaks    the picture of it, for a player
 */
#ifndef CENTREX_WEB_API_MEDIA_H
#define CENTREX_WEB_API_MEDIA_H

#include "web/route.h"

extern const struct route_table api_media_routes;

#endif
