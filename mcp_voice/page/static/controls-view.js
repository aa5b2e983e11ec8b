// The buttons below, the state of the connection, and what stands in the way.

import { find, onPress, setText, show } from "./dom.js";
import { WITHOUT_MICROPHONE, problem } from "./problems.js";

/** @param {Store} store @param {Actions} on */
export function controlsView(store, on) {
	const mute = find("mute", HTMLButtonElement);
	const action = find("banner-action", HTMLButtonElement);
	onPress(mute, () => (store.state.microphone.status === "ready" ? on.mute() : on.tryMicrophone()));
	onPress(find("leave", HTMLButtonElement), on.leave);
	onPress(find("open-devices", HTMLButtonElement), on.openDevices);
	action.addEventListener("click", on.tryMicrophone);

	store.subscribe((state, before) => {
		const isInside = state.phase === "room" || state.phase === "reconnecting";
		show("room", isInside);
		show("lobby", !isInside);
		if (!isInside) return;
		document.body.dataset.phase = state.phase;
		if (before.phase !== "room" && before.phase !== "reconnecting") find("question-text").focus();
		setText("room-name", state.roomName || "Voice room");
		setText("connection-text", state.phase === "room" ? "Connected" : "Reconnecting…");
		muteButton(mute, state);
		banner(action, state);
	});
}

/** @param {HTMLButtonElement} button @param {State} state */
function muteButton(button, { microphone: { status, isMuted, isHeld } }) {
	const isOpen = status === "ready" && !isMuted;
	const text = status !== "ready" ? "No microphone" : isHeld ? "Release to mute" : isMuted ? "Unmute" : "Mute";
	setText("mute-text", text);
	document.getElementById("mute-icon")?.setAttribute("href", isOpen ? "#i-mic" : "#i-mic-off");
	button.setAttribute("aria-pressed", String(status === "ready" && isMuted));
	button.classList.toggle("is-open", isOpen);
	button.classList.toggle("is-off", !isOpen);
}

/** @param {HTMLButtonElement} action @param {State} state */
function banner(action, state) {
	const text = obstacle(state);
	show("banner", text !== "");
	setText("banner-text", text);
	const canRetry = state.phase === "room" && !state.failedToSend && ["none", "busy", "failed", "denied"].includes(state.microphone.status);
	show(action, canRetry);
	setText(action, "Try the microphone again");
}

/** @param {State} state */
function obstacle(state) {
	if (state.phase === "reconnecting") {
		const { title, text } = problem(state.problem);
		return `${title.replace(/…?$/, ".")} ${text}`;
	}
	if (state.failedToSend) return "That could not be sent. Try again.";
	if (state.microphone.status === "asking") return "To answer by voice, allow the microphone when your browser asks.";
	return WITHOUT_MICROPHONE[state.microphone.status] ?? "";
}
