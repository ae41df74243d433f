// Who stands where: tiers (who is tried first) and positions inside them, and what of it changes when
// somebody is moved.
export type Placed = {extension_id: string; tier: number; level: number};
export type Change = {extension_id: string; tier: number; level: number};

export const TIER_MOST = 1000;

// A tier among the things one can be dropped on.
const TIER = 'tier:';
export const tierId = (tier: number): string => `${TIER}${tier}`;

// The tier of what one can be dropped on: itself, or that of a member.
export function tierOf(members: readonly Placed[], id: string): number | undefined {
	return id.startsWith(TIER) ? Number(id.slice(TIER.length)) : members.find(({extension_id}) => extension_id === id)?.tier;
}

export function byPlace<M extends Placed>(members: readonly M[]): M[] {
	return members.toSorted((a, b) => a.tier - b.tier || a.level - b.level || a.extension_id.localeCompare(b.extension_id));
}

// Those that have members, from the first that is tried.
export function tiersOf(members: readonly Placed[]): number[] {
	return [...new Set(members.map(({tier}) => tier))].toSorted((a, b) => a - b);
}

export function ofTier<M extends Placed>(members: readonly M[], tier: number): M[] {
	return byPlace(members).filter((member) => member.tier === tier);
}

// Tiers and one behind them: where a further one begins.
export function shownTiers(members: readonly Placed[]): number[] {
	const tiers = tiersOf(members);
	const last = tiers.at(-1);

	return last === undefined ? [1] : last < TIER_MOST ? [...tiers, last + 1] : tiers;
}

// `id` comes to stand at `index` of a tier; positions there count from 1 then. Those of the tier he
// left stay: a gap changes no order.
export function move<M extends Placed>(members: readonly M[], id: string, tier: number, index: number): M[] {
	const moved = members.find((member) => member.extension_id === id);

	if (!moved)
		return [...members];
	const there = ofTier(members, tier).filter((member) => member.extension_id !== id);
	const placed = [...there.slice(0, index), moved, ...there.slice(index)].map((member, i) => ({...member, tier, level: i + 1}));
	const others = members.filter((member) => member.extension_id !== id && member.tier !== tier);

	return byPlace([...others, ...placed]);
}

// What has to be told to the API: who was moved first, so that a refusal leaves all as it was.
export function changes(before: readonly Placed[], after: readonly Placed[], movedId: string): Change[] {
	const was = new Map(before.map((member) => [member.extension_id, member]));

	return after
		.filter((member) => {
			const old = was.get(member.extension_id);

			return old && (old.tier !== member.tier || old.level !== member.level);
		})
		.toSorted((a, b) => Number(b.extension_id === movedId) - Number(a.extension_id === movedId))
		.map(({extension_id, tier, level}) => ({extension_id, tier, level}));
}
