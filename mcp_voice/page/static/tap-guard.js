// A tap that was meant for what stood there before must not answer a question, whose answers take its place just then.

const WAIT_MS = 500;

/** @param {() => number} now Milliseconds. */
export function createTapGuard(now = () => performance.now()) {
	let shown = "";
	let opensAt = -Infinity;

	return {
		/** Answers are shown now, by a key of theirs, or none: tells for how many ms taps do not count. @param {string} key */
		show(key) {
			if (key !== shown) opensAt = key ? now() + WAIT_MS : -Infinity;
			shown = key;
			return Math.max(0, opensAt - now());
		},
	};
}
