// How many streams are read at once: whoever opens many takes nobody else's place.

const MOST_OF_ONE = 8;
const MOST = 100;

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
