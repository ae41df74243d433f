// Every kind of field.
import {NumberInput, PasswordInput, Select, Switch, TagsInput, Textarea, TextInput} from '@mantine/core';
import type {Field, FieldKind, InputProps, Kind} from './kind';
import {ReferenceInput} from './reference';

function common({field, error, autoFocus}: InputProps) {
	return {
		name: field.name,
		label: field.label,
		description: field.help,
		required: field.required,
		placeholder: field.placeholder,
		error,
		'data-autofocus': autoFocus || undefined,
	};
}

const asText = (value: unknown): string => value === null || value === undefined ? '' : String(value);

function TextField(props: InputProps & {type?: 'email'; inputMode?: 'numeric'}) {
	const {field, value, onChange, type, inputMode} = props;

	return (
		<TextInput {...common(props)} type={type} inputMode={inputMode} autoComplete={field.autoComplete ?? 'off'} maxLength={field.most}
			value={asText(value)} onChange={(event) => onChange(event.currentTarget.value || (field.clearable ? null : ''))} />
	);
}

function LongField(props: InputProps) {
	return (
		<Textarea {...common(props)} autosize minRows={2} maxRows={10} maxLength={props.field.most}
			value={asText(props.value)} onChange={(event) => props.onChange(event.currentTarget.value)} />
	);
}

function PasswordField(props: InputProps) {
	return (
		<PasswordInput {...common(props)} aria-invalid={props.error ? true : undefined} autoComplete={props.field.autoComplete ?? 'new-password'}
			value={asText(props.value)} onChange={(event) => props.onChange(event.currentTarget.value)} />
	);
}

function NumberField(props: InputProps & {suffix?: string}) {
	const {field, value, onChange, suffix} = props;

	return (
		<NumberInput {...common(props)} allowDecimal={false} clampBehavior="none" min={field.least} max={field.most} suffix={suffix}
			value={typeof value === 'number' ? value : ''} onChange={(x) => onChange(typeof x === 'number' ? x : null)} />
	);
}

function SwitchField(props: InputProps) {
	const {required: _, placeholder: __, ...rest} = common(props);

	return <Switch {...rest} checked={props.value === true} onChange={(event) => props.onChange(event.currentTarget.checked)} />;
}

const SEARCHED_FROM = 12; // more choices than one looks through

function ChoiceField(props: InputProps) {
	const {field, value, onChange} = props;

	return (
		<Select {...common(props)} data={[...field.choices ?? []]} searchable={(field.choices?.length ?? 0) >= SEARCHED_FROM} clearable={field.clearable} allowDeselect={false} checkIconPosition="right"
			value={value === null || value === undefined ? null : String(value)} onChange={onChange} />
	);
}

// A text of words with commas between, one field for each.
function WordsField(props: InputProps) {
	const words = asText(props.value).split(',').map((word) => word.trim()).filter(Boolean);
	const {required: _, ...rest} = common(props);

	return <TagsInput {...rest} maxTags={props.field.most} splitChars={[',']} acceptValueOnBlur value={words} onChange={(all) => props.onChange(all.map((word) => word.trim()).join(','))} />;
}

const plain = (value: unknown) => asText(value);
const choice = (value: unknown, {choices}: Pick<Field, 'choices'>) => choices?.find((x) => x.value === value)?.label ?? asText(value);

export const KINDS: Record<FieldKind, Kind> = {
	text: {Input: TextField, empty: '', view: plain},
	long: {Input: LongField, empty: '', view: plain},
	password: {Input: PasswordField, empty: '', view: () => '••••••'},
	email: {Input: (props) => <TextField {...props} type="email" />, empty: '', view: plain},
	digits: {Input: (props) => <TextField {...props} inputMode="numeric" />, empty: '', view: plain},
	number: {Input: NumberField, empty: null, view: (value, _, format) => typeof value === 'number' ? format.number(value) : ''},
	seconds: {Input: (props) => <NumberField {...props} suffix=" s" />, empty: null, view: (value, _, format) => typeof value === 'number' ? `${format.number(value)} s` : ''},
	switch: {Input: SwitchField, empty: false, view: (value) => value === true ? '✓' : '–'},
	choice: {Input: ChoiceField, empty: null, view: choice},
	words: {Input: WordsField, empty: '', view: plain},
	reference: {Input: ReferenceInput, empty: null, view: plain},
	dateTime: {empty: null, view: (value, _, format) => value ? format.dateTime(String(value)) : ''},
	date: {empty: null, view: (value, _, format) => value ? format.date(String(value)) : ''},
	bytes: {empty: null, view: (value, _, format) => typeof value === 'number' ? format.bytes(value) : ''},
	duration: {empty: null, view: (value, _, format) => typeof value === 'number' ? format.duration(value) : ''},
};
