import {tenantPath, useTenant} from '@/api/session';
import {texts, useText} from '@/i18n/language';
import {AuditList} from '@/resource/audit';
import {Page} from '@/ui/page';

const text = texts({
	en: {title: 'Audit', about: 'Who changed what, and when. It cannot be changed.'},
	de: {title: 'Protokoll', about: 'Wer was wann geändert hat. Es kann nicht geändert werden.'},
});
const RESOURCES = ['extension', 'limits', 'media', 'member', 'number', 'queue', 'queue-member', 'queue-settings', 'setting', 'tenant', 'token', 'agent', 'call', 'cdr'];

export default function Audit() {
	const t = useText(text);
	const tenant = useTenant();

	return <Page title={t.title} about={t.about}><AuditList path={tenantPath(tenant, '/audit')} scope={[tenant.id, 'audit']} resources={RESOURCES} /></Page>;
}
