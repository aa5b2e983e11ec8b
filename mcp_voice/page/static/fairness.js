// How much is read of each sender, at once and in time: whoever floods the room takes nobody else's place.

const MOST_OF_ONE = 8;
const MOST = 100;
const MOST_SENDERS = 200;

/** Places that each sender has a few of. */
export function createPlaces() {
	/** @type {Map<string, number>} */
	const taken = new Map();
	let all = 0;

	return {
		/** Take one; tells whether there was one. @param {string} identity */
		take(identity) {
			const own = taken.get(identity) ?? 0;
			if (own >= MOST_OF_ONE || all >= MOST) return false;
			taken.set(identity, own + 1);
			all += 1;
			return true;
		},
		/** @param {string} identity */
		give(identity) {
			const own = taken.get(identity) ?? 0;
			if (own > 1) taken.set(identity, own - 1);
			else taken.delete(identity);
			all -= 1;
		},
	};
}

/**
 * Tells whether to read one more of a sender: so many at once, and so many a second.
 * @param {number} burst
 * @param {number} perSecond
 */
export function createRate(burst, perSecond, now = () => performance.now() / 1000) {
	/** @type {Map<string, {left: number, at: number}>} */
	const senders = new Map();

	/** @param {string} identity */
	return (identity) => {
		const at = now();
		const known = senders.get(identity);
		const left = known ? Math.min(burst, known.left + (at - known.at) * perSecond) : burst;
		senders.set(identity, { left: left >= 1 ? left - 1 : left, at });
		if (senders.size > MOST_SENDERS) senders.delete(/** @type {string} */ (senders.keys().next().value));
		return left >= 1;
	};
}
