// The picture of a sound: as the server drew it, or made here from the sound itself.
import {Box} from '@mantine/core';
import {useQuery} from '@tanstack/react-query';
import {useMemo} from 'react';
import {send} from '@/api/client';

export type Peaks = readonly (readonly [number, number])[]; // [least, most] of equal stretches, -1 to 1

const STRETCHES = 400;
const DRAWN_MOST_BYTES = 32 * 1024 * 1024;
const HEIGHT_PX = 44;

async function peaksOfSound(src: string, signal: AbortSignal): Promise<Peaks> {
	const answer = await fetch(src, {credentials: 'same-origin', signal});

	if (!answer.ok || Number(answer.headers.get('Content-Length') ?? 0) > DRAWN_MOST_BYTES) {
		await answer.body?.cancel();
		return [];
	}
	const sound = await new OfflineAudioContext(1, 1, 8000).decodeAudioData(await answer.arrayBuffer());

	return peaksOf(Array.from({length: sound.numberOfChannels}, (_, channel) => sound.getChannelData(channel)));
}

// The least and the most of each stretch, over all channels.
export function peaksOf(channels: readonly Float32Array[], stretches = STRETCHES): Peaks {
	const length = channels[0]?.length ?? 0;

	return Array.from({length: Math.min(stretches, length)}, (_, i): readonly [number, number] => {
		const from = Math.floor(i * length / stretches);
		const to = Math.max(from + 1, Math.floor((i + 1) * length / stretches));
		let least = 0;
		let most = 0;

		for (const samples of channels) {
			for (let k = from; k < to; k++) {
				const x = samples[k] ?? 0;

				least = Math.min(least, x);
				most = Math.max(most, x);
			}
		}
		return [least, most];
	});
}

export function usePeaks(src: string, given: string | Peaks | undefined): Peaks | undefined {
	const {data, isError} = useQuery({
		queryKey: ['peaks', typeof given === 'string' ? given : src],
		queryFn: ({signal}): Promise<Peaks> => typeof given === 'string'
			? send<{peaks: Peaks}>('GET', given, undefined, undefined, signal).then(({peaks}) => peaks)
			: peaksOfSound(src, signal),
		enabled: !Array.isArray(given),
		staleTime: Number.POSITIVE_INFINITY,
		gcTime: 60_000,
		retry: false,
	});

	return Array.isArray(given) ? given : isError ? [] : data;
}

const PATH_HIGH = 100;
const LINE_LEAST = 2; // silence is a line, too

// A quiet sound is drawn as high as a loud one: one looks for where somebody speaks.
function pathOf(peaks: Peaks): string {
	const loudest = peaks.reduce((most, [a, b]) => Math.max(most, -a, b), 0.05);

	return peaks.map(([least, most], i) => {
		const top = PATH_HIGH / 2 * (1 - most / loudest);
		const bottom = PATH_HIGH / 2 * (1 - least / loudest);
		const high = Math.max(bottom - top, LINE_LEAST);

		return `M${i + 0.5} ${((top + bottom - high) / 2).toFixed(1)}v${high.toFixed(1)}`;
	}).join('');
}

// played: which part is behind, 0 to 1. Without peaks: a bar.
export function Waveform({peaks, played}: {peaks?: Peaks; played: number}) {
	const path = useMemo(() => peaks?.length ? pathOf(peaks) : '', [peaks]);
	const width = peaks?.length || 1;
	const behind = `${(Math.min(Math.max(played, 0), 1) * 100).toFixed(2)}%`;
	const line = (color: string, clip: string) => (
		<svg viewBox={`0 0 ${width} ${PATH_HIGH}`} preserveAspectRatio="none" width="100%" height="100%" aria-hidden style={{position: 'absolute', inset: 0, clipPath: clip}}>
			{path
				? <path d={path} stroke={color} strokeWidth={1.6} vectorEffect="non-scaling-stroke" fill="none" />
				: <rect x={0} y={PATH_HIGH / 2 - 5} width={width} height={10} fill={color} />}
		</svg>
	);

	return (
		<Box pos="relative" h={HEIGHT_PX} data-testid="waveform" data-drawn={path ? 'yes' : 'no'} aria-busy={!peaks || undefined} className={peaks ? undefined : 'stale'}>
			{line('var(--mantine-color-gray-5)', `inset(0 0 0 ${behind})`)}
			{line('var(--mantine-color-blue-7)', `inset(0 calc(100% - ${behind}) 0 0)`)}
		</Box>
	);
}
