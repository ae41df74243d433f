// What stands around the pages: where one is (the tenant's name, always), where one can go, whether
// what is shown is live.
import {Alert, Anchor, AppShell, Burger, Group, NavLink, ScrollArea, Text} from '@mantine/core';
import {useDisclosure} from '@mantine/hooks';
import {Link, Outlet, useLocation} from '@tanstack/react-router';
import {useLiveState} from '@/api/live';
import {mayAct, type Me, type Tenant, useMe, useTenantIfAny} from '@/api/session';
import {useFormat} from '@/i18n/format';
import {texts, useLanguage, useText} from '@/i18n/language';
import type {FeatureRoute} from '@/ui/route';
import {features} from './features';
import {PersonMenu} from './person-menu';
import {TenantMenu} from './tenant-menu';

const text = texts({
	en: {menu: 'Menu', main: 'Main', content: 'To the content', lost: 'The connection is lost. What you see may be old; it comes back by itself.', operator: 'Installation', zone: (zone: string) => `Times: ${zone}`},
	de: {menu: 'Menü', main: 'Hauptnavigation', content: 'Zum Inhalt', lost: 'Die Verbindung ist unterbrochen. Was Sie sehen, kann veraltet sein; sie wird von selbst wiederhergestellt.', operator: 'Installation', zone: (zone: string) => `Zeiten: ${zone}`},
});

function isMine(row: FeatureRoute, me: Me, tenant: Tenant | null, operator: boolean): boolean {
	if (!row.nav)
		return false;
	if (operator)
		return row.area === 'operator' && me.global_role === 'admin';
	return (row.area === 'tenant' || row.area === 'screen') && !!tenant && mayAct(tenant.role, row.role ?? 'agent');
}

export function hrefOf(row: FeatureRoute, tenant: Tenant | null): string {
	return row.area === 'operator' ? `/operator/${row.path}` : `/t/${tenant?.domain}/${row.path}`;
}

function Navigation({operator, onGo}: {operator: boolean; onGo: () => void}) {
	const me = useMe();
	const tenant = useTenantIfAny();
	const {language} = useLanguage();
	const {pathname} = useLocation();
	const rows = features.flatMap((feature) => feature.routes)
		.filter((row) => isMine(row, me, tenant, operator))
		.sort((a, b) => (a.nav?.order ?? 0) - (b.nav?.order ?? 0));

	return rows.map((row) => {
		const href = hrefOf(row, tenant);
		const here = pathname === href || pathname.startsWith(`${href}/`);
		const Icon = row.nav?.icon;

		return <NavLink key={href} component={Link} to={href} active={here} aria-current={here ? 'page' : undefined} onClick={onGo}
			label={row.nav?.label[language]} leftSection={Icon && <Icon size={18} stroke={1.6} aria-hidden />} />;
	});
}

export function Frame() {
	const t = useText(text);
	const tenant = useTenantIfAny();
	const state = useLiveState();
	const operator = useMe().global_role === 'admin' && !tenant;
	const [opened, menu] = useDisclosure(false);
	const zone = useFormat().timeZone || Intl.DateTimeFormat().resolvedOptions().timeZone;

	return (
		<AppShell header={{height: 56}} navbar={{width: 220, breakpoint: 'sm', collapsed: {mobile: !opened}}} padding="md">
			<AppShell.Header>
				<a href="#content" className="skip">{t.content}</a>
				<Group h="100%" px="md" justify="space-between" wrap="nowrap">
					<Group gap="sm" wrap="nowrap" style={{minWidth: 0}}>
						<Burger opened={opened} onClick={menu.toggle} hiddenFrom="sm" size="sm" aria-label={t.menu} aria-expanded={opened} />
						<Anchor component={Link} to="/" fw={700} c="var(--mantine-color-text)" underline="never" visibleFrom="xs">Centrex</Anchor>
						<TenantMenu current={operator ? t.operator : tenant?.name} />
					</Group>
					<PersonMenu />
				</Group>
			</AppShell.Header>
			<AppShell.Navbar p="xs" aria-label={t.main}>
				<ScrollArea type="auto" style={{flex: 1}}><Navigation operator={operator} onGo={menu.close} /></ScrollArea>
				<Text size="xs" c="dimmed" p="xs">{t.zone(zone.replaceAll('_', ' '))}</Text>
			</AppShell.Navbar>
			<AppShell.Main id="content" tabIndex={-1}>
				{state === 'lost' && <Alert color="orange" variant="light" mb="md" role="status" data-testid="connection-lost">{t.lost}</Alert>}
				<Outlet />
			</AppShell.Main>
		</AppShell>
	);
}
