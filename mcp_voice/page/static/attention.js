// Getting back somebody who looks elsewhere: the tab's title, a notification if they want one, a screen that stays on.

import { isForMe, openAsk } from "./state.js";

const NAME = "Voice room";
const LONGEST_BODY = 200;
const MOST_TOLD = 100;

/** @param {Store} store */
export function attend(store) {
	/** Ids of questions that a notification told of. @type {Set<string>} */
	const told = new Set();
	/** @type {WakeLockSentinel | null} */
	let lock = null;
	/** @type {Promise<void>} */
	let changing = Promise.resolve();

	/** @param {State} state */
	function title(state) {
		const place = state.roomName ? `${state.roomName} · ${NAME}` : NAME;
		const ask = openAsk(state);
		if (ask && isForMe(state, ask)) return `● Question · ${place}`;
		return state.phase === "reconnecting" ? `Reconnecting · ${place}` : place;
	}

	/** @param {State} state */
	function notify(state) {
		const ask = openAsk(state);
		if (!ask || !document.hidden || !isForMe(state, ask) || told.has(ask.id)) return;
		told.add(ask.id);
		if (told.size > MOST_TOLD) told.delete(/** @type {string} */ (told.values().next().value));
		if (!canNotify() || Notification.permission !== "granted") return;
		const asker = state.people.get(ask.from)?.name ?? NAME;
		try {
			const shown = new Notification(`${asker} has a question for you`, { body: ask.question.slice(0, LONGEST_BODY), tag: ask.id });
			shown.addEventListener("click", () => {
				window.focus();
				shown.close();
			});
		} catch {
			// Phones show none without a service worker; the title tells.
		}
	}

	async function reallyStayAwake() {
		const isWanted = store.state.phase === "room" && !document.hidden;
		if (!isWanted) {
			await lock?.release().catch(() => {});
			lock = null;
		} else if (!lock || lock.released) {
			lock = (await navigator.wakeLock?.request("screen").catch(() => null)) ?? null;
		}
	}

	/** One after the other: of two locks at once one would never be released. */
	function stayAwake() {
		changing = changing.then(reallyStayAwake);
	}

	store.subscribe((state, before) => {
		document.title = title(state);
		if (state.asks !== before.asks) notify(state);
		if (state.phase !== before.phase) stayAwake();
	});
	document.addEventListener("visibilitychange", () => {
		notify(store.state);
		stayAwake();
	});
}

export function canNotify() {
	return window.isSecureContext && "Notification" in window;
}
