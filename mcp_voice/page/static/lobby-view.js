// The card before and after a visit: to join, what went wrong, to come back.

import { find, setText, show } from "./dom.js";
import { WITHOUT_MICROPHONE, problem } from "./problems.js";
import { browserMemory } from "./remember.js";
import { LONGEST_NAME, line, readCode } from "./untrusted.js";

const NAME = "mcp-voice.name";
/** Problems of somebody who was let in before. */
const WAS_INSIDE = new Set(["used-code", "joined-elsewhere"]);

/** @param {Store} store @param {Actions} on */
export function lobbyView(store, on) {
	const words = find("lobby-words");
	const form = find("join-form", HTMLFormElement);
	const code = find("code", HTMLInputElement);
	const name = find("name", HTMLInputElement);
	const join = find("join", HTMLButtonElement);
	const again = find("again", HTMLButtonElement);
	let typesCode = false;
	let hasTypedName = false;

	const ownName = () => line(browserMemory.get(NAME), LONGEST_NAME);
	name.value = ownName();
	name.addEventListener("input", () => {
		hasTypedName = true;
	});
	form.addEventListener("submit", (event) => {
		event.preventDefault();
		if (store.state.phase === "joining") return;
		const given = line(name.value, LONGEST_NAME);
		// A name that somebody else gave is for this visit; who uses this browser may have another.
		if (given !== store.state.guest) browserMemory.set(NAME, given);
		const { code: linked } = store.state;
		on.join(codeFieldIsShown() ? readCode(code.value) : linked, given);
	});
	again.addEventListener("click", on.again);
	find("other-code", HTMLButtonElement).addEventListener("click", () => {
		typesCode = true;
		render(store.state);
		code.focus();
	});
	find("try-microphone", HTMLButtonElement).addEventListener("click", on.tryMicrophone);

	const codeFieldIsShown = () => !find("code-field").hidden;

	/** @param {State} state */
	function render(state) {
		const { title, text } = wording(state);
		setText("lobby-title", title);
		setText("lobby-text", text);
		document.body.dataset.phase = state.phase;

		const action = state.phase === "left" ? "again" : state.phase === "failed" ? problem(state.problem).action : "code";
		const joins = typesCode || action === "code";
		show(form, joins);
		show("again-actions", !joins && action === "again");
		show("code-field", typesCode || (joins && !state.code && state.phase !== "joining"));
		show("fine", joins);
		setText(again, state.phase === "left" || WAS_INSIDE.has(state.problem) ? "Come back" : "Try again");

		join.disabled = state.phase === "joining";
		setText(join, state.phase === "joining" ? "Joining…" : "Join");
		microphone(state);
	}

	store.subscribe((state, before) => {
		if (state.guest !== before.guest && !hasTypedName) name.value = state.guest || ownName();
		if (state.phase !== before.phase) typesCode = false;
		if (state.phase === "room" || state.phase === "reconnecting") return;
		render(state);
		const isNews = state.phase !== before.phase && (state.phase === "failed" || state.phase === "left");
		if (isNews) words.focus();
	});
}

/** @param {State} state */
function wording(state) {
	if (state.phase === "failed") return problem(state.problem);
	if (state.phase === "left") {
		return { title: "You have left", text: "The conversation goes on without you. You can come back." };
	}
	return {
		title: state.asker && state.code ? `${state.asker} would like to talk to you` : "You are invited to talk",
		text: "You will hear a question. Answer by speaking, tapping or typing.",
	};
}

/** @param {State} state */
function microphone({ microphone: { status } }) {
	const isReady = status === "ready";
	show("try-microphone", !isReady && status !== "insecure");
	show("meter", isReady);
	find("microphone-check").classList.toggle("is-ready", isReady);
	const without = WITHOUT_MICROPHONE[status];
	/** @type {Partial<Record<typeof status, string>>} */
	const notes = {
		unknown: "Your browser will ask for the microphone when you join.",
		asking: "Allow the microphone when your browser asks.",
		ready: "Say something: the bar should move.",
	};
	setText("lobby-microphone", without ?? notes[status] ?? "");
}
