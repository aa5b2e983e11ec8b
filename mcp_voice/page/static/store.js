// One state for the page, and those who are told when it has changed.

/** Between two times at which everything is drawn. */
const LEAST_MS = 40;

/** @param {State} start @param {(state: State, event: PageEvent) => State} reduce */
export function createStore(start, reduce) {
	let state = start;
	let isTold = true;
	/** @type {((state: State, before: State) => void)[]} */
	const listeners = [];

	function tell() {
		const before = told;
		isTold = true;
		told = state;
		toldAt = performance.now();
		for (const listener of listeners) listener(state, before);
	}
	let told = start;
	let toldAt = 0;

	return {
		get state() {
			return state;
		},
		/** @param {PageEvent} event */
		dispatch(event) {
			state = reduce(state, event);
			if (!isTold || state === told) return;
			isTold = false;
			// Many events come together, and a flood of them must leave time for the person; a page in the background has no
			// animation frames.
			const wait = toldAt + LEAST_MS - performance.now();
			if (wait > 0) setTimeout(tell, wait);
			else queueMicrotask(tell);
		},
		/** @param {(state: State, before: State) => void} listener */
		subscribe(listener) {
			listeners.push(listener);
			listener(state, state);
		},
	};
}
