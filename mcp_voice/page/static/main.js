// Puts the parts of the page together.

import { announce } from "./announce.js";
import { attend } from "./attention.js";
import { controlsView } from "./controls-view.js";
import { devicesView } from "./devices-view.js";
import { find } from "./dom.js";
import { listenToKeys } from "./keys.js";
import { createLevels } from "./levels.js";
import { linesView } from "./lines-view.js";
import { mendCrypto } from "./livekit.js";
import { lobbyView } from "./lobby-view.js";
import { createMicrophone, isMicrophoneGranted } from "./microphone.js";
import { peopleView } from "./people-view.js";
import { questionView } from "./question-view.js";
import { invitation } from "./server.js";
import { START, reduce } from "./state.js";
import { createStore } from "./store.js";
import { readFragment } from "./untrusted.js";
import { createVisit } from "./visit.js";
import { writeView } from "./write-view.js";

const TAKEN_MS = 5000;

mendCrypto();
const store = createStore(START, reduce);
const levels = createLevels();
const microphone = createMicrophone(store.dispatch, (track) => levels.watch("microphone", track));
const visit = createVisit(store, microphone, levels);

/** @type {Actions} */
const actions = {
	join: (code, name) => void visit.join(code, name),
	again() {
		const { code } = store.state;
		void (code ? visit.join(code, find("name", HTMLInputElement).value) : visit.rejoin());
	},
	leave: () => void visit.leave(),
	mute: () => void microphone.mute(!store.state.microphone.isMuted),
	tryMicrophone() {
		void levels.wake();
		void microphone.retry();
	},
	hear: () => void visit.hear(),
	openDevices: devicesView(microphone, visit),
	choose(ask, choice) {
		store.dispatch({ type: "chosen", ask, choice });
		void visit.send(choice);
		// Whoever asks takes a tap at once: a question that is still open by then did not get it.
		setTimeout(() => store.dispatch({ type: "not-taken", ask }), TAKEN_MS);
	},
	send: visit.send,
};

lobbyView(store, actions);
questionView(store, actions);
controlsView(store, actions);
writeView(store, actions);
linesView(store);
peopleView(store);
announce(store);
attend(store);
listenToKeys(store, microphone);

const root = document.documentElement;
const meter = find("meter");
levels.run((name, level) => {
	root.style.setProperty(`--${name}-level`, level.toFixed(2));
	if (name === "microphone" && store.state.phase === "lobby") meter.ariaValueNow = String(Math.round(level * 100));
});

/** The code leaves the address at once: only this page uses it, and the history keeps addresses. */
function takeCode() {
	const { code, joinsByItself } = readFragment(location.hash);
	if (location.hash) history.replaceState(null, "", location.pathname);
	if (code) store.dispatch({ type: "invited", code, joinsByItself });
	return code;
}

/** Says who invites; joins by itself where the link says so and whoever made it meant it. @param {string} code */
async function meet(code) {
	const told = await invitation(code);
	if (told) store.dispatch({ type: "invitation", code, asker: told.asker, guest: told.guest });
	const { phase, code: now, joinsByItself } = store.state;
	if (told?.mayJoinByItself && joinsByItself && phase === "lobby" && now === code) await visit.join(code, "");
}

async function begin() {
	const code = takeCode();
	if (code) await meet(code);
	else if (visit.isInterrupted) await visit.rejoin();
	else if (visit.mayComeBack) store.dispatch({ type: "left" });
	const { phase } = store.state;
	if ((phase === "lobby" || phase === "left") && (await isMicrophoneGranted())) await microphone.open();
}

// Another link that is opened in this tab changes the fragment alone.
window.addEventListener("hashchange", () => {
	const code = takeCode();
	if (code) void meet(code);
});
void begin();
