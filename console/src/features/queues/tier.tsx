// One tier of a queue: its members in order, each with a handle and a menu.
import {useDroppable} from '@dnd-kit/core';
import {SortableContext, useSortable, verticalListSortingStrategy} from '@dnd-kit/sortable';
import {ActionIcon, Card, Group, Menu, Stack, Text, Title} from '@mantine/core';
import {IconArrowDown, IconArrowUp, IconDots, IconGripVertical, IconStairs, IconTrash} from '@tabler/icons-react';
import {texts, useText} from '@/i18n/language';
import {Who, whoIs} from '@/ui/who';
import type {Member} from './members-data';
import {tierId} from './tiers';

const text = texts({
	en: {
		tier: (tier: number) => `Tier ${tier}`, further: 'Drop a member here for a further tier', drag: (who: string) => `Move ${who}`, more: (who: string) => `Menu of ${who}`,
		up: 'Move up', down: 'Move down', to: (tier: number) => `To tier ${tier}`, fresh: (tier: number) => `To a new tier ${tier}`, remove: 'Remove from the queue', members: (tier: number) => `Members of tier ${tier}`,
	},
	de: {
		tier: (tier: number) => `Stufe ${tier}`, further: 'Für eine weitere Stufe ein Mitglied hierher ziehen', drag: (who: string) => `${who} bewegen`, more: (who: string) => `Menü von ${who}`,
		up: 'Nach oben', down: 'Nach unten', to: (tier: number) => `In Stufe ${tier}`, fresh: (tier: number) => `In eine neue Stufe ${tier}`, remove: 'Aus der Warteschlange nehmen', members: (tier: number) => `Mitglieder der Stufe ${tier}`,
	},
});

type Moves = {
	tiers: readonly number[];
	onMove: (member: Member, tier: number, index: number) => void;
	onRemove: (member: Member) => void;
};

function MemberRow({member, index, count, tiers, onMove, onRemove}: Moves & {member: Member; index: number; count: number}) {
	const t = useText(text);
	const {setNodeRef, setActivatorNodeRef, attributes, listeners, transform, transition, isDragging} = useSortable({id: member.extension_id});

	return (
		<Card ref={setNodeRef} component="li" withBorder padding={6} shadow={isDragging ? 'md' : undefined}
			style={{transform: transform ? `translate3d(${transform.x}px, ${transform.y}px, 0)` : undefined, transition, zIndex: isDragging ? 1 : undefined, position: 'relative', overflow: 'visible'}}>
			<Group gap="xs" wrap="nowrap">
				<ActionIcon ref={setActivatorNodeRef} variant="subtle" color="gray" size="lg" style={{touchAction: 'none', cursor: 'grab'}} {...attributes} {...listeners} aria-label={t.drag(whoIs(member))}>
					<IconGripVertical size={18} aria-hidden />
				</ActionIcon>
				<Text c="dimmed" size="sm" w={24} ta="right">{index + 1}.</Text>
				<Text style={{flex: 1}}><Who {...member} /></Text>
				<Menu position="bottom-end">
					<Menu.Target><ActionIcon variant="subtle" color="gray" size="lg" aria-label={t.more(whoIs(member))}><IconDots size={18} aria-hidden /></ActionIcon></Menu.Target>
					<Menu.Dropdown>
						{index > 0 && <Menu.Item leftSection={<IconArrowUp size={16} aria-hidden />} onClick={() => onMove(member, member.tier, index - 1)}>{t.up}</Menu.Item>}
						{index < count - 1 && <Menu.Item leftSection={<IconArrowDown size={16} aria-hidden />} onClick={() => onMove(member, member.tier, index + 1)}>{t.down}</Menu.Item>}
						{tiers.filter((tier) => tier !== member.tier).map((tier) => (
							<Menu.Item key={tier} leftSection={<IconStairs size={16} aria-hidden />} onClick={() => onMove(member, tier, Number.MAX_SAFE_INTEGER)}>
								{tier === tiers.at(-1) && tiers.length > 1 ? t.fresh(tier) : t.to(tier)}
							</Menu.Item>
						))}
						<Menu.Divider />
						<Menu.Item leftSection={<IconTrash size={16} aria-hidden />} onClick={() => onRemove(member)}>{t.remove}</Menu.Item>
					</Menu.Dropdown>
				</Menu>
			</Group>
		</Card>
	);
}

export function Tier({tier, members, when, further, ...moves}: Moves & {tier: number; members: readonly Member[]; when: string; further: boolean}) {
	const t = useText(text);
	const {setNodeRef, isOver} = useDroppable({id: tierId(tier), disabled: members.length > 0});

	return (
		<Card withBorder component="section" aria-label={t.tier(tier)} padding="sm" style={further ? {borderStyle: 'dashed'} : undefined}>
			<Group gap="xs" align="baseline" mb="xs">
				<Title order={2} size="h5">{t.tier(tier)}</Title>
				<Text size="sm" c="dimmed">{when}</Text>
			</Group>
			<SortableContext id={tierId(tier)} items={members.map(({extension_id}) => extension_id)} strategy={verticalListSortingStrategy}>
				{members.length > 0
					? <Stack component="ol" gap={6} m={0} p={0} style={{listStyle: 'none'}} aria-label={t.members(tier)}>
						{members.map((member, i) => <MemberRow key={member.extension_id} member={member} index={i} count={members.length} {...moves} />)}
					</Stack>
					: <Text ref={setNodeRef} size="sm" c="dimmed" p="sm" fw={isOver ? 700 : 400}>{t.further}</Text>}
			</SortableContext>
		</Card>
	);
}
