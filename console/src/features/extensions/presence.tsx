import {Skeleton} from '@mantine/core';
import {texts, useText} from '@/i18n/language';
import {Dot, type Tone} from '@/ui/dot';
import type {Presence} from './phones';

const words = texts({
	en: {offline: 'Offline', online: 'Online', ringing: 'Ringing', talking: 'Talking'},
	de: {offline: 'Nicht angemeldet', online: 'Angemeldet', ringing: 'Klingelt', talking: 'Im Gespräch'},
});
const TONES: Record<Presence, Tone> = {offline: 'off', online: 'good', ringing: 'warn', talking: 'busy'};

export function PresenceDot({presence}: {presence: Presence | undefined}) {
	const t = useText(words);

	return presence ? <Dot tone={TONES[presence]} label={t[presence]} /> : <Skeleton height={14} width={70} />;
}
