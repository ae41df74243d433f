/*
 * The project's own music, for whoever waits and whose tenant has chosen nothing else: slow chords
 * under a soft broken chord, made from the notes in melody.c. It is no recording of anybody.
 *
 * Its end leads into its beginning without a seam: what still sounds at the end sounds there. Each
 * sample follows from its place alone. About -21 dBFS, never above -6.
 */
#ifndef CENTREX_AUDIO_MELODY_H
#define CENTREX_AUDIO_MELODY_H

#include <stddef.h>
#include <stdint.h>

/* How many samples the whole has at so many a second. */
size_t audio_melody_length(unsigned rate);

/* The n samples from `from` on, which go on at the beginning behind the end. */
void audio_melody_render(unsigned rate, size_t from, int16_t *samples, size_t n);

#endif
