// Which queues are shown, and from which figures on they stand out. All of it stands in the address.
import {Button, Group, MultiSelect, NumberInput, Stack, Text} from '@mantine/core';
import {texts, useText} from '@/i18n/language';
import {SideDrawer} from '@/resource/drawer';
import type {Figures} from '@/resource/queue-figures';
import {useUrlState} from '@/resource/url';
import {type LimitName, readLimits, writeLimit} from './thresholds';

const text = texts({
	en: {
		title: 'Queues and limits', queues: 'Queues', all: 'All queues', kept: 'What you choose stands in the address: bookmark it, or open it on another screen.', usual: 'Usual limits',
		limits: {waiting: 'Callers waiting, from', longest: 'Longest wait in seconds, from', level: 'Service level in percent, up to', free: 'Free agents, up to'}, warn: 'Look here', bad: 'Act now', none: 'Nothing found',
	},
	de: {
		title: 'Warteschlangen und Grenzen', queues: 'Warteschlangen', all: 'Alle Warteschlangen', kept: 'Was Sie wählen, steht in der Adresse: Speichern Sie sie als Lesezeichen, oder öffnen Sie sie auf einem anderen Bildschirm.', usual: 'Übliche Grenzen',
		limits: {waiting: 'Wartende, ab', longest: 'Längste Wartezeit in Sekunden, ab', level: 'Servicelevel in Prozent, bis', free: 'Freie Agenten, bis'}, warn: 'Hinsehen', bad: 'Handeln', none: 'Nichts gefunden',
	},
});
const NAMES: readonly LimitName[] = ['waiting', 'longest', 'level', 'free'];

export function Setup({opened, onClose, queues}: {opened: boolean; onClose: () => void; queues: readonly Figures[]}) {
	const t = useText(text);
	const [url, setUrl] = useUrlState();
	const limits = readLimits(url);

	return (
		<SideDrawer opened={opened} onClose={onClose} title={t.title}>
			<Stack>
				<MultiSelect label={t.queues} placeholder={url.queues ? undefined : t.all} searchable clearable nothingFoundMessage={t.none} data={queues.map(({queue_id, queue}) => ({value: queue_id, label: queue}))}
					value={(url.queues ?? '').split(',').filter(Boolean)} onChange={(chosen) => setUrl({queues: chosen.join(',')})} />
				{NAMES.map((name) => (
					<Group key={name} grow align="end" component="fieldset" m={0} p={0} style={{border: 'none'}}>
						<Text component="legend" size="sm" fw={500}>{t.limits[name]}</Text>
						{(['warn', 'bad'] as const).map((level) => (
							<NumberInput key={level} label={t[level]} min={0} max={name === 'level' ? 100 : 86_400} allowDecimal={false} allowNegative={false} value={limits[name][level]}
								onChange={(value) => typeof value === 'number' && setUrl({[name]: writeLimit(name, {...limits[name], [level]: value})})} />
						))}
					</Group>
				))}
				<Text size="sm" c="dimmed">{t.kept}</Text>
				<Group justify="flex-end"><Button variant="default" onClick={() => setUrl({waiting: undefined, longest: undefined, level: undefined, free: undefined})}>{t.usual}</Button></Group>
			</Stack>
		</SideDrawer>
	);
}
