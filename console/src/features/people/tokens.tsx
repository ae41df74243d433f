// The tokens that programs have for this tenant, whoever made them: its owners see and end them.
import {Button} from '@mantine/core';
import {useState} from 'react';
import type {Schemas} from '@/api/client';
import {tenantPath, useTenant} from '@/api/session';
import {useFormat} from '@/i18n/format';
import {texts, useText} from '@/i18n/language';
import {useWrites} from '@/resource/row';
import {type Column, ResourceTable} from '@/resource/table';
import {Confirm} from '@/ui/confirm';
import {Empty} from '@/ui/page';
import {Part} from '@/ui/part';
import {roleName, roleTexts} from '@/ui/roles';

const text = texts({
	en: {
		title: 'API tokens for this tenant', name: 'Name', who: 'Of', role: 'Role', ends: 'Ends', never: 'Never', used: 'Last used', revoke: 'Revoke', revokeOf: (name: string, who: string) => `Revoke the token ${name} of ${who}`,
		ask: (name: string) => `Revoke the token ${name}?`, goes: 'Programs that use it are refused at once.', none: 'No tokens', noneAbout: 'Tokens for programs are made in one\'s own profile.',
	},
	de: {
		title: 'API-Token für diesen Mandanten', name: 'Name', who: 'Von', role: 'Rolle', ends: 'Endet', never: 'Nie', used: 'Zuletzt benutzt', revoke: 'Widerrufen', revokeOf: (name: string, who: string) => `Token ${name} von ${who} widerrufen`,
		ask: (name: string) => `Token ${name} widerrufen?`, goes: 'Programme, die es benutzen, werden sofort abgewiesen.', none: 'Keine Token', noneAbout: 'Jeder legt Token für Programme in seinem eigenen Profil an.',
	},
});
type Token = Schemas['Token'];

export function TenantTokens() {
	const t = useText(text);
	const roles = useText(roleTexts);
	const format = useFormat();
	const tenant = useTenant();
	const scope = [tenant.id, 'tokens'];
	const path = tenantPath(tenant, '/tokens');
	const {remove} = useWrites(scope, path);
	const [going, setGoing] = useState<Token>();
	const columns: Column<Token>[] = [
		{key: 'name', header: t.name},
		{key: 'email', header: t.who},
		{key: 'role', header: t.role, render: ({role}) => roleName(role, roles)},
		{key: 'expires_at', header: t.ends, render: ({expires_at}) => expires_at ? format.date(expires_at) : t.never},
		{key: 'last_used_at', header: t.used, render: ({last_used_at}) => last_used_at ? format.ago(last_used_at) : '–'},
		{key: 'actions', header: '', right: true, render: (token) => <Button size="compact-sm" variant="default" aria-label={t.revokeOf(token.name, token.email)} onClick={() => setGoing(token)}>{t.revoke}</Button>},
	];

	return (
		<Part title={t.title}>
			<ResourceTable<Token> caption={t.title} scope={scope} path={path} columns={columns} rowKey={({id}) => id} height="40dvh" empty={<Empty title={t.none}>{t.noneAbout}</Empty>} />
			<Confirm opened={!!going} onClose={() => setGoing(undefined)} title={t.ask(going?.name ?? '')} action={t.revoke} goes={[t.goes]} onConfirm={() => remove(going?.id ?? '')} />
		</Part>
	);
}
