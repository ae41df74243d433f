// Nothing is destroyed without naming what goes.
import {Button, Group, List, Modal, Stack, Text, TextInput} from '@mantine/core';
import {type ReactNode, useState} from 'react';
import {texts, useText} from '@/i18n/language';
import {FocusBack} from './focus';
import {Waiting} from './page';
import {ProblemNote} from './problem';

const text = texts({
	en: {cancel: 'Cancel', goes: 'This goes with it:', type: (word: string) => `Type ${word} to confirm`},
	de: {cancel: 'Abbrechen', goes: 'Davon betroffen:', type: (word: string) => `Zur Bestätigung ${word} eingeben`},
});

type Need = {isSuccess: boolean; error: unknown; refetch: () => unknown};

export type ConfirmProps = {
	opened: boolean; onClose: () => void;
	title: string;        // "Delete extension 101?"
	action: string;       // "Delete"
	goes?: ReactNode[];   // what goes with it
	needs?: readonly Need[]; // what must have been read to say so: nothing is done before
	word?: string;        // to be typed, where much goes
	onConfirm: () => Promise<unknown>;
};

export function Confirm({opened, onClose, title, action, goes, needs = [], word, onConfirm}: ConfirmProps) {
	const t = useText(text);
	const [typed, setTyped] = useState('');
	const [busy, setBusy] = useState(false);
	const [error, setError] = useState<unknown>();

	const missing = needs.filter(({isSuccess}) => !isSuccess);
	const unread = missing.find((need) => need.error);

	function close() {
		setTyped('');
		setError(undefined);
		onClose();
	}

	async function confirm() {
		setBusy(true);
		setError(undefined);
		try {
			await onConfirm();
			close();
		} catch (failure) {
			setError(failure);
		} finally {
			setBusy(false);
		}
	}

	return (
		<Modal opened={opened} onClose={close} title={title} centered returnFocus={false} closeButtonProps={{'aria-label': t.cancel}}>
			<FocusBack />
			<form onSubmit={(event) => {
				event.preventDefault();
				void confirm();
			}}>
				<Stack>
					{unread ? <ProblemNote error={unread.error} onRetry={() => Promise.all(missing.map((need) => need.refetch()))} /> : missing.length > 0 ? <Waiting rows={2} /> : goes?.length ? <div><Text size="sm">{t.goes}</Text><List size="sm">{goes.map((x, i) => <List.Item key={typeof x === 'string' ? x : `goes${i}`}>{x}</List.Item>)}</List></div> : null}
					{word && <TextInput label={t.type(word)} value={typed} onChange={(event) => setTyped(event.currentTarget.value)} data-autofocus />}
					{error !== undefined && <ProblemNote error={error} />}
					<Group justify="flex-end">
						<Button variant="default" onClick={close}>{t.cancel}</Button>
						<Button type="submit" color="red.8" loading={busy} disabled={missing.length > 0 || (!!word && typed !== word)}>{action}</Button>
					</Group>
				</Stack>
			</form>
		</Modal>
	);
}
