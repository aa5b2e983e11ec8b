// What is said, as text: streams of LiveKit's topic `lk.transcription`, shown word by word as they come.

import { createPlaces } from "./fairness.js";
import { LONGEST_TEXT, text } from "./untrusted.js";

export const TOPIC = "lk.transcription";
const MOST_REMEMBERED = 200;
const LONGEST_ID = 100;

/**
 * What LiveKit is to call for each stream. One segment may come in several streams, each with the whole of it so far,
 * or in one that grows; whichever began last counts.
 * @param {(segment: Segment) => void} said
 */
export function captions(said) {
	/** @type {Map<string, number>} */
	const latest = new Map();
	let streams = 0;
	const places = createPlaces();

	/** @param {TextStreamReader} reader @param {{identity: string}} sender */
	return async (reader, { identity }) => {
		if (!places.take(identity)) return;
		const number = (streams += 1);
		const { attributes = {}, id: streamId } = reader.info;
		const id = (attributes["lk.segment_id"] || streamId).slice(0, LONGEST_ID);
		const key = `${identity} ${id}`;
		latest.set(key, number);
		/** @param {string} whole @param {boolean} isFinal */
		const tell = (whole, isFinal) => {
			if (latest.get(key) === number) said({ id, identity, text: text(whole, LONGEST_TEXT), isFinal });
		};
		let whole = "";
		try {
			for await (const words of reader) {
				whole = (whole + words).slice(0, 2 * LONGEST_TEXT);
				tell(whole, false);
			}
		} catch {
			// Its sender left: what has come is what they said.
		} finally {
			places.give(identity);
			// What grows is marked as final at its end only.
			tell(whole, reader.info.attributes?.["lk.transcription_final"] !== "false");
			if (latest.size > MOST_REMEMBERED) latest.delete(/** @type {string} */ (latest.keys().next().value));
		}
	};
}
