// LiveKit's client, whose own script is loaded beside the modules: the page can be used before it is there.

/** @type {LiveKitModule} */
export let LiveKit = /** @type {any} */ (globalThis).LivekitClient;

const LOAD_MS = 30_000;
const SCRIPT = "livekit";

/** Listened to from the start: whether it has come or failed is told once. */
let settled = end(document.getElementById(SCRIPT));

/** Wait until it is there, and fetch it again where that has failed; tells whether it is. */
export async function loadLiveKit() {
	if (!isThere()) await settled;
	if (!isThere()) {
		settled = end(fetchAgain());
		await settled;
	}
	LiveKit = /** @type {any} */ (globalThis).LivekitClient;
	return LiveKit !== undefined;
}

const isThere = () => "LivekitClient" in globalThis;

function fetchAgain() {
	const failed = /** @type {HTMLScriptElement} */ (document.getElementById(SCRIPT));
	const again = document.createElement("script");
	again.id = SCRIPT;
	again.src = failed.src;
	failed.replaceWith(again);
	return again;
}

/** Ends when it has come or failed, or after a while. @param {HTMLElement | null} script @returns {Promise<void>} */
function end(script) {
	return new Promise((resolve) => {
		const late = setTimeout(resolve, LOAD_MS);
		const settle = () => {
			clearTimeout(late);
			resolve();
		};
		for (const event of ["load", "error"]) script?.addEventListener(event, settle);
		if (!script) settle();
	});
}

/** Outside secure contexts (plain http to another machine) it is missing, and LiveKit's client needs it to send texts. */
export function mendCrypto() {
	if (typeof crypto.randomUUID === "function") return;
	crypto.randomUUID = () => {
		const bytes = crypto.getRandomValues(new Uint8Array(16));
		bytes[6] = (/** @type {number} */ (bytes[6]) & 0x0f) | 0x40;
		bytes[8] = (/** @type {number} */ (bytes[8]) & 0x3f) | 0x80;
		const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
		return /** @type {ReturnType<typeof crypto.randomUUID>} */ (
			`${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
		);
	};
}
