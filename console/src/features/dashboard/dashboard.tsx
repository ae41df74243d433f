// How the tenant does: now, today, and what somebody should look at.
import {SimpleGrid} from '@mantine/core';
import {texts, useText} from '@/i18n/language';
import {Page} from '@/ui/page';
import {AttentionPart, NowPart, QueuesPart, TodayPart} from './parts';

const text = texts({en: {title: 'Dashboard'}, de: {title: 'Übersicht'}});

export default function Dashboard() {
	const t = useText(text);

	return (
		<Page title={t.title}>
			<NowPart />
			<AttentionPart />
			<SimpleGrid cols={{base: 1, lg: 2}} spacing="md">
				<TodayPart />
				<QueuesPart />
			</SimpleGrid>
		</Page>
	);
}
