// Every setting of a queue, in groups, with what it does (docs/guide/queues.md).
import type {Field, FieldKind} from '@/fields/kind';
import {texts, useText} from '@/i18n/language';
import type {QueueSettings} from './data';

type Name = Exclude<keyof QueueSettings, 'queue' | 'queue_id'>;
type Words = {[K in Name]: {label: string; help: string}};

const text = texts({
	en: {
		groups: {waiting: 'Waiting and overflow', offers: 'Offers to agents', tiers: 'Tiers', recording: 'Recording and service level'},
		choices: {join: 'It joins those before', replace: 'It replaces those before', tenant: 'As the tenant\'s settings say', yes: 'Yes', no: 'No'},
		fields: {
			max_wait_time: {label: 'Longest wait', help: 'Who has waited so long is led elsewhere. 0: callers wait as long as they like.'},
			max_wait_time_with_no_agent: {label: 'Wait while nobody is there', help: 'Callers are led elsewhere when no agent has been ready with a phone for so long. 0: never.'},
			max_wait_time_with_no_agent_time_reached: {label: 'Wait of later callers', help: 'Who joins when that is so already waits at least so long. 0: he is led elsewhere at once.'},
			overflow_number: {label: 'Led to', help: 'The extension or number for those who are led elsewhere. Empty: the call ends.'},
			agent_ring_time: {label: 'Ringing', help: 'How long a phone rings for one offer, 5 to 600.'},
			wrap_up_time: {label: 'Time after a call', help: 'An agent has so long to himself after a call.'},
			no_answer_delay_time: {label: 'Pause after no answer', help: 'How long an agent is left alone who did not answer.'},
			busy_delay_time: {label: 'Pause after busy', help: 'How long an agent is left alone whose phone was busy, or does not want to be disturbed.'},
			reject_delay_time: {label: 'Pause after declining', help: 'How long an agent is left alone who declined.'},
			max_no_answer: {label: 'Missed offers until a break', help: 'After so many in a row the agent is sent on break. 0: never.'},
			skip_agents_with_external_calls: {label: 'Skip who is in a call of his own', help: 'Agents in calls that did not come through a queue are not rung.'},
			tier_rules_apply: {label: 'Try tiers one after another', help: 'Off: all tiers at once.'},
			tier_rule_wait_second: {label: 'Wait for a further tier', help: 'Counted from when the caller joined.'},
			tier_rule_wait_multiply_level: {label: 'For each step again', help: 'With 30 s and tiers 1, 2 and 4: tier 2 after 30 s, tier 4 after 90 s.'},
			tier_rule_no_agent_no_wait: {label: 'Do not wait where nobody is', help: 'A further tier is tried at once when nobody is there in the one before.'},
			tier_join: {label: 'A further tier', help: 'What becomes of the tiers before.'},
			recording: {label: 'Record calls', help: 'Whether calls of this queue are recorded.'},
			service_level_s: {label: 'Service level', help: 'A call answered within so long counts as answered in time.'},
		} satisfies Words,
	},
	de: {
		groups: {waiting: 'Warten und Weiterleiten', offers: 'Angebote an Agenten', tiers: 'Stufen', recording: 'Aufzeichnung und Servicelevel'},
		choices: {join: 'Sie kommt zu den vorigen hinzu', replace: 'Sie ersetzt die vorigen', tenant: 'Wie in den Einstellungen des Mandanten', yes: 'Ja', no: 'Nein'},
		fields: {
			max_wait_time: {label: 'Längste Wartezeit', help: 'Wer so lange gewartet hat, wird weitergeleitet. 0: Anrufer warten, so lange sie mögen.'},
			max_wait_time_with_no_agent: {label: 'Wartezeit, wenn niemand da ist', help: 'Anrufer werden weitergeleitet, wenn so lange kein Agent mit Telefon bereit war. 0: nie.'},
			max_wait_time_with_no_agent_time_reached: {label: 'Wartezeit späterer Anrufer', help: 'Wer kommt, wenn es schon so ist, wartet mindestens so lange. 0: Er wird sofort weitergeleitet.'},
			overflow_number: {label: 'Weiterleiten an', help: 'Die Nebenstelle oder Nummer für alle, die weitergeleitet werden. Leer: Der Anruf endet.'},
			agent_ring_time: {label: 'Klingeln', help: 'So lange klingelt ein Telefon für ein Angebot, 5 bis 600.'},
			wrap_up_time: {label: 'Nacharbeit', help: 'So lange hat ein Agent nach einem Anruf für sich.'},
			no_answer_delay_time: {label: 'Ruhe nach Nichtannahme', help: 'So lange wird ein Agent in Ruhe gelassen, der nicht angenommen hat.'},
			busy_delay_time: {label: 'Ruhe nach Besetzt', help: 'So lange wird ein Agent in Ruhe gelassen, dessen Telefon besetzt war oder nicht stören soll.'},
			reject_delay_time: {label: 'Ruhe nach Ablehnen', help: 'So lange wird ein Agent in Ruhe gelassen, der abgelehnt hat.'},
			max_no_answer: {label: 'Verpasste Angebote bis zur Pause', help: 'Nach so vielen hintereinander wird der Agent in die Pause geschickt. 0: nie.'},
			skip_agents_with_external_calls: {label: 'Wer selbst telefoniert, wird übergangen', help: 'Agenten in Gesprächen, die nicht aus einer Warteschlange kamen, klingeln nicht.'},
			tier_rules_apply: {label: 'Stufen nacheinander versuchen', help: 'Aus: alle Stufen zugleich.'},
			tier_rule_wait_second: {label: 'Wartezeit bis zur nächsten Stufe', help: 'Gezählt ab dem Eintritt des Anrufers.'},
			tier_rule_wait_multiply_level: {label: 'Für jeden Schritt erneut', help: 'Mit 30 s und den Stufen 1, 2 und 4: Stufe 2 nach 30 s, Stufe 4 nach 90 s.'},
			tier_rule_no_agent_no_wait: {label: 'Nicht warten, wo niemand da ist', help: 'Die nächste Stufe wird sofort versucht, wenn in der vorigen niemand da ist.'},
			tier_join: {label: 'Eine weitere Stufe', help: 'Was aus den vorigen Stufen wird.'},
			recording: {label: 'Anrufe aufzeichnen', help: 'Ob Anrufe dieser Warteschlange aufgezeichnet werden.'},
			service_level_s: {label: 'Servicelevel', help: 'Ein Anruf, der innerhalb dieser Zeit angenommen wird, gilt als rechtzeitig.'},
		},
	},
});

type Row = {name: Name; kind: FieldKind; least?: number; most?: number; clearable?: boolean; choices?: readonly ('join' | 'replace' | 'tenant' | 'yes' | 'no')[]};

const DAY_S = 86_400;
const HOUR_S = 3600;
const GROUPS: {group: 'waiting' | 'offers' | 'tiers' | 'recording'; rows: readonly Row[]}[] = [
	{group: 'waiting', rows: [
		{name: 'max_wait_time', kind: 'seconds', least: 0, most: DAY_S},
		{name: 'max_wait_time_with_no_agent', kind: 'seconds', least: 0, most: DAY_S},
		{name: 'max_wait_time_with_no_agent_time_reached', kind: 'seconds', least: 0, most: DAY_S},
		{name: 'overflow_number', kind: 'digits', clearable: true, most: 20},
	]},
	{group: 'offers', rows: [
		{name: 'agent_ring_time', kind: 'seconds', least: 5, most: 600},
		{name: 'wrap_up_time', kind: 'seconds', least: 0, most: HOUR_S},
		{name: 'no_answer_delay_time', kind: 'seconds', least: 0, most: HOUR_S},
		{name: 'busy_delay_time', kind: 'seconds', least: 0, most: HOUR_S},
		{name: 'reject_delay_time', kind: 'seconds', least: 0, most: HOUR_S},
		{name: 'max_no_answer', kind: 'number', least: 0, most: 1000},
		{name: 'skip_agents_with_external_calls', kind: 'switch'},
	]},
	{group: 'tiers', rows: [
		{name: 'tier_rules_apply', kind: 'switch'},
		{name: 'tier_rule_wait_second', kind: 'seconds', least: 0, most: DAY_S},
		{name: 'tier_rule_wait_multiply_level', kind: 'switch'},
		{name: 'tier_rule_no_agent_no_wait', kind: 'switch'},
		{name: 'tier_join', kind: 'choice', choices: ['join', 'replace']},
	]},
	{group: 'recording', rows: [
		{name: 'service_level_s', kind: 'seconds', least: 1, most: HOUR_S},
		{name: 'recording', kind: 'choice', choices: ['tenant', 'yes', 'no']},
	]},
];

export function useSettingsGroups(): {title: string; fields: Field[]}[] {
	const t = useText(text);

	return GROUPS.map(({group, rows}) => ({
		title: t.groups[group],
		fields: rows.map(({choices, ...row}) => ({...row, ...t.fields[row.name], choices: choices?.map((value) => ({value, label: t.choices[value]}))})),
	}));
}
