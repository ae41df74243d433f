// Plays a sound: its picture, which one clicks or steps through to seek, speed, time. For music,
// announcements and recordings.
import {ActionIcon, Alert, Box, Group, Loader, NativeSelect, Text} from '@mantine/core';
import {IconPlayerPause, IconPlayerPlay} from '@tabler/icons-react';
import {type KeyboardEvent, type PointerEvent, useEffect, useRef, useState} from 'react';
import {useFormat} from '@/i18n/format';
import {texts, useText} from '@/i18n/language';
import {type Peaks, usePeaks, Waveform} from './waveform';

const text = texts({
	en: {
		play: (what: string) => `Play ${what}`, pause: (what: string) => `Pause ${what}`, position: (what: string) => `Position in ${what}`,
		of: (at: string, all: string) => `${at} of ${all}`, speed: 'Speed', fault: 'This sound cannot be played.',
	},
	de: {
		play: (what: string) => `${what} abspielen`, pause: (what: string) => `${what} anhalten`, position: (what: string) => `Stelle in ${what}`,
		of: (at: string, all: string) => `${at} von ${all}`, speed: 'Tempo', fault: 'Dieser Ton lässt sich nicht abspielen.',
	},
});
const SPEEDS = ['0.75', '1', '1.25', '1.5', '2'];
const STEP_S = 5;
const LEAP_S = 30;
const END_S = 0.2; // Chromium goes to the start where nothing is left to be played

// Two sounds at once are none: who starts to play stops the other.
let playing: HTMLAudioElement | null = null;

function stepOf(key: string, at: number, all: number): number | undefined {
	switch (key) {
	case 'ArrowRight': case 'ArrowUp': return at + STEP_S;
	case 'ArrowLeft': case 'ArrowDown': return at - STEP_S;
	case 'PageUp': return at + LEAP_S;
	case 'PageDown': return at - LEAP_S;
	case 'Home': return 0;
	case 'End': return all;
	default: return undefined;
	}
}

export type PlayerProps = {
	src: string;
	label: string;                // what one hears: "waltz.wav"
	peaks?: string | Peaks;       // of its picture: the path that answers {peaks}, or they themselves; none: made from the sound
	durationMs?: number | null;   // where it is known before it is loaded
	autoPlay?: boolean;
};

export function Player({src, label, peaks, durationMs, autoPlay}: PlayerProps) {
	const t = useText(text);
	const format = useFormat();
	const audio = useRef<HTMLAudioElement>(null);
	const pending = useRef<number>(undefined); // where to, once it is known how long it is
	const [on, setOn] = useState(false);
	const [at, setAt] = useState(0);
	const [known, setKnown] = useState((durationMs ?? 0) / 1000);
	const [speed, setSpeed] = useState('1');
	const [failed, setFailed] = useState(false);
	const [waits, setWaits] = useState(false); // it should sound, and nothing has come yet
	const picture = usePeaks(src, peaks);
	const all = Math.max(known, 0);

	useEffect(() => {
		const element = audio.current;

		return () => {
			element?.pause();
			if (playing === element)
				playing = null;
		};
	}, []);

	function toggle() {
		const element = audio.current;

		if (!element)
			return;
		if (element.paused)
			element.play().catch((cause: unknown) => setFailed(!(cause instanceof DOMException && cause.name === 'AbortError')));
		else
			element.pause();
	}

	function seek(to: number) {
		const element = audio.current;
		const place = Math.max(0, Math.min(to, all - END_S));

		if (!element || !all)
			return;
		if (element.readyState === HTMLMediaElement.HAVE_NOTHING)
			pending.current = place;
		else
			element.currentTime = place;
		setAt(place);
	}

	function onKey(event: KeyboardEvent) {
		const to = stepOf(event.key, at, all);

		if (event.key === ' ' || event.key === 'Enter')
			toggle();
		else if (to !== undefined)
			seek(to);
		else
			return;
		event.preventDefault();
	}

	function onPointer(event: PointerEvent<HTMLElement>) {
		const box = event.currentTarget.getBoundingClientRect();

		if (event.type === 'pointerdown')
			event.currentTarget.setPointerCapture(event.pointerId);
		if (event.buttons & 1 && box.width)
			seek((event.clientX - box.left) / box.width * all);
	}

	const times = t.of(format.duration(at), format.duration(all));

	return (
		<Box>
			{/* biome-ignore lint/a11y/useMediaCaption: music, and calls that nobody wrote down */}
			<audio ref={audio} src={src} preload="metadata" autoPlay={autoPlay} data-testid="sound"
				onPlay={(event) => {
					if (playing !== event.currentTarget)
						playing?.pause();
					playing = event.currentTarget;
					setOn(true);
					setWaits(event.currentTarget.readyState < HTMLMediaElement.HAVE_FUTURE_DATA);
				}}
				onPause={() => {
					setOn(false);
					setWaits(false);
				}}
				onWaiting={() => setWaits(true)}
				onPlaying={() => setWaits(false)}
				onTimeUpdate={(event) => pending.current === undefined && setAt(event.currentTarget.currentTime)}
				onRateChange={(event) => setSpeed(String(event.currentTarget.playbackRate))}
				onDurationChange={({currentTarget: {duration}}) => Number.isFinite(duration) && setKnown(duration)}
				onLoadedMetadata={(event) => {
					setFailed(false);
					event.currentTarget.playbackRate = Number(speed);
					if (pending.current !== undefined)
						event.currentTarget.currentTime = pending.current;
					pending.current = undefined;
				}}
				onError={() => {
					setFailed(true);
					setWaits(false);
				}} />
			<Group gap="sm" wrap="nowrap" align="center">
				<ActionIcon variant="filled" size="lg" radius="xl" onClick={toggle} disabled={failed} aria-busy={waits || undefined} aria-label={on ? t.pause(label) : t.play(label)}>
					{waits ? <Loader size={18} color="white" aria-hidden /> : on ? <IconPlayerPause size={18} aria-hidden /> : <IconPlayerPlay size={18} aria-hidden />}
				</ActionIcon>
				<Box role="slider" tabIndex={0} aria-label={t.position(label)} aria-valuemin={0} aria-valuemax={Math.round(all)} aria-valuenow={Math.round(at)} aria-valuetext={times}
					onKeyDown={onKey} onPointerDown={onPointer} onPointerMove={onPointer} style={{flex: 1, minWidth: 80, cursor: 'pointer', touchAction: 'none'}}>
					<Waveform peaks={picture} played={all ? at / all : 0} />
				</Box>
				<NativeSelect size="xs" w={76} aria-label={t.speed} value={speed} data={SPEEDS.map((value) => ({value, label: `${format.number(Number(value))}×`}))}
					onChange={({currentTarget: {value}}) => {
						setSpeed(value);
						if (audio.current)
							audio.current.playbackRate = Number(value);
					}} />
			</Group>
			<Text size="xs" c="dimmed" pl={46} style={{fontVariantNumeric: 'tabular-nums'}}>{times}</Text>
			{failed && <Alert color="red" variant="light" mt="xs" role="alert">{t.fault}</Alert>}
		</Box>
	);
}
