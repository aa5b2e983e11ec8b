// What is written: LiveKit's topic `lk.chat`, both ways, and messages to everybody in the room.

import { createPlaces, createRate } from "./fairness.js";
import { LONGEST_MESSAGE, LONGEST_TEXT, text } from "./untrusted.js";

export const TOPIC = "lk.chat";
/** Messages of one sender. */
const BURST = 20;
const PER_SECOND = 5;
const READ_SECONDS = 10;

/** What LiveKit is to call for each message. @param {(message: Message) => void} written */
export function chat(written) {
	const places = createPlaces();
	const mayCome = createRate(BURST, PER_SECOND);

	/** @param {TextStreamReader} reader @param {{identity: string}} sender */
	return async (reader, { identity }) => {
		if (!mayCome(identity) || !places.take(identity)) return;
		let whole = "";
		try {
			for await (const part of reader.withAbortSignal(AbortSignal.timeout(READ_SECONDS * 1000))) {
				whole += part;
				if (whole.length > LONGEST_TEXT) break;
			}
		} catch {
			// It broke off: what has come is what they wrote.
		} finally {
			places.give(identity);
			const shown = text(whole, LONGEST_TEXT).trim();
			if (shown) written({ id: reader.info.id, identity, name: "", text: shown });
		}
	};
}

/** Send a text to everybody in the room; gives its id. @param {LiveKitRoom} room @param {string} message */
export async function send(room, message) {
	const info = await room.localParticipant.sendText(message.slice(0, LONGEST_MESSAGE), { topic: TOPIC });
	return info.id;
}
