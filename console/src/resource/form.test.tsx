import {MantineProvider} from '@mantine/core';
import {cleanup, render, screen, waitFor} from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import {afterEach, expect, test, vi} from 'vitest';
import {Problem} from '@/api/problem';
import type {Field} from '@/fields/kind';
import {Form, type FormProps, sentValues} from './form';

afterEach(cleanup);

const FIELDS: Field[] = [
	{name: 'name', kind: 'text', label: 'Name', required: true},
	{name: 'ring_s', kind: 'seconds', label: 'Ring time'},
	{name: 'loud', kind: 'switch', label: 'Loud'},
];

const shown = (props: Partial<FormProps> = {}) => (
	<MantineProvider env="test"><Form fields={FIELDS} save={async () => undefined} {...props} /></MantineProvider>
);

test('an error lands on the field it names, which gets the focus', async () => {
	const save = vi.fn().mockRejectedValue(new Problem(400, 'invalid', 'ring_s: must be 1 to 600', {ring_s: 'must be 1 to 600'}));

	render(shown({save}));
	await userEvent.type(screen.getByLabelText(/Name/), 'x');
	await userEvent.click(screen.getByRole('button', {name: 'Save'}));
	expect(await screen.findByText('must be 1 to 600')).toBeTruthy();
	expect(screen.getByLabelText('Ring time').getAttribute('aria-invalid')).toBe('true');
	await waitFor(() => expect(document.activeElement).toBe(screen.getByLabelText('Ring time')));
	expect(screen.queryByRole('alert')).toBeNull();
});

test('an error of a field that is not shown is said below them, also where another one shows its own', async () => {
	const save = vi.fn().mockRejectedValue(new Problem(400, 'invalid', 'two are wrong', {ring_s: 'must be 1 to 600', volume: 'must be loud', other: 'is odd'}));

	render(shown({save, fields: [...FIELDS, {name: 'volume', kind: 'text', label: 'Volume', when: () => false}]}));
	await userEvent.click(screen.getByRole('button', {name: 'Save'}));
	expect(await screen.findByText('must be 1 to 600')).toBeTruthy();
	const note = (await screen.findByRole('alert')).textContent;
	expect(note).toContain('Volume: must be loud');
	expect(note).toContain('other: is odd');
});

test('an error of no field is said below them', async () => {
	render(shown({save: () => Promise.reject(new Problem(409, 'conflict', 'somebody is faster', {id: 'x'}))}));
	await userEvent.click(screen.getByRole('button', {name: 'Save'}));
	expect((await screen.findByRole('alert')).textContent).toContain('somebody is faster');
});

test('of a row that is there only what was changed is sent', async () => {
	const save = vi.fn().mockResolvedValue(undefined);

	render(shown({save, row: {name: 'old', ring_s: 20, loud: true}}));
	await userEvent.clear(screen.getByLabelText(/Name/));
	await userEvent.type(screen.getByLabelText(/Name/), 'new');
	await userEvent.click(screen.getByRole('button', {name: 'Save'}));
	await waitFor(() => expect(save).toHaveBeenCalledWith({name: 'new'}, expect.anything()));
});

test('of a new row what was given is sent, and a switch always', () => {
	expect(sentValues(FIELDS, {name: 'x', ring_s: null, loud: false}, undefined)).toEqual({name: 'x', loud: false});
	expect(sentValues([{name: 'id', kind: 'text', label: 'Id', readOnly: 'update'}], {id: 'b'}, {id: 'a'})).toEqual({});
});

test('a field that depends on another is asked for, and sent, only then', async () => {
	const save = vi.fn().mockResolvedValue(undefined);
	const fields: Field[] = [...FIELDS, {name: 'volume', kind: 'text', label: 'Volume', when: ({loud}) => loud === true}];

	render(shown({fields, save}));
	expect(screen.queryByLabelText('Volume')).toBeNull();
	await userEvent.click(screen.getByLabelText('Loud'));
	await userEvent.type(screen.getByLabelText('Volume'), '11');
	await userEvent.click(screen.getByRole('button', {name: 'Save'}));
	await waitFor(() => expect(save).toHaveBeenCalledWith({loud: true, volume: '11'}, expect.anything()));
	await userEvent.click(screen.getByLabelText('Loud'));
	await userEvent.click(screen.getByRole('button', {name: 'Save'}));
	await waitFor(() => expect(save).toHaveBeenLastCalledWith({loud: false}, expect.anything()));
});

test('what nobody typed follows the row, and what was typed stays', async () => {
	const save = vi.fn().mockResolvedValue(undefined);
	const {rerender} = render(shown({save, row: {name: 'a', ring_s: 20, loud: false}}));

	await userEvent.type(screen.getByLabelText(/Name/), 'b');
	rerender(shown({save, row: {name: 'c', ring_s: 30, loud: false}}));
	expect((screen.getByLabelText(/Name/) as HTMLInputElement).value).toBe('ab');
	expect((screen.getByLabelText('Ring time') as HTMLInputElement).value).toBe('30 s');
	await userEvent.click(screen.getByRole('button', {name: 'Save'}));
	await waitFor(() => expect(save).toHaveBeenCalledWith({name: 'ab'}, expect.anything()));
});

test('what was typed and saved follows the row again', async () => {
	const save = vi.fn().mockResolvedValue(undefined);
	const {rerender} = render(shown({save, row: {name: 'a', ring_s: 20, loud: false}}));

	await userEvent.type(screen.getByLabelText(/Name/), 'b');
	await userEvent.click(screen.getByRole('button', {name: 'Save'}));
	await waitFor(() => expect(save).toHaveBeenCalledWith({name: 'ab'}, expect.anything()));
	rerender(shown({save, row: {name: 'of somebody else', ring_s: 20, loud: false}}));
	await waitFor(() => expect((screen.getByLabelText(/Name/) as HTMLInputElement).value).toBe('of somebody else'));
	await userEvent.click(screen.getByLabelText('Loud'));
	await userEvent.click(screen.getByRole('button', {name: 'Save'}));
	await waitFor(() => expect(save).toHaveBeenLastCalledWith({loud: true}, expect.anything()));
});

test('of two changes of one field the second does not go unseen; what others changed beside it is no matter', async () => {
	const save = vi.fn().mockRejectedValue(new Problem(412, 'precondition_failed', 'it is not what it was'));
	const reload = vi.fn().mockResolvedValue(undefined);
	const row = {name: 'a', ring_s: 20, loud: false};
	const {rerender} = render(shown({save, reload, row, etag: '"1"'}));
	const sent = () => (save.mock.lastCall as Parameters<FormProps['save']> | undefined)?.[1].etag;

	await userEvent.type(screen.getByLabelText(/Name/), 'b');
	rerender(shown({save, reload, row: {...row, ring_s: 30}, etag: '"2"'}));
	await userEvent.click(screen.getByRole('button', {name: 'Save'}));
	await waitFor(() => expect(sent()).toBe('"2"'));
	rerender(shown({save, reload, row: {...row, name: 'c'}, etag: '"3"'}));
	await userEvent.click(screen.getByRole('button', {name: 'Save'}));
	await waitFor(() => expect(sent()).toBe('"1"'));
	await userEvent.click(await screen.findByRole('button', {name: 'Load again'}));
	await waitFor(() => expect((screen.getByLabelText(/Name/) as HTMLInputElement).value).toBe('c'));
	expect(reload).toHaveBeenCalledOnce();
	expect(screen.queryByRole('alert')).toBeNull();
});

test('what is typed while it is being saved stays', async () => {
	let done = (): void => undefined;
	const save = vi.fn(() => new Promise<void>((resolve) => {
		done = resolve;
	}));

	render(shown({save, row: {name: 'a', ring_s: 20, loud: false}}));
	await userEvent.type(screen.getByLabelText(/Name/), 'b');
	await userEvent.click(screen.getByRole('button', {name: 'Save'}));
	await userEvent.type(screen.getByLabelText(/Name/), 'c');
	done();
	await waitFor(() => expect(screen.getByRole('button', {name: 'Save'}).getAttribute('data-loading')).toBeNull());
	expect((screen.getByLabelText(/Name/) as HTMLInputElement).value).toBe('abc');
});

test('what was typed while it was being saved goes from what was stored, and overwrites nobody later', async () => {
	let done = (): void => undefined;
	const save = vi.fn((..._: Parameters<FormProps['save']>) => new Promise<void>((resolve) => {
		done = resolve;
	}));
	const {rerender} = render(shown({save, row: {name: 'a', ring_s: 20, loud: false}, etag: '"1"'}));

	await userEvent.type(screen.getByLabelText(/Name/), 'b');
	await userEvent.click(screen.getByRole('button', {name: 'Save'}));
	await userEvent.type(screen.getByLabelText(/Name/), 'c');
	rerender(shown({save, row: {name: 'ab', ring_s: 20, loud: false}, etag: '"2"'}));
	done();
	await waitFor(() => expect(screen.getByRole('button', {name: 'Save'}).getAttribute('data-loading')).toBeNull());
	rerender(shown({save, row: {name: 'of somebody else', ring_s: 20, loud: false}, etag: '"3"'}));
	await userEvent.click(screen.getByRole('button', {name: 'Save'}));
	expect(save.mock.lastCall?.[0]).toEqual({name: 'abc'});
	expect(save.mock.lastCall?.[1].etag).toBe('"2"');
});
