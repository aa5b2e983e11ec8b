// What the page knows, and what each event makes of it. Pure: no browser, no clock.

import { LONGEST_TEXT, shownName } from "./untrusted.js";

export const MOST_LINES = 200;
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
  me: "",
  people: new Map(),
  asks: [],
  closed: null,
  chosen: null,
  hasReplied: false,
  lines: [],
  microphone: { status: "unknown", isMuted: false, isHeld: false },
  isSilenced: false,
  failedToSend: false,
};

/**
 * The question to show: the first that this person may answer, else the first of all.
 * @param {State} state
 * @returns {Ask | null}
 */
export function openAsk(state) {
  return state.asks.find((ask) => isForMe(state, ask)) ?? state.asks[0] ?? null;
}

/** @param {State} state @param {Ask} ask */
export function isForMe(state, ask) {
  return !ask.participant || ask.participant === state.me;
}

/**
 * Whoever asks, or the first agent.
 * @param {State} state
 * @returns {Person | null}
 */
export function voice(state) {
  const ask = openAsk(state);
  const asking = ask && state.people.get(ask.from);
  return asking || [...state.people.values()].find((person) => person.isAgent) || null;
}

/** @param {State} state @param {PageEvent} event @returns {State} */
export function reduce(state, event) {
  switch (event.type) {
    case "invited":
      return { ...invited(state), code: event.code, joinsByItself: event.joinsByItself };
    case "joining":
      return { ...state, phase: "joining", problem: "" };
    case "admitted":
      return { ...state, roomName: event.roomName, asker: event.asker, code: "" };
    case "connected":
      return { ...state, phase: "room", problem: "", me: event.me };
    case "reconnecting":
      return state.phase === "room" ? { ...state, phase: "reconnecting", problem: "reconnecting" } : state;
    case "reconnected":
      return { ...state, phase: "room", problem: "" };
    case "lost":
      return { ...emptied(state), phase: "reconnecting", problem: event.problem };
    case "failed":
      return { ...emptied(state), phase: "failed", problem: event.problem, code: SPENT.has(event.problem) ? "" : state.code };
    case "left":
      return { ...emptied(state), phase: "left", problem: "" };
    case "microphone":
      return { ...state, microphone: { ...state.microphone, status: event.status } };
    case "muted":
      return { ...state, microphone: { ...state.microphone, isMuted: event.isMuted, isHeld: event.isHeld } };
    case "silenced":
      return { ...state, isSilenced: event.isSilenced };
    case "person":
      return withPerson(state, event.person);
    case "gone":
      return withoutPerson(state, event.identity);
    case "speaking":
      return { ...state, people: speaking(state.people, event.identities) };
    case "asks":
      return asked(state, event.from, event.ask);
    case "chosen":
      return { ...state, chosen: { ask: event.ask, choice: event.choice }, hasReplied: true, failedToSend: false };
    case "not-sent":
      return { ...state, chosen: null, failedToSend: true };
    case "said":
      return said(state, event.segment);
    case "written":
      return written(state, event);
  }
}

/**
 * A new link begins anew, unless this person is in a room.
 * @param {State} state
 * @returns {State}
 */
function invited(state) {
  return state.phase === "failed" || state.phase === "left" ? { ...state, phase: "lobby", problem: "" } : state;
}

/**
 * Out of the room: nobody is there, and the conversation so far can still be read.
 * @param {State} state
 * @returns {State}
 */
function emptied(state) {
  return { ...state, people: new Map(), asks: [], chosen: null, isSilenced: false };
}

/** @param {State} state @param {Person} person @returns {State} */
function withPerson(state, person) {
  const known = state.people.get(person.identity);
  if (!known && state.people.size >= MOST_PEOPLE) return state;
  const isSpeaking = known?.isSpeaking ?? person.isSpeaking;
  return { ...state, people: new Map(state.people).set(person.identity, { ...person, isSpeaking }) };
}

/** @param {State} state @param {string} identity @returns {State} */
function withoutPerson(state, identity) {
  const people = new Map(state.people);
  people.delete(identity);
  return asked({ ...state, people }, identity, null);
}

/** @param {State["people"]} people @param {readonly string[]} identities */
function speaking(people, identities) {
  const now = new Set(identities);
  return new Map([...people].map(([identity, each]) => [identity, { ...each, isSpeaking: now.has(identity) }]));
}

/** @param {State} state @param {string} from @param {Ask | null} ask @returns {State} */
function asked(state, from, ask) {
  const before = state.asks.find((each) => each.from === from);
  const others = state.asks.filter((each) => each.from !== from);
  if (ask) {
    if (others.length >= MOST_ASKS) return state;
    const isNew = before?.id !== ask.id;
    const asks = isNew ? [...others, ask] : state.asks.map((each) => (each.from === from ? ask : each));
    return { ...state, asks, closed: null, hasReplied: isNew ? false : state.hasReplied };
  }
  if (!before) return state;
  const isAnswered = isForMe(state, before) && state.hasReplied;
  return { ...state, asks: others, chosen: null, closed: { question: before.question, isAnswered } };
}

/** @param {State} state @param {Segment} segment @returns {State} */
function said(state, segment) {
  const key = `said ${segment.identity} ${segment.id}`;
  const isMine = segment.identity === state.me;
  const hasReplied = state.hasReplied || (isMine && segment.text.trim() !== "");
  const at = state.lines.findLastIndex((line) => line.key === key);
  if (!segment.text.trim()) {
    return at < 0 || !segment.isFinal ? state : { ...state, lines: state.lines.toSpliced(at, 1) };
  }
  const { identity, text, isFinal } = segment;
  const line = { key, identity, name: named(state, identity), isMine, kind: /** @type {const} */ ("speech"), text, isFinal };
  const lines = at < 0 ? [...state.lines, line] : state.lines.with(at, line);
  return { ...state, hasReplied, lines: lines.slice(-MOST_LINES) };
}

/** @param {State} state @param {Message} message @returns {State} */
function written(state, { id, identity, name, text }) {
  const isMine = identity === state.me;
  /** @type {Line} */
  const line = {
    key: `written ${identity} ${id}`,
    identity,
    name: name || named(state, identity),
    isMine,
    kind: "text",
    text: text.slice(0, LONGEST_TEXT),
    isFinal: true,
  };
  if (state.lines.some((each) => each.key === line.key)) return state;
  return {
    ...state,
    failedToSend: isMine ? false : state.failedToSend,
    hasReplied: state.hasReplied || isMine,
    lines: [...state.lines, line].slice(-MOST_LINES),
  };
}

/** @param {State} state @param {string} identity */
function named(state, identity) {
  return state.people.get(identity)?.name ?? shownName("", identity);
}
