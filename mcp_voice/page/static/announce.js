// What a screen reader is told by itself. Captions are not read out: they are heard already.

import { find, setText } from "./dom.js";
import { problem } from "./problems.js";
import { isForMe, openAsk } from "./state.js";

/** @type {Readonly<Record<Closed["how"], string>>} */
const CLOSED = {
	answered: "Answer received.",
	heard: "Question closed.",
	closed: "Question closed.",
	interrupted: "The question was interrupted. You can stay.",
};

/** @param {Store} store */
export function announce(store) {
	const place = find("announcement");
	store.subscribe((state, before) => {
		const news = newsOf(state, before);
		if (news) setText(place, news);
	});
}

/** @param {State} state @param {State} before */
function newsOf(state, before) {
	if (state.phase !== before.phase || state.problem !== before.problem) return phaseNews(state, before);
	const ask = openAsk(state);
	if (ask && ask.id !== openAsk(before)?.id && isForMe(state, ask)) {
		const choices = ask.choices.length > 0 ? ` Answers: ${ask.choices.join(", ")}.` : "";
		return `Question: ${ask.question}${choices}`;
	}
	if (state.closed && state.closed !== before.closed) return CLOSED[state.closed.how];
	if (state.isSilenced && !before.isSilenced) return "Your browser is not playing any sound yet. Press Tap to hear.";
	if (state.microphone.isMuted !== before.microphone.isMuted) return state.microphone.isMuted ? "Muted." : "Unmuted.";
	const last = state.lines.at(-1);
	if (last && last.kind === "text" && !last.isMine && last !== before.lines.at(-1)) return `${last.name} writes: ${last.text}`;
	return "";
}

/** @param {State} state @param {State} before */
function phaseNews(state, before) {
	if (state.problem) return `${problem(state.problem).title}. ${problem(state.problem).text}`;
	if (state.phase === "joining") return "Joining.";
	if (state.phase === "room") return before.phase === "reconnecting" ? "Back in the room." : "You are in the room.";
	return state.phase === "left" ? "You have left." : "";
}
