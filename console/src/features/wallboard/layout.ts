// How many queues a screen shows at once: nobody scrolls a wall. What does not fit comes on further pages.
export type Layout = {columns: number; rows: number; pages: number; onPage: number};

const LEAST_PX = {width: 300, height: 240}; // of a card: less cannot be read across a room
const GAP_PX = 16;
const SHAPE = 1.5; // of a card at its best, width to height

function fitting(space: number, least: number): number {
	return Math.max(1, Math.floor((space + GAP_PX) / (least + GAP_PX)));
}

// The cards of one page as large as they can be.
function columnsFor(n: number, width: number, height: number): number {
	const sizeWith = (columns: number) => Math.min(width / columns / SHAPE, height / Math.ceil(n / columns));
	const most = Math.min(n, fitting(width, LEAST_PX.width));
	let best = 1;

	for (let columns = 2; columns <= most; columns++)
		if (sizeWith(columns) > sizeWith(best))
			best = columns;
	return best;
}

export function layoutOf(n: number, width: number, height: number): Layout {
	const most = fitting(width, LEAST_PX.width) * fitting(height, LEAST_PX.height);
	const pages = Math.max(1, Math.ceil(n / most));
	const onPage = Math.max(1, Math.ceil(n / pages));
	const columns = columnsFor(onPage, width, height);
	const rows = Math.ceil(onPage / columns);

	// As large as can be may be too many rows for their least height.
	return rows <= fitting(height, LEAST_PX.height) ? {columns, rows, pages, onPage}
		: {columns: fitting(width, LEAST_PX.width), rows: Math.ceil(onPage / fitting(width, LEAST_PX.width)), pages, onPage};
}
