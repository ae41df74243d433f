// Where a number leads now, and why: as the switch decides it.
import {Alert, List, Stack, Text, Title} from '@mantine/core';
import {useState} from 'react';
import {api, ask, type Schemas} from '@/api/client';
import {useTenant} from '@/api/session';
import type {Field} from '@/fields/kind';
import {useText} from '@/i18n/language';
import {Form} from '@/resource/form';
import {extensionReference} from './number';
import {text} from './text';

type Plan = Omit<Schemas['RoutePlan'], 'targets' | 'trace'> & {targets: string[]; trace: string[]};
type Words = ReturnType<typeof useText<(typeof text)['en']>>;

function wordOf(t: Words, word: string | null): string {
	const said = word ? t[word as keyof Words] : '';

	return typeof said === 'string' && said ? said : word ?? '';
}

function outcomeOf(plan: Plan, t: Words): string {
	switch (plan.action) {
	case 'ring': return t.ring(plan.targets.join(', '), plan.ring_s);
	case 'queue': return t.waits(plan.queue ?? '');
	case 'play': return t.plays(plan.sound ?? '');
	case 'feature': return t.feature(wordOf(t, plan.feature));
	default: return t.refused(wordOf(t, plan.cause));
	}
}

export function TryOut({number}: {number: string}) {
	const t = useText(text);
	const tenant = useTenant();
	const [plan, setPlan] = useState<Plan>();
	const from = extensionReference(tenant);
	const fields: Field[] = [
		{name: 'to', kind: 'text', label: t.dialled, required: true},
		{name: 'from', kind: 'reference', label: t.caller, help: t.callerHelp, clearable: true,
			reference: {...from, value: (row: Schemas['Extension']) => row.extension_number} as typeof from},
	];

	return (
		<Stack>
			<Form fields={fields} first={{to: number}} submit={t.run} save={async ({to, from: caller}) => {
				setPlan(undefined);
				setPlan(await ask(api.GET('/api/v1/tenants/{tenant}/route', {params: {path: {tenant: tenant.id},
					query: {to: String(to ?? ''), from: caller ? String(caller) : undefined}}})) as Plan);
			}} />
			{/* Always there: what comes into it is read out, what comes with it is not. */}
			<section aria-live="polite">
				{plan && <>
					<Alert role="presentation" color={plan.action === 'reject' ? 'red' : 'green'} variant="light"><Text size="sm" fw={600}>{outcomeOf(plan, t)}</Text></Alert>
					<Title order={3} size="h5" mt="md" mb="xs">{t.steps}</Title>
					<List type="ordered" size="sm">{plan.trace.map((step) => <List.Item key={step}>{step}</List.Item>)}</List>
				</>}
			</section>
		</Stack>
	);
}
