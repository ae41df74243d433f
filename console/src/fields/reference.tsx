// A row of another list, found by typing: the list is asked, never loaded whole.
import {Loader, Select} from '@mantine/core';
import {useDebouncedValue} from '@mantine/hooks';
import {keepPreviousData, useQuery} from '@tanstack/react-query';
import {useState} from 'react';
import {send, withQuery} from '@/api/client';
import {texts, useText} from '@/i18n/language';
import type {InputProps} from './kind';

const text = texts({
	en: {nothing: 'Nothing found'},
	de: {nothing: 'Nichts gefunden'},
});
const SHOWN_MOST = 20;
const TYPING_MS = 150;

export function ReferenceInput({field, value, error, onChange, autoFocus}: InputProps) {
	const t = useText(text);
	const source = field.reference;
	const [typed, setTyped] = useState('');
	const [asked] = useDebouncedValue(typed, TYPING_MS);
	const {data, isFetching} = useQuery({
		queryKey: [...source?.scope ?? [], 'reference', asked],
		queryFn: ({signal}) => send<{items: never[]}>('GET', withQuery(source?.path ?? '', {...source?.query, q: asked, limit: SHOWN_MOST}), undefined, undefined, signal),
		placeholderData: keepPreviousData,
		enabled: !!source,
	});
	const wanted = asked.toLowerCase();
	const fixed = (source?.fixed ?? []).filter(({label}) => label.toLowerCase().includes(wanted));
	const options = new Map([...fixed.map((one): [string, string] => [one.value, one.label]),
		...(data?.items ?? []).map((row): [string, string] => [source?.value(row) ?? '', source?.label(row) ?? ''])]);
	const current = value === null || value === undefined ? null : String(value);

	// What is chosen stays shown when it is not among what was found.
	if (current && !options.has(current))
		options.set(current, source?.known?.[current] ?? source?.fixed?.find(({value: one}) => one === current)?.label ?? current);
	return (
		<Select name={field.name} label={field.label} description={field.help} required={field.required} error={error} placeholder={field.placeholder}
			data-autofocus={autoFocus || undefined} searchable clearable={field.clearable ?? !field.required} nothingFoundMessage={t.nothing}
			filter={({options: all}) => all} data={[...options].map(([v, label]) => ({value: v, label}))} rightSection={isFetching ? <Loader size="xs" /> : undefined}
			value={current} onChange={onChange} searchValue={typed} onSearchChange={setTyped} />
	);
}
