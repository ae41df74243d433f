// What the proofs of isolation found.
import {Code, Text} from '@mantine/core';
import type {Schemas} from '@/api/client';
import {INSTALLATION} from '@/api/query';
import {useFormat} from '@/i18n/format';
import {texts, useText} from '@/i18n/language';
import {type Column, ResourceTable} from '@/resource/table';
import {Dot, type Tone} from '@/ui/dot';
import {Empty, Page} from '@/ui/page';

const text = texts({
	en: {
		title: 'Isolation', about: 'Each run makes two tenants for the purpose and tries, as one, to reach everything of the other: every table, every route.', began: 'Began', outcome: 'Outcome', passed: 'All was refused', leaked: 'Something was allowed', failed: 'Could not be tried', unfinished: 'Unfinished',
		took: 'Took', tables: 'Tables', attempts: 'Statements', routes: 'Routes', requests: 'Requests', leaks: 'Allowed', version: 'Version', hardened: 'Hardened', yes: 'yes', no: 'no', empty: 'No run yet', how: 'On the server:',
	},
	de: {
		title: 'Mandantentrennung', about: 'Jeder Lauf legt dafür zwei Mandanten an und versucht als der eine, an alles des anderen zu kommen: jede Tabelle, jede Route.', began: 'Begonnen', outcome: 'Ergebnis', passed: 'Alles wurde verweigert', leaked: 'Etwas wurde erlaubt', failed: 'Konnte nicht versucht werden', unfinished: 'Nicht beendet',
		took: 'Dauer', tables: 'Tabellen', attempts: 'Anweisungen', routes: 'Routen', requests: 'Anfragen', leaks: 'Erlaubt', version: 'Version', hardened: 'Gehärtet', yes: 'ja', no: 'nein', empty: 'Noch kein Lauf', how: 'Auf dem Server:',
	},
});
type Report = Schemas['IsolationReport'];
const TONES: Record<Report['outcome'], Tone> = {passed: 'good', leaked: 'bad', failed: 'warn', unfinished: 'off'};

export default function Isolation() {
	const t = useText(text);
	const format = useFormat();
	const n = (key: 'tables' | 'attempts' | 'routes' | 'requests' | 'leaks', header: string): Column<Report> => ({key, header, kind: 'number', right: true});
	const columns: Column<Report>[] = [
		{key: 'started_at', header: t.began, kind: 'dateTime'},
		{key: 'outcome', header: t.outcome, render: ({outcome}) => <Dot tone={TONES[outcome]} label={t[outcome]} />},
		n('leaks', t.leaks), n('tables', t.tables), n('attempts', t.attempts), n('routes', t.routes), n('requests', t.requests),
		{key: 'hardened', header: t.hardened, render: ({hardened}) => hardened === null ? '' : hardened ? t.yes : t.no},
		{key: 'duration_ms', header: t.took, right: true, render: ({duration_ms}) => duration_ms === null ? '' : format.duration(duration_ms / 1000)},
		{key: 'version', header: t.version},
	];

	return (
		<Page title={t.title} about={<>{t.about} {t.how} <Code>centrex verify-isolation</Code></>}>
			<ResourceTable<Report> caption={t.title} scope={[INSTALLATION, 'isolation-reports']} path="/api/v1/isolation-reports" columns={columns} rowKey={({id}) => id}
				expanded={({leak, problem}) => leak || problem ? <Text size="sm" style={{overflowWrap: 'anywhere'}}>{leak ?? problem}</Text> : null}
				empty={<Empty title={t.empty} />} />
		</Page>
	);
}
