// All calls that fit the filters, as a file: with what has come so far, and a way to stop.
import {Button, Group, Modal, Progress, Stack, Text} from '@mantine/core';
import {notifications} from '@mantine/notifications';
import {IconDownload} from '@tabler/icons-react';
import {useEffect, useRef, useState} from 'react';
import {withQuery} from '@/api/client';
import {tenantPath, useTenant} from '@/api/session';
import {useFormat} from '@/i18n/format';
import {texts, useText} from '@/i18n/language';
import type {Query} from '@/resource/pages';
import {ProblemNote} from '@/ui/problem';
import {saveFile} from '@/ui/save';
import {type Progress as Done, readExport} from './export';

const text = texts({
	en: {export: 'Export', title: 'Export as CSV', cancel: 'Cancel', close: 'Close', saved: (rows: string) => `${rows} calls saved`,
		sofar: (rows: string, size: string) => `${rows} calls, ${size}`, label: 'Export under way'},
	de: {export: 'Exportieren', title: 'Als CSV exportieren', cancel: 'Abbrechen', close: 'Schließen', saved: (rows: string) => `${rows} Anrufe gespeichert`,
		sofar: (rows: string, size: string) => `${rows} Anrufe, ${size}`, label: 'Export läuft'},
});

const SHOWN_MS = 100;

export function ExportButton({query, disabled}: {query: Query; disabled: boolean}) {
	const t = useText(text);
	const format = useFormat();
	const tenant = useTenant();
	const [done, setDone] = useState<Done>();
	const [error, setError] = useState<unknown>();
	const stop = useRef<AbortController | undefined>(undefined);

	useEffect(() => () => stop.current?.abort(), []);

	async function run() {
		const controller = new AbortController();
		let shown = 0;

		stop.current = controller;
		setError(undefined);
		setDone({rows: 0, bytes: 0});
		try {
			const {file, name, rows} = await readExport(withQuery(tenantPath(tenant, '/cdrs/export'), {...query, format: 'csv', tz: 'tenant'}), controller.signal, (progress) => {
				if (performance.now() - shown < SHOWN_MS)
					return;
				shown = performance.now();
				setDone(progress);
			});

			saveFile(file, name);
			notifications.show({color: 'green', message: t.saved(format.number(rows))});
			setDone(undefined);
		} catch (failure) {
			if (controller.signal.aborted)
				setDone(undefined);
			else
				setError(failure);
		}
	}

	function close() {
		stop.current?.abort();
		setDone(undefined);
		setError(undefined);
	}

	return (
		<>
			<Button variant="default" leftSection={<IconDownload size={16} aria-hidden />} disabled={disabled || done !== undefined} onClick={() => void run()}>{t.export}</Button>
			<Modal opened={done !== undefined} onClose={close} title={t.title} centered closeOnClickOutside={false} closeButtonProps={{'aria-label': t.close}}>
				<Stack>
					{error !== undefined
						? <ProblemNote error={error} onRetry={() => run()} />
						: <>
							<Progress value={100} animated aria-label={t.label} />
							<Text size="sm" data-testid="export-progress">{done && t.sofar(format.number(done.rows), format.bytes(done.bytes))}</Text>
						</>}
					<Group justify="flex-end"><Button variant="default" onClick={close}>{error === undefined ? t.cancel : t.close}</Button></Group>
				</Stack>
			</Modal>
		</>
	);
}
