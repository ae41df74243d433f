/*
 * `centrex convert-audio MOST_S MOST_BYTES RATE...`: not for people (domain/media_convert.c starts
 * it). Reads the audio of descriptor 3, writes a report to 4, the peaks to 5 and a wav file for
 * each RATE to 6, 7, ...; all are files. Gives up all rights before it reads (audio/sandbox.h).
 *
 * The report is one JSON object: {"format", "sample_rate", "channels", "duration_ms",
 * "level_peak_db", "level_mean_db"} (levels null: silence), exit status 0; or {"error": {"code",
 * "field", "message", "detail"}}, exit status 1. The peaks: {"duration_ms", "peaks": [[least,
 * most], ...]}. Whoever started it ends it when it takes too long.
 */
#ifndef CENTREX_AUDIO_COMMAND_H
#define CENTREX_AUDIO_COMMAND_H

#define AUDIO_COMMAND "convert-audio"

/* argv[0] is the command's name. Does not return. */
_Noreturn void audio_command(int argc, char **argv);

#endif
