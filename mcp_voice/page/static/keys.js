// Keys of the room: M mutes, and the space bar held opens a muted microphone.

const TYPING = "input, textarea, select, [contenteditable]";
/** What the space bar presses by itself. */
const PRESSED = `${TYPING}, button, a, summary, dialog`;

/** @param {Store} store @param {MicrophoneControl} microphone */
export function listenToKeys(store, microphone) {
	const isUsable = () => store.state.phase === "room" && store.state.microphone.status === "ready";
	const release = () => {
		if (store.state.microphone.isHeld) void microphone.mute(true);
	};

	document.addEventListener("keydown", (event) => {
		if (!isUsable() || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
		const { isMuted, isHeld } = store.state.microphone;
		if (event.key.toLowerCase() === "m" && !event.repeat && !isIn(event.target, TYPING)) {
			void microphone.mute(!isMuted);
		} else if (event.code === "Space" && !isIn(event.target, PRESSED)) {
			// The page would scroll.
			event.preventDefault();
			if (isMuted && !isHeld && !event.repeat) void microphone.mute(false, true);
		}
	});
	document.addEventListener("keyup", (event) => event.code === "Space" && release());
	window.addEventListener("blur", release);
}

/** @param {EventTarget | null} target @param {string} selector */
function isIn(target, selector) {
	return target instanceof Element && target.closest(selector) !== null;
}
