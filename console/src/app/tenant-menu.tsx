// The name of what is shown, and the way to another: a list that is asked, for there may be thousands.
import {Anchor, Button, Loader, Menu, ScrollArea, Text, TextInput} from '@mantine/core';
import {useDebouncedValue} from '@mantine/hooks';
import {IconBuilding, IconSelector, IconServer} from '@tabler/icons-react';
import {keepPreviousData, useQuery} from '@tanstack/react-query';
import {Link, useNavigate} from '@tanstack/react-router';
import {useState} from 'react';
import {api, ask} from '@/api/client';
import {INSTALLATION} from '@/api/query';
import {useMe} from '@/api/session';
import {texts, useText} from '@/i18n/language';
import {firstPlace} from './home';

const text = texts({
	en: {choose: 'Choose a tenant', search: 'Search tenants', none: 'No tenant', operator: 'Installation'},
	de: {choose: 'Mandanten wählen', search: 'Mandanten suchen', none: 'Kein Mandant', operator: 'Installation'},
});
const SHOWN_MOST = 20;
const TYPING_MS = 150;

export function TenantMenu({current}: {current?: string}) {
	const t = useText(text);
	const me = useMe();
	const navigate = useNavigate();
	const [typed, setTyped] = useState('');
	const [asked] = useDebouncedValue(typed, TYPING_MS);
	const runs = me.global_role === 'admin';
	const {data, isFetching} = useQuery({
		queryKey: [INSTALLATION, 'tenants', 'menu', asked],
		queryFn: ({signal}) => ask(api.GET('/api/v1/tenants', {params: {query: {q: asked, limit: SHOWN_MOST}}, signal})),
		placeholderData: keepPreviousData,
		enabled: runs,
	});
	const wanted = typed.toLowerCase();
	const known = runs ? data?.items ?? [] : me.memberships.filter(({name, domain}) => `${name} ${domain}`.toLowerCase().includes(wanted)).slice(0, SHOWN_MOST);

	function go(domain: string) {
		const membership = me.memberships.find((one) => one.domain === domain);

		void navigate({to: membership && !runs ? firstPlace({...me, memberships: [membership]}) : `/t/${domain}/dashboard`} as never);
	}

	if (!runs && me.memberships.length < 2) {
		const only = me.memberships[0]?.name;

		return only === undefined
			? <Text fw={600} truncate data-testid="tenant-name">{t.none}</Text>
			: <Anchor component={Link} to={firstPlace(me)} fw={600} c="var(--mantine-color-text)" truncate data-testid="tenant-name">{current ?? only}</Anchor>;
	}
	return (
		<Menu width={280} position="bottom-start" trapFocus>
			<Menu.Target>
				<Button variant="subtle" color="gray" c="var(--mantine-color-text)" rightSection={<IconSelector size={16} aria-hidden />} title={t.choose} data-testid="tenant-name">
					{current ?? t.choose}
				</Button>
			</Menu.Target>
			<Menu.Dropdown>
				{runs && <Menu.Item leftSection={<IconServer size={16} aria-hidden />} onClick={() => void navigate({to: '/operator/tenants'} as never)}>{t.operator}</Menu.Item>}
				<TextInput m={4} aria-label={t.search} placeholder={t.search} rightSection={isFetching ? <Loader size="xs" /> : undefined} value={typed} onChange={(event) => setTyped(event.currentTarget.value)} />
				<ScrollArea.Autosize mah={320}>
					{known.map(({domain, name}) => (
						<Menu.Item key={domain} leftSection={<IconBuilding size={16} aria-hidden />} onClick={() => go(domain)}>
							{name} <Text span c="dimmed" size="xs">{domain}</Text>
						</Menu.Item>
					))}
				</ScrollArea.Autosize>
			</Menu.Dropdown>
		</Menu>
	);
}
