// What somebody who is dragged is over.
import {closestCenter, closestCorners, type Collision, type CollisionDetection} from '@dnd-kit/core';
import {useRef} from 'react';

type Last = {x: number; y: number; tier: number | undefined; found: Collision[]};

// By pointer: the tier that it is in, and there what is next to it; outside of all tiers nothing. By keyboard what is
// closest, there is no pointer. `list` is the element whose children are the tiers, in their order.
export function useOver(tiers: readonly number[], tierOf: (id: string) => number | undefined) {
	const list = useRef<HTMLDivElement>(null);
	const last = useRef<Last>(undefined);
	const detect: CollisionDetection = (args) => {
		const at = args.pointerCoordinates;

		if (!at || !list.current)
			return closestCorners(args);
		const corner = list.current.getBoundingClientRect();
		const old = last.current?.x === at.x - corner.left && last.current.y === at.y - corner.top ? last.current : undefined;
		// Tiers grow and shrink with whom is dragged into them, maybe away from under the pointer: one that rests
		// stays in the tier it is in, or he would go to and fro for ever.
		const tier = old ? old.tier : tiers[[...list.current.children].findIndex((child) => {
			const {left, right, top, bottom} = child.getBoundingClientRect();

			return at.x >= left && at.x <= right && at.y >= top && at.y <= bottom;
		})];
		const found = tier === undefined ? [] : closestCenter({...args, droppableContainers: args.droppableContainers.filter(({id}) => tierOf(String(id)) === tier),
			collisionRect: {left: at.x, right: at.x, top: at.y, bottom: at.y, width: 0, height: 0}});

		// While rows change their tier there may be nothing to be over, for a moment.
		last.current = {x: at.x - corner.left, y: at.y - corner.top, tier, found: !found.length && last.current?.tier === tier ? last.current?.found ?? [] : found};
		return last.current.found;
	};

	return {list, detect};
}
