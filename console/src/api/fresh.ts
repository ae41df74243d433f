// A cache for what events keep fresh. An answer may be older than what was heard while it was on its way,
// and so is what nobody showed for a while: neither may stay (docs/adr/0096).
import {type InvalidateOptions, type InvalidateQueryFilters, type Query, QueryClient, type QueryClientConfig, type QueryKey} from '@tanstack/react-query';

type Change = (old: unknown) => unknown;
type Meanwhile = {changes: Change[]; again: boolean};

export class FreshClient extends QueryClient {
	readonly #meanwhile = new WeakMap<Query, Meanwhile>(); // of those that are being read

	constructor(config?: QueryClientConfig) {
		super(config);
		this.getQueryCache().subscribe((told) => {
			if (told.type === 'updated' && told.query.state.fetchStatus === 'idle')
				this.#settle(told.query, told.action.type === 'success' && !told.action.manual);
		});
	}

	// What is under `key`, by what was heard. While that is read, the answer is changed likewise: what happened
	// after it comes after it, too.
	change<T>(key: QueryKey, by: (old: T | undefined) => T | undefined): void {
		const query = this.getQueryCache().find({queryKey: key, exact: true});

		const state = query?.state;

		if (query && state?.fetchStatus !== 'idle')
			this.#of(query).changes.push(by as Change);
		this.setQueryData<T>(key, by);
		// What events told does not make good what could not be read: it is still to be read again.
		if (query && state?.isInvalidated)
			query.setState({isInvalidated: true, status: state.status, error: state.error});
	}

	// Likewise all whose keys begin so: the pages of a list, by what was searched for.
	changeAll<T>(scope: QueryKey, by: (old: T | undefined) => T | undefined): void {
		for (const {queryKey} of this.getQueryCache().findAll({queryKey: scope}))
			this.change<T>(queryKey, by);
	}

	// Reads again what is under `scope`. What is being read is read to its end first: where something happens
	// all the time, it would never get there.
	refresh(scope: QueryKey): void {
		for (const query of this.getQueryCache().findAll({queryKey: scope}))
			if (query.state.fetchStatus !== 'idle')
				this.#of(query).again = true;
		void super.invalidateQueries({queryKey: scope}, {cancelRefetch: false});
	}

	// Also what is read for the first time, which would go on with an answer from before.
	override invalidateQueries<Key extends QueryKey = QueryKey>(filters?: InvalidateQueryFilters<Key>, options?: InvalidateOptions): Promise<void> {
		for (const query of this.getQueryCache().findAll(filters))
			if (query.state.data === undefined && query.state.fetchStatus !== 'idle')
				this.#of(query).again = true;
		return super.invalidateQueries(filters, options);
	}

	#of(query: Query): Meanwhile {
		const known = this.#meanwhile.get(query) ?? {changes: [], again: false};

		this.#meanwhile.set(query, known);
		return known;
	}

	#settle(query: Query, answered: boolean): void {
		const meanwhile = this.#meanwhile.get(query);

		this.#meanwhile.delete(query);
		if (!answered || !meanwhile)
			return;
		for (const by of meanwhile.changes)
			this.setQueryData(query.queryKey, by);
		if (meanwhile.again)
			queueMicrotask(() => void super.invalidateQueries({queryKey: query.queryKey, exact: true}));
	}
}
