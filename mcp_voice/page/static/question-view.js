// The middle of the room: who asks, the question in large letters, and the answers to tap.

import { find, icon, make, setText, show } from "./dom.js";
import { isForMe, openAsk, voice } from "./state.js";
import { createTapGuard } from "./tap-guard.js";

const LONG_CHOICE = 22;
const LONG_QUESTION = 140;
const VERY_LONG_QUESTION = 420;

/** @param {Store} store @param {Actions} on */
export function questionView(store, on) {
	const question = find("question-text");
	const choices = find("choices");
	const hear = find("hear", HTMLButtonElement);
	hear.addEventListener("click", on.hear);
	const guard = createTapGuard();
	let drawn = "";

	/** @param {Ask | null} ask @param {State} state */
	function drawChoices(ask, state) {
		const offered = ask && isForMe(state, ask) ? ask.choices : [];
		const key = JSON.stringify([ask?.id, offered]);
		if (key !== drawn) {
			drawn = key;
			choices.dataset.length = offered.some((choice) => choice.length > LONG_CHOICE) ? "long" : "short";
			choices.replaceChildren(...offered.map((choice) => choiceButton(ask?.id ?? "", choice)));
		}
		show(choices, offered.length > 0);
		const wait = guard.show(offered.length > 0 ? key : "");
		if (wait > 0) setTimeout(() => render(store.state), wait);
		choices.classList.toggle("is-new", wait > 0);
		const chosen = state.chosen?.ask === ask?.id ? state.chosen?.choice : undefined;
		for (const button of choices.querySelectorAll("button")) {
			const isChosen = button.dataset.choice === chosen;
			button.disabled = chosen !== undefined || state.phase !== "room" || wait > 0;
			button.setAttribute("aria-pressed", String(isChosen));
		}
	}

	/** @param {string} ask @param {string} choice */
	function choiceButton(ask, choice) {
		const button = make("button", "choice", make("span", "", choice), icon("check"));
		button.type = "button";
		button.dataset.choice = choice;
		button.addEventListener("click", () => on.choose(ask, choice));
		return button;
	}

	/** @param {State} state */
	function render(state) {
		if (state.phase !== "room" && state.phase !== "reconnecting") return;
		const ask = openAsk(state);
		const { title, note } = ask ? wordsOf(ask, state) : waiting(state);
		setText(question, title);
		question.dataset.length = title.length > VERY_LONG_QUESTION ? "very-long" : title.length > LONG_QUESTION ? "long" : "short";
		setText("question-note", note);
		drawChoices(ask, state);
		show(hear, state.isSilenced);

		const person = voice(state);
		const isAsked = ask !== null && isForMe(state, ask);
		setText("asker", person?.name ?? "");
		setText("voice-state", voiceState(state, isAsked));
		find("question").dataset.state = person?.state === "speaking" ? "speaking" : isAsked ? "listening" : "idle";
	}

	store.subscribe(render);
}

/** @param {Ask} ask @param {State} state */
function wordsOf(ask, state) {
	// Not every asker writes its question down: then what it says is shown.
	const spoken = state.lines.findLast((line) => line.identity === ask.from && line.kind === "speech");
	const title = ask.question || spoken?.text || "You are being asked something. Listen.";
	if (!isForMe(state, ask)) {
		const name = state.people.get(ask.participant)?.name ?? "somebody else";
		return { title, note: `This question is for ${name}.` };
	}
	return { title, note: [howToAnswer(ask, state), until(ask)].filter(Boolean).join(" ") };
}

/** @param {Ask} ask @param {State} state */
function howToAnswer(ask, { microphone }) {
	const hasChoices = ask.choices.length > 0;
	if (microphone.status !== "ready") return hasChoices ? "Tap or type your answer." : "Type your answer.";
	if (microphone.isMuted) return "You are muted. Unmute to answer by voice.";
	return hasChoices ? "Say, tap or type your answer." : "Say or type your answer.";
}

/** @param {Ask} ask */
function until({ deadline }) {
	if (!deadline) return "";
	const time = new Date(deadline * 1000).toLocaleTimeString([], { hour: "numeric", minute: "2-digit" });
	return `Open until ${time}.`;
}

/** @type {Readonly<Record<Closed["how"], {title: string, note: string}>>} */
const CLOSED = {
	answered: { title: "Thank you.", note: "Your answer was received. You can leave, or stay in case there is more." },
	heard: { title: "Thank you.", note: "That question is closed. You can leave, or stay in case there is more." },
	closed: { title: "That question is closed.", note: "It was answered or withdrawn, or it ran out of time." },
	interrupted: {
		title: "The question was interrupted.",
		note: "Your answer may not have arrived. Please stay: if the question comes back, you will see it here.",
	},
};

/** @param {State} state */
function waiting(state) {
	if (state.closed) return CLOSED[state.closed.how];
	const agent = voice(state)?.name;
	if (agent && !state.asker) return { title: "You are in.", note: `${agent} is here too: just speak.` };
	const asker = agent ?? state.asker;
	return {
		title: "You are in.",
		note: asker ? `Stay on this page. ${asker} will ask you here.` : "Stay on this page. The question will appear here.",
	};
}

/** @param {State} state @param {boolean} isAsked */
function voiceState(state, isAsked) {
	const person = voice(state);
	if (!person) return state.phase === "room" ? "No question right now" : "";
	if (person.state === "speaking") return "is speaking";
	if (person.state === "thinking") return "is thinking";
	return isAsked ? "is listening" : "is here";
}
