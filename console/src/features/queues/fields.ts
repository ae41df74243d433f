// The fields of a queue itself.
import type {Field} from '@/fields/kind';
import {texts, useText} from '@/i18n/language';
import type {words} from './words';

const text = texts({
	en: {name: 'Name', nameHelp: 'Agents see it on their phones when a call of this queue rings.', rings: 'Who rings', ringsHelp: 'All at once: every free agent rings for the caller who came first. One after another: one agent rings for each caller, in turns.'},
	de: {name: 'Name', nameHelp: 'Agenten sehen ihn am Telefon, wenn ein Anruf dieser Warteschlange klingelt.', rings: 'Wer klingelt', ringsHelp: 'Alle zugleich: Jeder freie Agent klingelt für den Anrufer, der zuerst kam. Einer nach dem anderen: Für jeden Anrufer klingelt ein Agent, reihum.'},
});

export function useNameField(): Field {
	const t = useText(text);

	return {name: 'name', kind: 'text', label: t.name, help: t.nameHelp, required: true, most: 100};
}

export function useStrategyField(w: ReturnType<typeof useText<(typeof words)['en']>>): Field {
	const t = useText(text);

	return {name: 'strategy', kind: 'choice', label: t.rings, help: t.ringsHelp, required: true,
		choices: (['ring-all', 'round-robin'] as const).map((value) => ({value, label: w.strategy[value]}))};
}
