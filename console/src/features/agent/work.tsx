// Where who answers calls works.
import {Anchor, Card, Stack, Text} from '@mantine/core';
import {Link} from '@tanstack/react-router';
import {mayAct, useTenant} from '@/api/session';
import {useText} from '@/i18n/language';
import {Empty, Page} from '@/ui/page';
import {Loaded} from '@/ui/part';
import {Alerts} from './alerts';
import {Directory} from './directory';
import {Now} from './now';
import {type Extension, useAgent, useOffered, useOwnCalls, useOwnExtension, usePhones, useStatus} from './own';
import {type Agent, presentsOf} from './present';
import {Queues} from './queues';
import {Status} from './status';
import {text} from './text';
import {Today} from './today';
import style from './work.module.css';

// What is missing, and who can mend it.
function Missing({title, why, mend, to, label}: {title: string; why: string; mend: string; to: string; label: string}) {
	const tenant = useTenant();

	return (
		<Card withBorder>
			<Empty title={title}>
				{mayAct(tenant.role, 'admin')
					? <>{mend} <Anchor component={Link} to={`/t/${tenant.domain}/${to}`} underline="always">{label}</Anchor></>
					: why}
			</Empty>
		</Card>
	);
}

function Desk({extension, agent}: {extension: Extension; agent: Agent | null}) {
	const t = useText(text);
	const tenant = useTenant();
	const calls = useOwnCalls(extension);
	const offered = useOffered(agent);
	const phones = usePhones(extension);
	const set = useStatus(extension);
	// Where no phone is, none can be answered: who calls waits for the call to go elsewhere.
	const presents = presentsOf(extension.extension_number, agent, calls.data ?? [], offered).filter(({kind}) => kind !== 'ringing' || phones !== 0);

	return (
		<div className={style.board}>
			<div className={style.column}>
				<Stack gap="sm" className={style.act} component="section" aria-label={t.now}>
					<Now presents={presents} agent={agent} phones={phones} onReady={() => set('available')} />
					{agent && <Status agent={agent} extension={extension} />}
				</Stack>
				{agent ? <Queues extension={extension} /> : (
					<Missing title={t.noQueue} why={t.noQueueWhy(tenant.name, extension.extension_number)} mend={t.noQueueAdmin} to="queues" label={t.toQueues} />
				)}
				<Card withBorder padding="md"><Alerts presents={presents} /></Card>
			</div>
			<div className={style.column}>
				<Today extension={extension} />
				<Directory />
			</div>
		</div>
	);
}

function AgentDesk({extension}: {extension: Extension}) {
	const agent = useAgent(extension);

	return <Loaded query={agent}>{(row) => <Desk extension={extension} agent={row} />}</Loaded>;
}

export default function Work() {
	const t = useText(text);
	const tenant = useTenant();
	const extension = useOwnExtension();

	return (
		<Page title={t.title} about={extension.data ? t.about(extension.data.extension_number) : undefined}>
			<Loaded query={extension}>
				{(row) => row
					? <AgentDesk key={row.id} extension={row} />
					: (
						<Stack>
							<Missing title={t.noExtension} why={t.noExtensionWhy(tenant.name)} mend={t.noExtensionAdmin} to="extensions" label={t.extensions} />
							<Text component="div"><Directory /></Text>
						</Stack>
					)}
			</Loaded>
		</Page>
	);
}
