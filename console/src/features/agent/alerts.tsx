// A call is told in the window's title; with a sound and a notification only if the person said so,
// for this browser.
import {Group, Switch, Text} from '@mantine/core';
import {useLocalStorage} from '@mantine/hooks';
import {useEffect, useRef, useState} from 'react';
import {useText} from '@/i18n/language';
import {partyName} from './now';
import type {Present} from './present';
import {text} from './text';

const TONE_HZ = [880, 660];
const TONE_S = 0.35;
const AGAIN_MS = 3000;

const canNotify = () => 'Notification' in window && window.isSecureContext;

// Chrome on Android has it, asks for the permission, and then throws: only a service worker may.
function notification(title: string, options: NotificationOptions): Notification | undefined {
	try {
		return new Notification(title, options);
	} catch {
		return undefined;
	}
}

function ring(context: AudioContext): void {
	TONE_HZ.forEach((hz, i) => {
		const oscillator = context.createOscillator();
		const gain = context.createGain();
		const at = context.currentTime + i * TONE_S;

		oscillator.frequency.value = hz;
		gain.gain.setValueAtTime(0, at);
		gain.gain.linearRampToValueAtTime(0.2, at + 0.02);
		gain.gain.linearRampToValueAtTime(0, at + TONE_S);
		oscillator.connect(gain).connect(context.destination);
		oscillator.start(at);
		oscillator.stop(at + TONE_S);
	});
}

function useChoice(name: string) {
	return useLocalStorage({key: `centrex.agent.${name}`, defaultValue: false, getInitialValueInEffect: false});
}

export function Alerts({presents}: {presents: Present[]}) {
	const t = useText(text);
	const [sound, setSound] = useChoice('sound');
	const [notify, setNotify] = useChoice('notify');
	const [blocked, setBlocked] = useState(false);
	const plain = useRef('');
	const ringing = presents.find((present) => present.kind === 'ringing');
	const id = ringing?.id;
	const who = ringing ? partyName(ringing.who, t.unknown) : '';
	const body = ringing?.kind === 'ringing' && ringing.queue ? t.via(ringing.queue) : t.rings;

	useEffect(() => {
		if (id === undefined)
			return;
		plain.current = document.title;
		return () => {
			document.title = plain.current;
		};
	}, [id]);
	useEffect(() => {
		if (id !== undefined)
			document.title = `☎ ${t.titleRing(who)}`;
	}, [id, who, t]);
	useEffect(() => {
		if (id === undefined || !sound)
			return;
		const context = new AudioContext();
		const timer = setInterval(() => ring(context), AGAIN_MS);

		ring(context);
		return () => {
			clearInterval(timer);
			void context.close();
		};
	}, [id, sound]);
	useEffect(() => {
		if (id === undefined || !notify || !canNotify() || Notification.permission !== 'granted' || document.hasFocus())
			return;
		// The same tag: who is known only a moment later replaces who was not.
		const told = notification(t.titleRing(who), {body, tag: `centrex-${id}`});

		if (told)
			told.onclick = () => window.focus();
		return () => told?.close();
	}, [id, notify, who, body, t]);

	async function chooseNotify(on: boolean) {
		const allowed = on && await Notification.requestPermission() === 'granted';

		setBlocked(on && !allowed);
		setNotify(allowed);
	}

	return (
		<Group gap="md" role="group" aria-label={t.alerts}>
			<Switch size="md" label={t.sound} checked={sound} onChange={(event) => setSound(event.currentTarget.checked)} />
			{canNotify() && <Switch size="md" label={t.notify} checked={notify && Notification.permission === 'granted'} onChange={(event) => void chooseNotify(event.currentTarget.checked)} />}
			{blocked && <Text size="sm" role="status">{t.blocked}</Text>}
		</Group>
	);
}
