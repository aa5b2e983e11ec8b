// Whatever comes from the room or an address: everybody in it sends what they like. It leaves here with the type and the
// length that is said, or not at all; it is shown as text only.

export const LONGEST_TEXT = 4000;
/** Of what is typed here. */
export const LONGEST_MESSAGE = 1000;
export const LONGEST_NAME = 80;
const LONGEST_IDENTITY = 1000;
const LONGEST_QUESTION = 2000;
const LONGEST_CHOICE = 100;
const MOST_CHOICES = 30;
const LONGEST_ATTRIBUTE = 64_000;
const LATEST_DEADLINE = 4_000_000_000;
const ASK_ID = /^[A-Za-z0-9._:-]{1,100}$/;
const CODE = /^[A-Za-z0-9_-]{4,64}$/;
/** Characters that steer a display: controls, separators, directions. */
const STEERING = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028-\u202e\u2065-\u206f\ufff9-\ufffb]/g;
/** What no font shows, in which a text can be hidden; the same as in mcp_voice/foreign.py. */
const UNSEEN =
	/[\u00ad\u061c\u200b\u200e\u200f\u2060-\u2064\ufeff\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0e\uffa0\u{e0000}-\u{e0fff}]/gu;
/** Marks upon marks, which would reach into other lines: no script needs more. */
const STACKED = /(\p{Mn}{4})\p{Mn}+/gu;

/**
 * A text of at most so many characters, without any that steers the display; empty where it is none.
 * @param {unknown} value
 * @param {number} longest
 */
export function text(value, longest) {
	if (typeof value !== "string") return "";
	const kept = value.slice(0, 4 * longest).replaceAll(UNSEEN, "").replaceAll(STEERING, " ").replaceAll(STACKED, "$1");
	return kept.length <= longest ? kept : `${cut(kept, longest - 1)}…`;
}

/** The same in one line. @param {unknown} value @param {number} longest */
export function line(value, longest) {
	return text(value, longest).replaceAll(/\s+/g, " ").trim();
}

/**
 * A name to show: somebody's own, or what is left of their identity. "You" is nobody else's name.
 * @param {unknown} name
 * @param {unknown} identity
 */
export function shownName(name, identity) {
	const names = [name, identity].map((each) => line(each, LONGEST_NAME));
	return names.find((each) => each && each.toLowerCase() !== "you") ?? "somebody";
}

/**
 * The open question that a participant's attribute tells of, or nothing.
 * @param {unknown} value
 * @param {string} from
 * @returns {Ask | null}
 */
export function readAsk(value, from) {
	if (typeof value !== "string" || !value || value.length > LONGEST_ATTRIBUTE) return null;
	const told = parsed(value);
	if (!isObject(told) || typeof told.id !== "string" || !ASK_ID.test(told.id)) return null;
	return {
		id: told.id,
		from,
		participant: typeof told.participant === "string" ? told.participant.slice(0, LONGEST_IDENTITY) : "",
		question: text(told.question, LONGEST_QUESTION).trim(),
		choices: readChoices(told.choices),
		deadline: isDeadline(told.deadline) ? told.deadline : 0,
	};
}

/**
 * A message to everybody in the room, as `send_message_to_room` sends it, or nothing. What it says of its sender counts
 * only where it comes from the server (no identity): whoever is in the room has a name already.
 * @param {Uint8Array} payload
 * @param {string} identity Of the participant who sent it, as LiveKit says.
 */
export function readPacket(payload, identity) {
	if (payload.length > LONGEST_ATTRIBUTE) return null;
	const told = parsed(new TextDecoder().decode(payload));
	if (!isObject(told) || told.type !== "mcp_message") return null;
	const content = text(told.content, LONGEST_TEXT).trim();
	if (!content) return null;
	return { identity, name: identity ? "" : shownName(told.sender, "Message"), text: content };
}

/** The code of an address's fragment, `CODE` or `CODE&autojoin`. @param {string} fragment */
export function readFragment(fragment) {
	const [code = "", ...options] = fragment.replace(/^#/, "").split("&", 8);
	return { code: readCode(code), joinsByItself: options.includes("autojoin") };
}

/** A code as somebody typed it, or the whole link pasted; empty where it can be none. @param {string} typed */
export function readCode(typed) {
	const code = typed.slice(0, 1000).split("#").at(-1)?.split("&")[0]?.replaceAll(/\s/g, "") ?? "";
	return CODE.test(code) ? code : "";
}

/** @param {unknown} value */
function readChoices(value) {
	if (!Array.isArray(value)) return [];
	// A character can take two units; one that had to be cut would name no choice.
	const choices = value.slice(0, MOST_CHOICES).map((each) => line(each, 2 * LONGEST_CHOICE + 1));
	return [...new Set(choices.filter((each) => each && [...each].length <= LONGEST_CHOICE))];
}

/** @param {unknown} value @returns {value is number} */
function isDeadline(value) {
	return typeof value === "number" && value > 0 && value < LATEST_DEADLINE;
}

/** @param {unknown} value @returns {value is Record<string, unknown>} */
export function isObject(value) {
	return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** @param {string} written @returns {unknown} */
function parsed(written) {
	try {
		return JSON.parse(written);
	} catch {
		return null;
	}
}

/** Not through the middle of a character that takes two. @param {string} whole @param {number} length */
function cut(whole, length) {
	const last = whole.charCodeAt(length - 1);
	return whole.slice(0, last >= 0xd800 && last <= 0xdbff ? length - 1 : length);
}
