// One plain sentence for each thing that can go wrong, and what the person can do about it.

/** Title, text, and what is offered: to type a `code`, to come in `again`, or nothing. @typedef {[string, string, Problem["action"]]} Row */

/** By what the server or `visit.js` calls it. @type {Readonly<Record<string, Row>>} */
export const PROBLEMS = {
	"no-code": ["Enter your code", "Type your invitation code, or open the link again.", "code"],
	"used-code": [
		"This link has been used",
		"Each link works once, for one person. If that was you, come back; if not, ask for a new link.",
		"again",
	],
	"expired-code": ["This link has expired", "Links work for a few minutes only. Ask for a new one.", "code"],
	"unknown-code": ["This code is not known here", "Check it letter by letter, or ask for a new link.", "code"],
	"rate-limited": ["Too many attempts", "Wait a minute, then try again.", "again"],
	"foreign-host": ["This is not the right address", "Open the link exactly as you received it.", ""],
	"foreign-origin": ["You can't join from another page", "Open the link exactly as you received it.", ""],
	"session-over": ["Your visit is over", "You can no longer come back from this page. Ask for a new link.", "code"],
	"page-offline": [
		"The page's server does not answer",
		"The program that invited you has ended, or your network is down.",
		"again",
	],
	"livekit-unreachable": [
		"The room's server does not answer",
		"LiveKit cannot be reached from here. Check your network, then try again.",
		"again",
	],
	"room-absent": ["The room is not there now", "Its server may have been restarted. Try again in a moment.", "again"],
	refused: ["The room did not let you in", "LiveKit refused the connection. Ask for a new link.", "code"],
	"media-failed": [
		"Sound can't get through",
		"The room was found, but your network blocks its sound. Turn off your VPN, or try another network.",
		"again",
	],
	unsupported: ["This browser does not work here", "It has no WebRTC. Use an up-to-date Chrome, Edge, Firefox or Safari.", ""],
	removed: ["You were removed from the room", "A moderator removed you.", ""],
	"room-over": ["The room was closed", "The conversation is over. You can close this page.", ""],
	"joined-elsewhere": [
		"You joined in another window",
		"You can be in the room in one window only. Come back if you want it to be this one.",
		"again",
	],
	reconnecting: ["Reconnecting…", "The connection was lost. You will be back in a moment.", ""],
	failed: ["Something went wrong", "The page could not join. Try again, or ask for a new link.", "again"],
};

/** @param {string} code @returns {Problem} */
export function problem(code) {
	const [title, text, action] = /** @type {Row} */ (PROBLEMS[Object.hasOwn(PROBLEMS, code) ? code : "failed"]);
	return { title, text, action };
}

const STILL = "You can hear everything, and answer by tapping or typing.";

/** Why there is no microphone. @type {Readonly<Record<string, string>>} */
export const WITHOUT_MICROPHONE = {
	denied: `The microphone is blocked for this page. ${STILL} To speak, allow it in the address bar.`,
	none: `No microphone was found. ${STILL}`,
	busy: `Another program is using the microphone. ${STILL}`,
	insecure: `Browsers allow the microphone on https pages only. ${STILL}`,
	failed: `The microphone could not be opened. ${STILL}`,
};
