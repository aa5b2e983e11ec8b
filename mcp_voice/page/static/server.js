// The page's own server: a code, or the cookie of an earlier visit, becomes a way into a room.

import { tabMemory } from "./remember.js";
import { LONGEST_NAME, isObject, line } from "./untrusted.js";

const SECONDS = 20;
const LONGEST_TOKEN = 16_000;
/** Which of the browser's cookies is this tab's; no secret. */
const SESSION = "mcp-voice.session";

/** Why nobody was let in; `problem` is a key of `problems.js`. */
export class NotAdmitted extends Error {
	/** @param {string} problem */
	constructor(problem) {
		super(problem);
		this.problem = problem;
	}
}

/** @param {string} code @param {string} name */
export function join(code, name) {
	return admitted("api/join", name ? { code, name } : { code });
}

/**
 * Who invites by a code, which is not used up; null where that cannot be told.
 * @param {string} code
 * @returns {Promise<Invitation | null>}
 */
export async function invitation(code) {
	const told = await asked("api/code", { code }).then((response) => (response.ok ? response.json() : null), () => null);
	if (!isObject(told)) return null;
	const [asker, guest] = [line(told.asker, LONGEST_NAME), line(told.name, LONGEST_NAME)];
	return { asker, guest, mayJoinByItself: told.autojoin === true };
}

/** The same person again, after a reload or a phone's sleep: of this tab, else who joined last in this browser. */
export function rejoin() {
	const session = tabMemory.get(SESSION);
	return admitted("api/rejoin", session ? { session } : {});
}

/** @param {string} path @param {Record<string, string>} body @returns {Promise<Admission>} */
async function admitted(path, body) {
	const response = await asked(path, body).catch(() => {
		throw new NotAdmitted("page-offline");
	});
	const told = await response.json().catch(() => null);
	if (!response.ok) throw new NotAdmitted(refusal(told));
	return admission(told);
}

/** @param {string} path @param {Record<string, string>} body */
function asked(path, body) {
	return fetch(path, {
		method: "POST",
		headers: { "Content-Type": "application/json" },
		body: JSON.stringify(body),
		cache: "no-store",
		credentials: "same-origin",
		redirect: "error",
		signal: AbortSignal.timeout(SECONDS * 1000),
	});
}

/** @param {unknown} told */
function refusal(told) {
	const error = isObject(told) && isObject(told.error) ? told.error : {};
	return line(error.code, LONGEST_NAME) || "failed";
}

/** @param {unknown} told @returns {Admission} */
function admission(told) {
	if (!isObject(told)) throw new NotAdmitted("failed");
	const { server_url: serverUrl, participant_token: token } = told;
	const isUsable = typeof serverUrl === "string" && /^(ws|http)s?:\/\//.test(serverUrl) && typeof token === "string";
	if (!isUsable || !token || token.length > LONGEST_TOKEN) throw new NotAdmitted("failed");
	const session = line(told.session, LONGEST_NAME);
	if (session) tabMemory.set(SESSION, session);
	return {
		serverUrl,
		token,
		roomName: line(told.room_name, LONGEST_NAME),
		asker: line(told.asker, LONGEST_NAME),
	};
}
