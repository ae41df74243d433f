import {MantineProvider} from '@mantine/core';
import {QueryClient, QueryClientProvider} from '@tanstack/react-query';
import {cleanup, fireEvent, render, screen} from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import {useState} from 'react';
import {afterEach, expect, test, vi} from 'vitest';
import {Format} from '@/i18n/format';
import {type Field, type FieldKind, reference} from './kind';
import {KINDS} from './kinds';

afterEach(() => {
	cleanup();
	vi.unstubAllGlobals();
});

const format = new Format('en-GB', 'UTC', 'en');
const CHOICES = [{value: 'a', label: 'First'}, {value: 'b', label: 'Second'}];

function Bed({field, first, error, tell}: {field: Field; first: unknown; error?: string; tell: (value: unknown) => void}) {
	const [now, setNow] = useState(first);
	const {Input} = KINDS[field.kind];

	return Input && <Input field={field} value={now} error={error} onChange={(next) => {
		tell(next);
		setNow(next);
	}} />;
}

// The input of a kind, as a form has it; returns what it gives.
function show(kind: FieldKind, value: unknown, more: Partial<Field> = {}, error?: string) {
	const given: unknown[] = [];

	render(<MantineProvider env="test"><QueryClientProvider client={new QueryClient()}>
		<Bed field={{name: 'x', kind, label: 'Label', help: 'Help', ...more}} first={value} error={error} tell={(next) => given.push(next)} />
	</QueryClientProvider></MantineProvider>);
	return given;
}

test('every kind that can be given has a label, its help and its error', () => {
	for (const kind of Object.keys(KINDS) as FieldKind[]) {
		if (!KINDS[kind].Input)
			continue;
		show(kind, KINDS[kind].empty, {choices: CHOICES}, 'is wrong');
		expect(screen.getAllByLabelText(/Label/).length, kind).toBeGreaterThan(0);
		expect(screen.getByText('Help'), kind).toBeTruthy();
		expect(screen.getByText('is wrong'), kind).toBeTruthy();
		cleanup();
	}
});

test('a text gives what was typed, and null when it is emptied and that is a value', async () => {
	const given = show('text', 'a', {clearable: true});

	await userEvent.type(screen.getByLabelText('Label'), 'b');
	await userEvent.clear(screen.getByLabelText('Label'));
	expect(given).toEqual(['ab', null]);
	cleanup();
	const plain = show('text', 'a');
	await userEvent.clear(screen.getByLabelText('Label'));
	expect(plain).toEqual(['']);
});

test('a number gives a number, and null when it is emptied', async () => {
	const given = show('number', 1);

	await userEvent.type(screen.getByLabelText('Label'), '2');
	await userEvent.clear(screen.getByLabelText('Label'));
	expect(given).toEqual([12, null]);
});

test('a switch gives true and false', async () => {
	const given = show('switch', false);

	await userEvent.click(screen.getByRole('switch', {name: /Label/}));
	await userEvent.click(screen.getByRole('switch', {name: /Label/}));
	expect(given).toEqual([true, false]);
});

test('a choice gives the value, and shows its label', async () => {
	const given = show('choice', 'a', {choices: CHOICES});

	expect((screen.getByRole('textbox', {name: 'Label'}) as HTMLInputElement).value).toBe('First');
	await userEvent.click(screen.getByRole('textbox', {name: 'Label'}));
	await userEvent.click(await screen.findByText('Second'));
	expect(given).toEqual(['b']);
});

test('words are one text with commas between', async () => {
	const given = show('words', 'Lunch, Tea');

	await userEvent.type(screen.getByRole('textbox', {name: 'Label'}), 'Nap{Enter}');
	expect(given).toEqual(['Lunch,Tea,Nap']);
});

test('a reference asks the list for what is typed, offers what is fixed, and names what is chosen', async () => {
	const asked: string[] = [];

	vi.stubGlobal('fetch', async (path: string) => {
		asked.push(path);
		return new Response(JSON.stringify({items: [{id: '7', name: 'waltz'}]}), {headers: {'Content-Type': 'application/json'}});
	});
	const given = show('reference', '9', {reference: reference<{id: string; name: string}>({path: '/media', query: {category: 'moh'}, scope: ['t', 'media'],
		value: (row) => row.id, label: (row) => row.name, fixed: [{value: 'silence', label: 'Silence'}], known: {9: 'tango'}})});
	const input = screen.getByRole('textbox', {name: 'Label'}) as HTMLInputElement;

	expect(input.value).toBe('tango');
	fireEvent.change(input, {target: {value: ''}});
	await userEvent.click(input);
	expect(await screen.findByText('Silence')).toBeTruthy();
	await userEvent.click(await screen.findByText('waltz'));
	expect(given.at(-1)).toBe('7');
	expect(asked.every((path) => path.startsWith('/media?category=moh'))).toBe(true);
});

test('values are shown as the tenant writes them', () => {
	const view = (kind: FieldKind, value: unknown) => KINDS[kind].view(value, {choices: CHOICES}, format);

	expect(view('number', 12345)).toBe('12,345');
	expect(view('seconds', 90)).toBe('90 s');
	expect(view('duration', 3723)).toBe('1:02:03');
	expect(view('bytes', 2048)).toBe('2 KiB');
	expect(view('date', '2026-03-09T14:05:00Z')).toBe('9 Mar 2026');
	expect(view('choice', 'b')).toBe('Second');
	expect(view('choice', 'gone')).toBe('gone');
	expect(view('password', 'secret')).toBe('••••••');
	for (const kind of Object.keys(KINDS) as FieldKind[])
		expect(['', '–', '••••••']).toContain(view(kind, null));
});
