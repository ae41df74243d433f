// Many rows from a CSV file: what is wrong with which row is seen before anything is made, and then
// all of them are made, or none.
import '@mantine/dropzone/styles.layer.css';
import {Alert, Button, Code, Group, List, Progress, ScrollArea, Stack, Table, Text} from '@mantine/core';
import {Dropzone} from '@mantine/dropzone';
import {IconCheck, IconFileSpreadsheet} from '@tabler/icons-react';
import {useQueryClient} from '@tanstack/react-query';
import {type ReactNode, useState} from 'react';
import {send, withQuery} from '@/api/client';
import {useFormat} from '@/i18n/format';
import {texts, useText} from '@/i18n/language';
import {ProblemNote} from '@/ui/problem';
import {saveFile} from '@/ui/save';
import {type CsvRow, csvFile, decodeText, parseCsv} from './csv';
import {SideDrawer} from './drawer';
import type {Query} from './pages';

const text = texts({
	en: {
		drop: 'Drop a CSV file here, or choose one', about: 'The first row names the columns. At most 10,000 rows.',
		columns: 'Columns', required: 'required', template: 'Download a template', checking: 'Checking the rows',
		importing: (n: string) => `Importing ${n} rows`, big: 'The file is larger than 5 MiB.',
		good: (n: string) => `${n} rows, nothing wrong`, wrong: (faults: string, rows: string) => `${faults} faults in ${rows} rows. Nothing can be imported until they are mended.`,
		row: 'Row', field: 'Column', value: 'Value', fault: 'What is wrong', more: (n: string) => `and ${n} more`,
		another: 'Choose another file', doIt: (n: string) => `Import ${n} rows`, none: 'There are no rows in this file.',
		done: (n: string) => `${n} rows were imported.`, close: 'Close', save: 'Save the list', first: 'The first rows', faults: 'Faults',
		once: 'This list is shown only now.',
	},
	de: {
		drop: 'CSV-Datei hier ablegen oder auswählen', about: 'Die erste Zeile nennt die Spalten. Höchstens 10.000 Zeilen.',
		columns: 'Spalten', required: 'Pflicht', template: 'Vorlage herunterladen', checking: 'Die Zeilen werden geprüft',
		importing: (n: string) => `${n} Zeilen werden importiert`, big: 'Die Datei ist größer als 5 MiB.',
		good: (n: string) => `${n} Zeilen, alles richtig`, wrong: (faults: string, rows: string) => `${faults} Fehler in ${rows} Zeilen. Erst wenn sie behoben sind, kann importiert werden.`,
		row: 'Zeile', field: 'Spalte', value: 'Wert', fault: 'Was nicht stimmt', more: (n: string) => `und ${n} weitere`,
		another: 'Andere Datei wählen', doIt: (n: string) => `${n} Zeilen importieren`, none: 'In dieser Datei sind keine Zeilen.',
		done: (n: string) => `${n} Zeilen wurden importiert.`, close: 'Schließen', save: 'Liste speichern', first: 'Die ersten Zeilen', faults: 'Fehler',
		once: 'Diese Liste wird nur jetzt gezeigt.',
	},
});

export type ImportColumn = {name: string; about: string; required?: boolean; example?: string};
export type ImportReport = {rows: number; created: number; faults: number; errors: {row: number; field: string; message: string}[];
	items?: Record<string, unknown>[]};

export type ImportProps = {
	opened: boolean; onClose: () => void;
	title: string;                              // "Import extensions"
	path: string;                               // of the list: `/import` is added
	scope: readonly unknown[];                  // the list's key in the cache, read anew afterwards
	columns: readonly ImportColumn[];
	query?: Query;                              // of the import itself: {secrets: 'yes'}
	file: string;                               // what files are named: "extensions"
	saved?: readonly string[];                  // columns of the report's items, to be saved
	children?: ReactNode;                       // what else there is to choose
};

type Read = {bytes: Blob; rows: CsvRow[]; report: ImportReport};

const FILE_MAX = 5 * 1024 * 1024;
const SHOWN_MOST = 10;
const FAULTS_SHOWN_MOST = 200;

export function ImportDrawer({opened, onClose, title, ...props}: ImportProps) {
	return <SideDrawer opened={opened} onClose={onClose} title={title} size="lg"><Import {...props} onClose={onClose} /></SideDrawer>;
}

function Import({path, scope, columns, query, file, saved, children, onClose}: Omit<ImportProps, 'opened' | 'title'>) {
	const t = useText(text);
	const format = useFormat();
	const client = useQueryClient();
	const [read, setRead] = useState<Read>();
	const [busy, setBusy] = useState<string>();
	const [error, setError] = useState<unknown>();
	const [tooBig, setTooBig] = useState(false);
	const [done, setDone] = useState<ImportReport>();

	const post = (bytes: Blob, more: Query) => send<ImportReport>('POST', withQuery(`${path}/import`, {...query, ...more}), bytes, {'Content-Type': 'text/csv'});

	async function check(bytes: Blob, rows: CsvRow[]) {
		setRead({bytes, rows, report: await post(bytes, {dry_run: 'yes'})});
	}

	async function during(what: string, work: () => Promise<void>) {
		setBusy(what);
		setError(undefined);
		setTooBig(false);
		try {
			await work();
		} catch (failure) {
			setError(failure);
		} finally {
			setBusy(undefined);
		}
	}

	function choose(chosen: File | undefined) {
		if (!chosen)
			return;
		void during(t.checking, async () => {
			const content = decodeText(new Uint8Array(await chosen.arrayBuffer()));

			await check(new Blob([content], {type: 'text/csv'}), parseCsv(content));
		});
	}

	function start({bytes, rows, report}: Read) {
		void during(t.importing(format.number(report.rows)), async () => {
			try {
				setDone(await post(bytes, {}));
			} catch (failure) {
				// Somebody may have made one of them meanwhile: then this says which.
				await check(bytes, rows);
				throw failure;
			}
			await client.invalidateQueries({queryKey: scope});
		});
	}

	if (done)
		return <Done report={done} file={file} saved={saved} onClose={onClose} />;
	if (busy)
		return <Stack><Text size="sm" role="status">{busy}</Text><Progress value={100} animated aria-label={busy} /></Stack>;
	return (
		<Stack>
			{error !== undefined && <ProblemNote error={error} />}
			{tooBig && <Alert color="red" role="alert">{t.big}</Alert>}
			{read
				? <>
					<Preview read={read} />
					{children}
					<Group justify="flex-end">
						<Button variant="default" onClick={() => setRead(undefined)}>{t.another}</Button>
						{read.report.faults === 0 && read.report.rows > 0 && <Button onClick={() => start(read)}>{t.doIt(format.number(read.report.rows))}</Button>}
					</Group>
				</>
				: <>
					<Dropzone onDrop={([one]) => choose(one)} onReject={() => setTooBig(true)} maxSize={FILE_MAX} multiple={false} inputProps={{'aria-label': t.drop}} p="xl">
						<Stack align="center" gap="xs" style={{pointerEvents: 'none'}}>
							<IconFileSpreadsheet size={32} stroke={1.4} aria-hidden />
							<Text fw={600} ta="center">{t.drop}</Text>
							<Text size="sm" c="dimmed" ta="center">{t.about}</Text>
						</Stack>
					</Dropzone>
					<div>
						<Text size="sm" fw={600}>{t.columns}</Text>
						<List size="sm">
							{columns.map(({name, about, required}) => <List.Item key={name}><Code>{name}</Code>{required ? ` (${t.required})` : ''}: {about}</List.Item>)}
						</List>
					</div>
					<Group>
						<Button variant="default" size="xs" onClick={() => saveFile(csvFile(columns.map(({name}) => name),
							[Object.fromEntries(columns.map(({name, example}) => [name, example ?? '']))]), `${file}.csv`)}>{t.template}</Button>
					</Group>
				</>}
		</Stack>
	);
}

function Preview({read: {rows, report}}: {read: Read}) {
	const t = useText(text);
	const format = useFormat();

	if (report.faults > 0)
		return (
			<>
				<Alert color="red" variant="light" role="alert">{t.wrong(format.number(report.faults), format.number(report.rows))}</Alert>
				<Faults rows={rows} report={report} />
			</>
		);
	if (report.rows === 0)
		return <Alert color="orange" variant="light" role="status">{t.none}</Alert>;
	const [header, ...all] = rows;
	const shown = all.slice(0, SHOWN_MOST);

	return (
		<>
			<Alert color="green" variant="light" icon={<IconCheck aria-hidden />} role="status">{t.good(format.number(report.rows))}</Alert>
			<ScrollArea type="auto" viewportProps={{tabIndex: 0, role: 'region', 'aria-label': t.first}}>
				<Table aria-label={t.first}>
					<Table.Thead><Table.Tr><Table.Th>{t.row}</Table.Th>{header?.cells.map((cell) => <Table.Th key={cell}>{cell}</Table.Th>)}</Table.Tr></Table.Thead>
					<Table.Tbody>
						{shown.map((row) => (
							<Table.Tr key={row.number}>
								<Table.Td>{row.number}</Table.Td>
								{header?.cells.map((name, i) => <Table.Td key={name}>{row.cells[i]}</Table.Td>)}
							</Table.Tr>
						))}
					</Table.Tbody>
				</Table>
			</ScrollArea>
			{all.length > shown.length && <Text size="sm" c="dimmed">{t.more(format.number(all.length - shown.length))}</Text>}
		</>
	);
}

function Faults({rows, report}: {rows: CsvRow[]; report: ImportReport}) {
	const t = useText(text);
	const format = useFormat();
	const names = rows[0]?.cells ?? [];
	const byNumber = new Map(rows.map((row) => [row.number, row.cells]));
	const shown = report.errors.slice(0, FAULTS_SHOWN_MOST);

	return (
		<ScrollArea.Autosize mah="50dvh" type="auto" viewportProps={{tabIndex: 0, role: 'region', 'aria-label': t.faults}}>
			<Table stickyHeader aria-label={t.faults}>
				<Table.Thead><Table.Tr><Table.Th>{t.row}</Table.Th><Table.Th>{t.field}</Table.Th><Table.Th>{t.value}</Table.Th><Table.Th>{t.fault}</Table.Th></Table.Tr></Table.Thead>
				<Table.Tbody>
					{shown.map(({row, field, message}) => (
						<Table.Tr key={`${row} ${field} ${message}`}>
							<Table.Td>{row}</Table.Td>
							<Table.Td>{field}</Table.Td>
							<Table.Td style={{overflowWrap: 'anywhere'}}>{byNumber.get(row)?.[names.indexOf(field)] ?? ''}</Table.Td>
							<Table.Td>{message}</Table.Td>
						</Table.Tr>
					))}
				</Table.Tbody>
			</Table>
			{report.faults > shown.length && <Text size="sm" c="dimmed" p="xs">{t.more(format.number(report.faults - shown.length))}</Text>}
		</ScrollArea.Autosize>
	);
}

function Done({report, file, saved, onClose}: {report: ImportReport; file: string; saved?: readonly string[]; onClose: () => void}) {
	const t = useText(text);
	const format = useFormat();
	const items = report.items ?? [];

	return (
		<Stack>
			<Alert color="green" variant="light" icon={<IconCheck aria-hidden />} role="status">{t.done(format.number(report.created))}</Alert>
			{saved && items.length > 0 && <Text size="sm">{t.once}</Text>}
			<Group justify="flex-end">
				{saved && items.length > 0 && <Button variant="default" onClick={() => saveFile(csvFile(saved, items), `${file}.csv`)}>{t.save}</Button>}
				<Button onClick={onClose}>{t.close}</Button>
			</Group>
		</Stack>
	);
}
