// One plain sentence for each thing that can go wrong, and what the person can do about it.

/** Title, text, and what is offered: to type a `code`, to come in `again`, or nothing. @typedef {[string, string, Problem["action"]]} Row */

/** By what the server or `visit.js` calls it. @type {Readonly<Record<string, Row>>} */
export const PROBLEMS = {
	"no-code": ["Your code, please", "Type the code of your invitation, or open its link again.", "code"],
	"used-code": [
		"This link has been used",
		"Each link lets one person in, once. Ask for a new one, or come back if it was you.",
		"again",
	],
	"expired-code": ["This link has expired", "Links are valid for a few minutes only. Ask for a new one.", "code"],
	"unknown-code": ["This code is not known here", "Check it letter by letter, or ask for a new link.", "code"],
	"rate-limited": ["Too many attempts", "Wait a minute, then try again.", "again"],
	"foreign-host": ["This is not the page's address", "Open the link just as you were given it.", ""],
	"foreign-origin": ["Another page may not join", "Open the link just as you were given it.", ""],
	"session-over": ["Your visit is over", "This page can't bring you back any more. Ask for a new link.", "code"],
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
	refused: ["The room did not let you in", "LiveKit refused this visit. Ask for a new link.", "code"],
	"media-failed": [
		"No path for sound",
		"The room was found, but the network lets no sound through. Try without a VPN, or another network.",
		"again",
	],
	unsupported: ["This browser can't do it", "It lacks WebRTC. Use a current Chrome, Edge, Firefox or Safari.", ""],
	removed: ["You were removed from the room", "Somebody who looks after the room ended your visit.", ""],
	"room-over": ["The room was closed", "The conversation is over. You can close this page.", ""],
	"joined-elsewhere": [
		"You joined in another window",
		"Only one window can have your place. Come back if you want it here.",
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

const STILL = "You hear everything, and answer by tapping or typing.";

/** Why there is no microphone. @type {Readonly<Record<string, string>>} */
export const WITHOUT_MICROPHONE = {
	denied: `The microphone is blocked for this page. ${STILL} To speak, allow it beside the address.`,
	none: `No microphone was found. ${STILL}`,
	busy: `Another program has the microphone. ${STILL}`,
	insecure: `Browsers open the microphone on https pages only. ${STILL}`,
	failed: `The microphone could not be opened. ${STILL}`,
};
