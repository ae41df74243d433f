// Who answers a queue: tiers, one below the other in the order they are tried, and the order inside each.
// Members are dragged, moved by keyboard (space, arrows, space), or by the menu of each.
import {type Announcements, DndContext, type DragEndEvent, type DragOverEvent, KeyboardSensor, PointerSensor, useSensor, useSensors} from '@dnd-kit/core';
import {sortableKeyboardCoordinates} from '@dnd-kit/sortable';
import {Alert, Group, Stack, Text} from '@mantine/core';
import {useQueryClient} from '@tanstack/react-query';
import {useMemo, useState} from 'react';
import type {Schemas} from '@/api/client';
import {tenantPath, useTenant} from '@/api/session';
import {reference} from '@/fields/kind';
import {texts, useText} from '@/i18n/language';
import {Form} from '@/resource/form';
import {useRow} from '@/resource/row';
import {Confirm} from '@/ui/confirm';
import {Empty} from '@/ui/page';
import {Loaded, Part} from '@/ui/part';
import {whoIs} from '@/ui/who';
import type {QueueSettings} from './data';
import {type Member, useMembers} from './members-data';
import {useOver} from './over';
import {Tier} from './tier';
import {tierRule} from './tier-words';
import {move, ofTier, shownTiers, tierOf} from './tiers';
import type {TabProps} from './tab';

const text = texts({
	en: {
		how: 'Tier 1 is tried first. Drag a member to another place or tier, or use its menu. By keyboard: space on the handle, arrow keys, space.',
		add: 'Add a member', extension: 'Extension', find: 'Number or e-mail address', addIt: 'Add', none: 'No members yet', first: 'Add extensions below: their phones ring when a caller waits.',
		remove: (who: string) => `Remove ${who} from the queue?`, removeIt: 'Remove', stays: 'The extension itself and what it did stay.',
		instructions: 'Press space to pick up. Move with the arrow keys, drop with space, cancel with escape.',
		picked: (who: string, tier: number) => `${who} picked up in tier ${tier}.`, over: (who: string, tier: number, place: number) => `${who} is at place ${place} of tier ${tier}.`,
		dropped: (who: string, tier: number, place: number) => `${who} is at place ${place} of tier ${tier} now.`, cancelled: (who: string) => `${who} is back where it was.`,
	},
	de: {
		how: 'Stufe 1 wird zuerst versucht. Ziehen Sie ein Mitglied an einen anderen Platz oder in eine andere Stufe, oder nutzen Sie sein Menü. Mit der Tastatur: Leertaste auf dem Griff, Pfeiltasten, Leertaste.',
		add: 'Mitglied hinzufügen', extension: 'Nebenstelle', find: 'Nummer oder E-Mail-Adresse', addIt: 'Hinzufügen', none: 'Noch keine Mitglieder', first: 'Fügen Sie unten Nebenstellen hinzu: Ihre Telefone klingeln, wenn ein Anrufer wartet.',
		remove: (who: string) => `${who} aus der Warteschlange nehmen?`, removeIt: 'Entfernen', stays: 'Die Nebenstelle selbst und ihr Verlauf bleiben.',
		instructions: 'Leertaste zum Aufnehmen. Mit den Pfeiltasten bewegen, mit der Leertaste ablegen, mit Escape abbrechen.',
		picked: (who: string, tier: number) => `${who} aus Stufe ${tier} aufgenommen.`, over: (who: string, tier: number, place: number) => `${who} ist auf Platz ${place} der Stufe ${tier}.`,
		dropped: (who: string, tier: number, place: number) => `${who} steht jetzt auf Platz ${place} der Stufe ${tier}.`, cancelled: (who: string) => `${who} ist wieder am alten Platz.`,
	},
});

// Where somebody who is over that thing would stand.
function placeOver(members: readonly Member[], active: string, over: string): {tier: number; index: number} | undefined {
	const tier = tierOf(members, over);

	if (tier === undefined)
		return;
	const there = ofTier(members, tier);
	const index = there.findIndex(({extension_id}) => extension_id === over);

	return {tier, index: index >= 0 ? index : there.filter(({extension_id}) => extension_id !== active).length};
}

function AddMember({taken, add}: {taken: readonly Member[]; add: (extension: string, tier: number, level: number) => Promise<void>}) {
	const t = useText(text);
	const tenant = useTenant();
	const [made, setMade] = useState(0);
	const tier = shownTiers(taken)[0] ?? 1;

	return (
		<Part title={t.add}>
			<Form key={made} submit={t.addIt} fields={[{
				name: 'extension_id', kind: 'reference', label: t.extension, placeholder: t.find, required: true,
				reference: reference<Schemas['Extension']>({path: tenantPath(tenant, '/extensions'), scope: [tenant.id, 'extensions'], value: (row) => row.id,
					label: (row) => [row.extension_number, row.email].filter(Boolean).join(' · ')}),
			}]} save={async ({extension_id}) => {
				await add(String(extension_id ?? ''), tier, Math.max(0, ...ofTier(taken, tier).map(({level}) => level)) + 1);
				setMade((n) => n + 1);
			}} />
		</Part>
	);
}

export function Members({queue}: TabProps) {
	const t = useText(text);
	const rules = useText(tierRule);
	const tenant = useTenant();
	const client = useQueryClient();
	const members = useMembers(queue.id);
	const settings = useRow<QueueSettings>([tenant.id, 'queue-settings'], tenantPath(tenant, '/queue-settings'), queue.id);
	const [dragged, setDragged] = useState<Member[]>();
	const [leaving, setLeaving] = useState<Member>();
	const sensors = useSensors(useSensor(PointerSensor, {activationConstraint: {distance: 4}}),
		useSensor(KeyboardSensor, {coordinateGetter: sortableKeyboardCoordinates}));
	const shown = dragged ?? members.query.data ?? [];
	const tiers = shownTiers(members.query.data ?? []);
	const {list, detect} = useOver(tiers, (id) => tierOf(shown, id));
	const describe = useMemo(() => (id: unknown) => {
		const member = shown.find(({extension_id}) => extension_id === id);

		return member && {who: whoIs(member), tier: member.tier, place: ofTier(shown, member.tier).indexOf(member) + 1};
	}, [shown]);
	const say = (id: unknown, words: (who: string, tier: number, place: number) => string) => {
		const is = describe(id);

		return is && words(is.who, is.tier, is.place);
	};
	const sayOver = (id: unknown, target: unknown, words: (who: string, tier: number, place: number) => string) => {
		const member = shown.find(({extension_id}) => extension_id === id);
		const place = placeOver(shown, String(id), String(target));

		return member && place ? words(whoIs(member), place.tier, place.index + 1) : say(id, words);
	};
	const announcements: Announcements = {
		onDragStart: ({active}) => say(active.id, t.picked),
		onDragOver: ({active, over: target}) => target ? sayOver(active.id, target.id, t.over) : say(active.id, t.cancelled),
		onDragEnd: ({active, over: target}) => target ? sayOver(active.id, target.id, t.dropped) : say(active.id, t.cancelled),
		onDragCancel: ({active}) => say(active.id, t.cancelled),
	};

	function over({active, over: target}: DragOverEvent) {
		const place = target && target.id !== active.id ? placeOver(shown, String(active.id), String(target.id)) : undefined;
		const old = shown.find(({extension_id}) => extension_id === active.id);

		// Inside his tier only the picture moves, until he is dropped; outside of all he is where he was.
		if (!target)
			setDragged(members.query.data);
		else if (place && old && place.tier !== old.tier)
			setDragged(move(shown, old.extension_id, place.tier, place.index));
	}

	function drop({active, over: target}: DragEndEvent) {
		if (!target) {
			setDragged(undefined);
			return;
		}
		const place = target.id !== active.id ? placeOver(shown, String(active.id), String(target.id)) : undefined;
		const after = place ? move(shown, String(active.id), place.tier, place.index) : shown;

		// The cache has it before this picture goes: nothing jumps back and forth.
		void members.place(String(active.id), after);
		setDragged(undefined);
	}

	return (
		<Loaded query={members.query} rows={6}>
			{(all) => (
				<Stack>
					{all.length === 0 ? <Empty title={t.none}>{t.first}</Empty> : <Text size="sm" c="dimmed">{t.how}</Text>}
					{all.length > 0 && settings.data && <Alert color="blue" variant="light" role="note"><Text size="sm">{rules.all(settings.data.data, queue.strategy)}</Text></Alert>}
					{all.length > 0 && (
						<DndContext sensors={sensors} collisionDetection={detect} onDragStart={() => setDragged(all)} onDragOver={over} onDragEnd={drop}
							onDragCancel={() => setDragged(undefined)} accessibility={{announcements, screenReaderInstructions: {draggable: t.instructions}}}>
							<Stack ref={list} aria-busy={members.busy}>
								{tiers.map((tier, i) => (
									<Tier key={tier} tier={tier} tiers={tiers} members={ofTier(shown, tier)} further={i === tiers.length - 1 && !ofTier(all, tier).length}
										when={settings.data ? rules.tier(tier, tiers[0] ?? 1, settings.data.data, queue.strategy) : ''}
										onMove={(member, to, index) => void members.place(member.extension_id, move(all, member.extension_id, to, index))} onRemove={setLeaving} />
								))}
							</Stack>
						</DndContext>
					)}
					<Group grow><AddMember taken={all} add={async (...args) => {
						await members.add(...args);
						void client.invalidateQueries({queryKey: [tenant.id, 'queues']});
					}} /></Group>
					<Confirm opened={!!leaving} onClose={() => setLeaving(undefined)} title={t.remove(leaving ? whoIs(leaving) : '')} action={t.removeIt} goes={[t.stays]}
						onConfirm={async () => {
							const member = leaving;

							setLeaving(undefined);
							if (member)
								await members.remove(member);
						}} />
				</Stack>
			)}
		</Loaded>
	);
}

