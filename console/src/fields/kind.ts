// A field of a form or a column of a table, and what a kind of field must bring. A new kind is one
// file and one row in kinds.ts; no page changes.
import type {ReactNode} from 'react';
import type {Format} from '@/i18n/format';

export type Reference = {
	path: string;                   // the list: answers ?q= and ?limit=
	query?: Readonly<Record<string, string>>; // which of them
	scope: readonly string[];       // its key in the cache
	value: (row: never) => string;  // what is stored
	label: (row: never) => string;  // what is shown
	fixed?: readonly {value: string; label: string}[]; // what may be chosen beside them
	known?: Readonly<Record<string, string>>; // labels of values that may not be among what is found: the current one's
};

export type FieldKind = 'text' | 'long' | 'password' | 'email' | 'digits' | 'number' | 'seconds' | 'switch'
	| 'choice' | 'words' | 'reference' | 'dateTime' | 'date' | 'bytes' | 'duration';

// A reference of rows of that type, for the tables of fields.
export function reference<Row>(from: Omit<Reference, 'value' | 'label'> & {value: (row: Row) => string; label: (row: Row) => string}): Reference {
	return from as Reference;
}

export type Field = {
	name: string;                   // the API's name, where its errors land
	kind: FieldKind;
	label: string;
	help?: string;
	required?: boolean;
	readOnly?: boolean | 'update';  // 'update': can be given when it is made, not later
	placeholder?: string;
	autoComplete?: string;
	least?: number;
	most?: number;                  // of a number; of letters in a text
	choices?: readonly {value: string; label: string}[];
	clearable?: boolean;            // null is a value
	reference?: Reference;
	when?: (values: Readonly<Record<string, unknown>>) => boolean; // it is asked for only then
};

export type InputProps = {
	field: Field;
	value: unknown;
	error?: string;
	onChange: (value: unknown) => void;
	autoFocus?: boolean;
};

export type Kind = {
	Input?: (props: InputProps) => ReactNode;  // none: it is only shown
	empty: unknown;                            // of a form that begins
	view: (value: unknown, field: Pick<Field, 'choices'>, format: Format) => ReactNode;
};
