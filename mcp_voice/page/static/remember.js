// What this browser keeps for the page. Where it keeps nothing for sites, the page remembers it until it is closed.

/** @param {() => Storage} given Browsers that block it refuse even to give it. */
function memory(given) {
	/** @type {Map<string, string>} */
	const here = new Map();

	/** @template T @param {(storage: Storage) => T} use @returns {T | null} */
	function attempt(use) {
		try {
			return use(given());
		} catch {
			return null;
		}
	}

	return {
		/** @param {string} name */
		get: (name) => here.get(name) ?? attempt((storage) => storage.getItem(name)),
		/** @param {string} name @param {string} value */
		set(name, value) {
			here.set(name, value);
			attempt((storage) => storage.setItem(name, value));
		},
		/** @param {string} name */
		forget(name) {
			here.delete(name);
			attempt((storage) => storage.removeItem(name));
		},
	};
}

/** Of all tabs, until it is forgotten. */
export const browserMemory = memory(() => localStorage);
/** Of this tab. */
export const tabMemory = memory(() => sessionStorage);
