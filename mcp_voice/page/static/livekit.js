// LiveKit's client, whose own script is loaded beside the modules: the page can be used before it is there.

/** @type {LiveKitModule} */
export let LiveKit = /** @type {any} */ (globalThis).LivekitClient;

/** Wait until it is there; tells whether it is. */
export async function loadLiveKit() {
	const script = document.getElementById("livekit");
	if (!("LivekitClient" in globalThis)) {
		await new Promise((resolve) => ["load", "error"].forEach((end) => script?.addEventListener(end, resolve)));
	}
	LiveKit = /** @type {any} */ (globalThis).LivekitClient;
	return LiveKit !== undefined;
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
