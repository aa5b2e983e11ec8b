/**
 * Wait so many seconds, or until it may be worth looking again: the network is back, or the person.
 * @param {number} seconds
 * @returns {Promise<void>}
 */
export function pause(seconds) {
	return new Promise((resolve) => {
		const over = new AbortController();
		const end = () => {
			over.abort();
			resolve();
		};
		setTimeout(end, seconds * 1000);
		window.addEventListener("online", end, { signal: over.signal });
		document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && end(), {
			signal: over.signal,
		});
	});
}
