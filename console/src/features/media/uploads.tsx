// Where files are dropped, and how far each of them is.
import '@mantine/dropzone/styles.layer.css';
import {ActionIcon, Group, Progress, SegmentedControl, Stack, Text} from '@mantine/core';
import {Dropzone} from '@mantine/dropzone';
import {IconMusicUp, IconX} from '@tabler/icons-react';
import {useQueryClient} from '@tanstack/react-query';
import {useRef, useState} from 'react';
import {SendKeys} from '@/api/key';
import {Problem} from '@/api/problem';
import {tenantPath, useTenant} from '@/api/session';
import {useFormat} from '@/i18n/format';
import {useText} from '@/i18n/language';
import {problemText, problemTexts} from '@/ui/problem';
import {text} from './text';
import {type Upload, upload} from './upload';

type Item = {key: number; name: string; sent: number; state: 'going' | 'done' | 'failed'; why?: string; cancel?: () => void};

const AT_ONCE = 2; // each is converted by a process of its own

export function Uploads({most}: {most?: number}) {
	const t = useText(text);
	const problems = useText(problemTexts);
	const format = useFormat();
	const tenant = useTenant();
	const client = useQueryClient();
	const [category, setCategory] = useState('moh');
	const [items, setItems] = useState<Item[]>([]);
	const keys = useRef(0);
	const waiting = useRef<{key: number; work: () => Promise<void>}[]>([]);
	const going = useRef(0);
	const [sendKeys] = useState(() => new SendKeys());

	const change = (key: number, what: Partial<Item>) => setItems((old) => old.map((item) => item.key === key ? {...item, ...what} : item));

	function whyOf(failure: unknown): string {
		const told = failure instanceof Problem ? Object.values(failure.fields)[0] : undefined;

		return told ?? problemText(failure, problems);
	}

	async function one(key: number, file: File) {
		const what = [category, file.name, file.size, file.lastModified];

		try {
			await sendKeys.send(what, (sendKey) => {
				const running: Upload = upload(tenantPath(tenant, '/media'), category, file, sendKey, (sent) => change(key, {sent}));

				change(key, {cancel: running.cancel});
				return running.done;
			});
			change(key, {state: 'done', cancel: undefined});
			await client.invalidateQueries({queryKey: [tenant.id, 'media']});
		} catch (failure) {
			if (failure instanceof DOMException)
				setItems((old) => old.filter((item) => item.key !== key));
			else
				change(key, {state: 'failed', why: whyOf(failure), cancel: undefined});
		}
	}

	function next() {
		const first = going.current < AT_ONCE ? waiting.current.shift() : undefined;

		if (!first)
			return;
		going.current++;
		void first.work().finally(() => {
			going.current--;
			next();
		});
		next();
	}

	function add(files: File[]) {
		for (const file of files) {
			const key = ++keys.current;
			const big = most !== undefined && file.size > most;

			setItems((old) => [...old, {key, name: file.name, sent: 0, state: big ? 'failed' : 'going', why: big ? t.big : undefined}]);
			if (!big)
				waiting.current.push({key, work: () => one(key, file)});
		}
		next();
	}

	// What still waits is not sent any more.
	function forget(key: number) {
		waiting.current = waiting.current.filter((one) => one.key !== key);
		setItems((old) => old.filter((item) => item.key !== key));
	}

	return (
		<Stack gap="xs">
			<Group gap="sm">
				<Text size="sm" id="upload-as">{t.uploadAs}</Text>
				<SegmentedControl size="xs" aria-labelledby="upload-as" value={category} onChange={setCategory} data={[{value: 'moh', label: t.moh}, {value: 'ivr', label: t.ivr}]} />
			</Group>
			<Dropzone onDrop={add} p="lg" inputProps={{'aria-label': t.drop}}>
				<Group justify="center" gap="md" style={{pointerEvents: 'none'}}>
					<IconMusicUp size={32} stroke={1.4} aria-hidden />
					<div>
						<Text fw={600}>{t.drop}</Text>
						<Text size="sm" c="dimmed">{t.formats} {most !== undefined && t.limits(format.bytes(most))}</Text>
					</div>
				</Group>
			</Dropzone>
			{items.map((item) => <Going key={item.key} item={item} onForget={() => forget(item.key)} />)}
		</Stack>
	);
}

function Going({item, onForget}: {item: Item; onForget: () => void}) {
	const t = useText(text);
	const format = useFormat();
	const {name, sent, state, why} = item;
	const said = state === 'done' ? t.done(name) : state === 'failed' ? `${t.failed(name)}: ${why}` : sent >= 1 ? t.converting(name) : t.uploading(name);

	return (
		<Group gap="sm" wrap="nowrap">
			<div style={{flex: 1, minWidth: 0}}>
				<Text size="sm" role="status" c={state === 'failed' ? 'var(--mantine-color-error)' : undefined} style={{overflowWrap: 'anywhere'}}>{said}</Text>
				{state === 'going' && <Progress.Root size="sm" mt={4}><Progress.Section value={sent * 100} animated={sent >= 1} aria-label={said} aria-valuetext={format.percent(sent)} /></Progress.Root>}
			</div>
			<ActionIcon variant="subtle" color="gray.7" aria-label={item.cancel ? t.cancel(name) : t.forget(name)} onClick={() => item.cancel ? item.cancel() : onForget()}>
				<IconX size={16} aria-hidden />
			</ActionIcon>
		</Group>
	);
}
