// A tap that was meant for one question must not answer the next, whose answers take its place in that moment.

const HIDDEN_MS = 1000;
const WAIT_MS = 500;

/** @param {() => number} now Milliseconds. */
export function createTapGuard(now = () => performance.now()) {
	let shown = "";
	let goneAt = -Infinity;
	let opensAt = -Infinity;

	return {
		/** Answers are shown now, by a key of theirs, or none: tells for how many ms taps do not count. @param {string} key */
		show(key) {
			if (key !== shown) {
				if (shown) goneAt = now();
				if (key && now() - goneAt < HIDDEN_MS) opensAt = now() + WAIT_MS;
				shown = key;
			}
			return Math.max(0, opensAt - now());
		},
	};
}
