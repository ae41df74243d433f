// The form of any row: fields as data, the API's errors on the fields they name.
import {Button, Group, Stack} from '@mantine/core';
import {type ReactNode, useEffect, useRef, useState} from 'react';
import {Problem} from '@/api/problem';
import type {Field} from '@/fields/kind';
import {KINDS} from '@/fields/kinds';
import {texts, useText} from '@/i18n/language';
import {ProblemNote} from '@/ui/problem';

const text = texts({
	en: {save: 'Save', cancel: 'Cancel', load: 'Load again'},
	de: {save: 'Speichern', cancel: 'Abbrechen', load: 'Neu laden'},
});

export type Values = Record<string, unknown>;

// What a change goes from: the row that was shown when it was typed, and its ETag.
export type From = {row: Values; etag: string | null | undefined};

export type FormProps = {
	fields: readonly Field[];
	row?: Values;                                  // there: it is changed, and only what differs is sent
	first?: Values;                                // what a new row begins with
	submit?: string;                               // what the button says
	etag?: string | null;                          // of the row
	save: (values: Values, from: From) => Promise<unknown>; // throws a Problem
	reload?: () => Promise<unknown>;               // when somebody else has changed it
	onDone?: () => void;
	onCancel?: () => void;
	children?: ReactNode;                          // below the fields
};

function isLocked(field: Field, updates: boolean): boolean {
	return field.readOnly === true || (field.readOnly === 'update' && updates);
}

function firstValues(fields: readonly Field[], row: Values = {}): Values {
	return Object.fromEntries(fields.map((field) => [field.name, row[field.name] ?? KINDS[field.kind].empty]));
}

// What is sent: of a new row what was given, of one that is there what was changed; nothing of a field that is not asked for.
export function sentValues(fields: readonly Field[], values: Values, row: Values | undefined): Values {
	return Object.fromEntries(fields
		.filter((field) => !isLocked(field, !!row) && (field.when?.(values) ?? true))
		.filter(({name, kind}) => row ? values[name] !== (row[name] ?? KINDS[kind].empty) : values[name] !== KINDS[kind].empty || KINDS[kind].empty === false)
		.map((field) => [field.name, values[field.name]]));
}

// Somebody else's change of another field is kept. Of one that was typed here it is not overwritten: the
// old ETag says so to the API.
export function etagOf(typed: Values, was: From, is: From): From['etag'] {
	return Object.keys(typed).every((name) => was.row[name] === is.row[name]) ? is.etag : was.etag;
}

// What is wrong with fields that are not shown, where others show what is wrong with them.
function unseenOf(error: unknown, fields: readonly Field[], shown: readonly Field[]): Problem | undefined {
	if (!(error instanceof Problem))
		return undefined;
	const wrong = Object.entries(error.fields).filter(([name]) => !shown.some((field) => field.name === name))
		.map(([name, message]) => `${fields.find((field) => field.name === name)?.label ?? name}: ${message}`);

	return wrong.length ? new Problem(error.status, error.code, wrong.join('\n'), {}, error.requestId) : undefined;
}

export function Form({fields, row, first, submit, etag, save, reload, onDone, onCancel, children}: FormProps) {
	const t = useText(text);
	// Only what was typed: the rest follows the row when somebody else changes it.
	const [typed, setTyped] = useState<Values>({});
	const is: From = {row: row ?? {}, etag};
	const [was, setWas] = useState<From>(); // when typing began
	const [error, setError] = useState<unknown>();
	const [busy, setBusy] = useState(false);
	const form = useRef<HTMLFormElement>(null);

	// Typed while it was stored: from there on.
	if (!was && Object.keys(typed).length)
		setWas(is);
	const values = {...firstValues(fields, row ?? first), ...typed};
	const told = error instanceof Problem ? error.fields : {};
	const shown = fields.filter((field) => KINDS[field.kind].Input && !isLocked(field, !!row) && (field.when?.(values) ?? true));
	const changed = error instanceof Problem && error.code === 'precondition_failed';
	const lands = shown.some((field) => told[field.name]);
	const unseen = unseenOf(error, fields, shown);

	useEffect(() => {
		const wrong = error === undefined ? null : form.current?.querySelector('[aria-invalid="true"]');

		if (wrong instanceof HTMLElement)
			wrong.focus();
	}, [error]);

	function forget(stored: Values) {
		setTyped((now) => Object.fromEntries(Object.entries(now).filter(([name, value]) => value !== stored[name])));
		setWas(undefined);
	}

	function type(name: string, value: unknown) {
		setWas((old) => old ?? is);
		setTyped((old) => ({...old, [name]: value}));
	}

	async function loadAgain() {
		await reload?.();
		forget(typed);
		setError(undefined);
	}

	async function submitForm() {
		setBusy(true);
		setError(undefined);
		try {
			await save(sentValues(fields, values, row), was ? {row: was.row, etag: etagOf(typed, was, is)} : is);
			// What is stored now is the row's: it follows it again. What was typed meanwhile stays.
			if (row)
				forget(typed);
			onDone?.();
		} catch (failure) {
			setError(failure);
		} finally {
			setBusy(false);
		}
	}

	return (
		<form ref={form} noValidate onSubmit={(event) => {
			event.preventDefault();
			void submitForm();
		}}>
			<Stack>
				{shown.map((field, i) => {
					const {Input} = KINDS[field.kind];

					return Input && (
						<Input key={field.name} field={field} value={values[field.name]} error={told[field.name]} autoFocus={i === 0}
							onChange={(value) => type(field.name, value)} />
					);
				})}
				{children}
				{lands && unseen !== undefined && <ProblemNote error={unseen} />}
				{error !== undefined && !lands && (changed && reload ? <ProblemNote error={error} again={t.load} onRetry={loadAgain} /> : <ProblemNote error={error} />)}
				<Group justify="flex-end">
					{onCancel && <Button variant="default" onClick={onCancel}>{t.cancel}</Button>}
					<Button type="submit" loading={busy}>{submit ?? t.save}</Button>
				</Group>
			</Stack>
		</form>
	);
}
