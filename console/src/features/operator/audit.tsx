import {INSTALLATION} from '@/api/query';
import {texts, useText} from '@/i18n/language';
import {AuditList} from '@/resource/audit';
import {Page} from '@/ui/page';

const text = texts({
	en: {title: 'Audit', about: 'What was done to the installation. Each tenant has a log of its own.'},
	de: {title: 'Protokoll', about: 'Was an der Installation geschehen ist. Jeder Mandant hat sein eigenes Protokoll.'},
});
const RESOURCES = ['session', 'tenant', 'token', 'user', 'member', 'invitation'];

export default function Audit() {
	const t = useText(text);

	return <Page title={t.title} about={t.about}><AuditList path="/api/v1/audit" scope={[INSTALLATION, 'installation-audit']} resources={RESOURCES} /></Page>;
}
