// What a phone needs to log in: shown on demand, to be copied or scanned, and made anew.
import {Alert, Button, Group, Stack, Text} from '@mantine/core';
import {IconEye, IconEyeOff, IconRefresh} from '@tabler/icons-react';
import {useQuery, useQueryClient} from '@tanstack/react-query';
import {useState} from 'react';
import {type Schemas, send} from '@/api/client';
import {tenantPath, useTenant} from '@/api/session';
import {texts, useText} from '@/i18n/language';
import {Confirm} from '@/ui/confirm';
import {Copyable} from '@/ui/copy';
import {Loaded} from '@/ui/part';
import {QrCode} from './qr';

const text = texts({
	en: {
		show: 'Show credentials', hide: 'Hide credentials', rotate: 'New credentials', domain: 'Domain (SIP server)', user: 'User name', password: 'Password', address: 'Address',
		qr: 'QR code of the credentials', scan: 'Holds the SIP address with user name and password (RFC 3261), for softphones that scan one. In all others type in the values above.',
		secret: 'Who has these can call in the name of this extension.',
		ask: (number: string) => `New credentials for extension ${number}?`, action: 'Make new credentials',
		old: 'the user name and password that its phone uses now', again: 'the phone is signed out and must be set up again',
		fresh: 'These are the new credentials. Set up the phone again.',
	},
	de: {
		show: 'Zugangsdaten zeigen', hide: 'Zugangsdaten verbergen', rotate: 'Neue Zugangsdaten', domain: 'Domain (SIP-Server)', user: 'Benutzername', password: 'Passwort', address: 'Adresse',
		qr: 'QR-Code der Zugangsdaten', scan: 'Enthält die SIP-Adresse mit Benutzername und Passwort (RFC 3261), für Softphones, die sie scannen. In alle anderen geben Sie die Werte oben ein.',
		secret: 'Wer sie hat, kann im Namen dieser Nebenstelle telefonieren.',
		ask: (number: string) => `Neue Zugangsdaten für Nebenstelle ${number}?`, action: 'Neue Zugangsdaten erzeugen',
		old: 'Benutzername und Passwort, die ihr Telefon jetzt benutzt', again: 'Das Telefon wird abgemeldet und muss neu eingerichtet werden',
		fresh: 'Das sind die neuen Zugangsdaten. Richten Sie das Telefon neu ein.',
	},
});

// userinfo of a SIP URI (RFC 3261, section 19.1.1)
export function sipUri(user: string, password: string, domain: string): string {
	return `sip:${encodeURIComponent(user)}:${encodeURIComponent(password)}@${domain}`;
}

export function Credentials({id, number, shownAtFirst = false}: {id: string; number: string; shownAtFirst?: boolean}) {
	const t = useText(text);
	const tenant = useTenant();
	const client = useQueryClient();
	const [shown, setShown] = useState(shownAtFirst);
	const [asking, setAsking] = useState(false);
	const [made, setMade] = useState(false);
	// Asked for when they are to be seen, and not kept.
	const query = useQuery({
		queryKey: [tenant.id, 'extensions', 'secrets', id],
		queryFn: ({signal}) => send<Schemas['Extension']>('GET', tenantPath(tenant, `/extensions/${id}?secrets=yes`), undefined, undefined, signal),
		enabled: shown,
		staleTime: 0,
		gcTime: 0,
	});

	async function rotate() {
		await send('POST', tenantPath(tenant, `/extensions/${id}/rotate-credentials`), undefined, {'Content-Type': 'application/json'});
		await client.invalidateQueries({queryKey: [tenant.id, 'extensions']});
		setMade(true);
		setShown(true);
	}

	return (
		<Stack gap="sm">
			<Group gap="xs">
				<Button variant="default" size="xs" aria-expanded={shown} leftSection={shown ? <IconEyeOff size={16} aria-hidden /> : <IconEye size={16} aria-hidden />} onClick={() => setShown(!shown)}>
					{shown ? t.hide : t.show}
				</Button>
				<Button variant="default" size="xs" leftSection={<IconRefresh size={16} aria-hidden />} onClick={() => setAsking(true)}>{t.rotate}</Button>
			</Group>
			{made && shown && <Alert color="green" variant="light" role="status">{t.fresh}</Alert>}
			{shown && <Loaded query={query}>{({auth_username: user, auth_password: password}) => <Secrets user={user} password={password} number={number} />}</Loaded>}
			<Confirm opened={asking} onClose={() => setAsking(false)} title={t.ask(number)} action={t.action} goes={[t.old, t.again]} onConfirm={rotate} />
		</Stack>
	);
}

function Secrets({user, password, number}: {user: string; password: string; number: string}) {
	const t = useText(text);
	const {domain} = useTenant();

	return (
		<Stack gap="xs">
			<Value label={t.domain} value={domain} />
			<Value label={t.user} value={user} />
			<Value label={t.password} value={password} />
			<Value label={t.address} value={`sip:${number}@${domain}`} />
			<QrCode value={sipUri(user, password, domain)} label={t.qr} />
			<Text size="sm" c="dimmed">{t.scan}</Text>
			<Text size="sm" c="dimmed">{t.secret}</Text>
		</Stack>
	);
}

function Value({label, value}: {label: string; value: string}) {
	return (
		<div>
			<Text size="sm" fw={600}>{label}</Text>
			<Copyable value={value} what={label} />
		</div>
	);
}
