// What the page knows, and what each event makes of it. Pure: no browser, no clock.

import { shownName } from "./untrusted.js";

export const MOST_LINES = 200;
const MOST_CHARACTERS = 100_000;
export const MOST_PEOPLE = 50;
const MOST_ASKS = 10;
/** Problems after which a code is of no use. */
const SPENT = new Set(["used-code", "expired-code", "unknown-code", "no-code"]);

/** @type {State} */
export const START = {
	phase: "lobby",
	problem: "",
	code: "",
	joinsByItself: false,
	roomName: "",
	asker: "",
	guest: "",
	me: "",
	people: new Map(),
	asks: [],
	closed: null,
	chosen: null,
	replied: "no",
	lines: [],
	microphone: { status: "unknown", isMuted: false, isHeld: false },
	isSilenced: false,
	failedToSend: false,
};

/** @type {Readonly<Record<State["replied"], Closed["how"]>>} */
const HOW = { no: "closed", sound: "heard", words: "answered" };

/** @type {{readonly [T in PageEvent["type"]]: (state: State, event: Extract<PageEvent, {type: T}>) => State}} */
const REACTIONS = {
	invited(state, { code, joinsByItself }) {
		// A new link begins anew, unless this person is in a room.
		const phase = state.phase === "failed" || state.phase === "left" ? "lobby" : state.phase;
		return { ...state, phase, problem: "", code, joinsByItself, guest: "", asker: phase === "lobby" ? "" : state.asker };
	},
	joining: (state) => ({ ...state, phase: "joining", problem: "" }),
	invitation: (state, { code, asker, guest }) =>
		state.code === code && state.phase === "lobby" ? { ...state, asker, guest } : state,
	admitted: (state, { roomName, asker }) => ({ ...state, roomName, asker, code: "" }),
	connected(state, { me }) {
		// Whoever is there tells of their question at once; one that nobody tells of was interrupted.
		const open = openAsk(state);
		const closed = open ? interrupted(open) : state.closed;
		return { ...state, ...NOBODY, closed, phase: "room", problem: "", me };
	},
	reconnecting: (state) =>
		state.phase === "room" ? { ...state, phase: "reconnecting", problem: "reconnecting" } : state,
	reconnected: (state) => ({ ...state, phase: "room", problem: "" }),
	// The question may still be open: it stays to be read.
	lost: (state, { problem }) => ({ ...state, ...NOBODY, asks: state.asks, phase: "reconnecting", problem }),
	failed: (state, { problem }) => ({
		...state,
		...NOBODY,
		phase: "failed",
		problem,
		code: SPENT.has(problem) ? "" : state.code,
	}),
	left: (state) => ({ ...state, ...NOBODY, phase: "left", problem: "" }),
	microphone: (state, { status }) => ({ ...state, microphone: { ...state.microphone, status } }),
	muted: (state, { isMuted, isHeld }) => ({ ...state, microphone: { ...state.microphone, isMuted, isHeld } }),
	silenced: (state, { isSilenced }) => ({ ...state, isSilenced }),

	person(state, { person }) {
		const known = state.people.get(person.identity);
		// Whoever asks is shown, however many others came before.
		const most = person.isAgent || person.isMe ? 2 * MOST_PEOPLE : MOST_PEOPLE;
		if (!known && state.people.size >= most) return state;
		const isSpeaking = known?.isSpeaking ?? person.isSpeaking;
		return { ...state, people: new Map(state.people).set(person.identity, { ...person, isSpeaking }) };
	},
	gone(state, { identity }) {
		const people = new Map(state.people);
		people.delete(identity);
		const open = state.asks.find((each) => each.from === identity);
		const next = reduce({ ...state, people }, { type: "asks", from: identity, ask: null, answered: "" });
		// It left without closing its question: whatever was answered may have got lost.
		return open ? { ...next, closed: interrupted(open) } : next;
	},
	speaking(state, { identities }) {
		const now = new Set(identities);
		const people = [...state.people.values()].map((each) => ({ ...each, isSpeaking: now.has(each.identity) }));
		return {
			...state,
			people: new Map(people.map((each) => [each.identity, each])),
			// Where nothing that is heard is shown as text, this alone tells that somebody may have answered.
			replied: state.replied === "no" && now.has(state.me) ? "sound" : state.replied,
		};
	},

	asks(state, { from, ask, answered }) {
		const before = state.asks.find((each) => each.from === from);
		const others = state.asks.filter((each) => each.from !== from);
		if (ask && before?.id === ask.id) {
			return { ...state, asks: state.asks.map((each) => (each === before ? ask : each)) };
		}
		if (ask) {
			return { ...state, asks: [...others, ask].slice(0, MOST_ASKS), closed: null, replied: "no" };
		}
		if (!before) return state;
		const how = isForMe(state, before) ? HOW[state.replied] : "closed";
		// It may have been withdrawn while it was being answered.
		const told = how === "answered" && answered !== before.id ? "closed" : how;
		return { ...state, asks: others, chosen: null, closed: { question: before.question, how: told } };
	},
	chosen: (state, { ask, choice }) => ({ ...state, chosen: { ask, choice }, replied: "words", failedToSend: false }),
	"not-taken": (state, { ask }) => (state.chosen?.ask === ask ? { ...state, chosen: null } : state),
	"not-sent": (state) => ({ ...state, chosen: null, failedToSend: true }),

	said(state, { segment: { id, identity, text, isFinal } }) {
		const key = `said ${identity} ${id}`;
		const isMine = identity === state.me;
		const at = state.lines.findLastIndex((line) => line.key === key);
		if (!text.trim()) return at >= 0 && isFinal ? { ...state, lines: state.lines.toSpliced(at, 1) } : state;
		/** @type {Line} */
		const line = { key, identity, name: named(state, identity), isMine, kind: "speech", text, isFinal };
		const lines = at < 0 ? [...state.lines, line] : state.lines.with(at, line);
		return { ...state, replied: isMine ? "words" : state.replied, lines: bounded(lines) };
	},
	written(state, { id, identity, name, text }) {
		const key = `written ${identity} ${id}`;
		const isMine = identity !== "" && identity === state.me;
		if (state.lines.some((line) => line.key === key)) return state;
		/** @type {Line} */
		const line = { key, identity, name: name || named(state, identity), isMine, kind: "text", text, isFinal: true };
		return {
			...state,
			failedToSend: state.failedToSend && !isMine,
			replied: isMine ? "words" : state.replied,
			lines: bounded([...state.lines, line]),
		};
	},
};

/** Out of the room: the conversation so far can still be read. @satisfies {Partial<State>} */
const NOBODY = { people: START.people, asks: START.asks, chosen: null, isSilenced: false };

/** @param {State} state @param {PageEvent} event @returns {State} */
export function reduce(state, event) {
	return REACTIONS[event.type](state, /** @type {never} */ (event));
}

/** The question to show: the first that this person may answer, else the first of all. @param {State} state */
export function openAsk(state) {
	return state.asks.find((ask) => isForMe(state, ask)) ?? state.asks[0] ?? null;
}

/** @param {State} state @param {Ask} ask */
export function isForMe(state, ask) {
	return !ask.participant || ask.participant === state.me;
}

/** Whoever asks, or the first agent. @param {State} state */
export function voice(state) {
	const ask = openAsk(state);
	const asking = ask && state.people.get(ask.from);
	return asking || [...state.people.values()].find((person) => person.isAgent) || null;
}

/** @param {Ask} ask @returns {Closed} */
function interrupted({ question }) {
	return { question, how: "interrupted" };
}

/** The newest, and of each person a fair part: whoever floods the room crowds out themselves. @param {readonly Line[]} lines */
function bounded(lines) {
	const characters = lines.reduce((sum, { text }) => sum + text.length, 0);
	if (lines.length <= MOST_LINES && characters <= MOST_CHARACTERS) return lines;
	/** @type {Map<string, number>} */
	const shares = new Map();
	for (const { identity, text } of lines) {
		shares.set(identity, (shares.get(identity) ?? 0) + 1 / MOST_LINES + text.length / MOST_CHARACTERS);
	}
	const most = Math.max(...shares.values());
	return bounded(lines.toSpliced(lines.findIndex(({ identity }) => shares.get(identity) === most), 1));
}

/** @param {State} state @param {string} identity */
function named(state, identity) {
	return state.people.get(identity)?.name ?? shownName("", identity);
}
