// What is said, as text: streams of LiveKit's topic `lk.transcription`, shown word by word as they come.

import { createPlaces, createRate } from "./fairness.js";
import { LONGEST_TEXT, text } from "./untrusted.js";

export const TOPIC = "lk.transcription";
/** Streams of one sender: each revision of what is heard may be one. */
const BURST = 60;
const PER_SECOND = 30;
const IDLE_SECONDS = 60;
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
	const mayCome = createRate(BURST, PER_SECOND);

	/** @param {TextStreamReader} reader @param {{identity: string}} sender */
	return async (reader, { identity }) => {
		if (!mayCome(identity) || !places.take(identity)) return;
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
			for await (const words of untilIdle(reader)) {
				whole = (whole + words).slice(0, 2 * LONGEST_TEXT);
				tell(whole, false);
			}
		} catch {
			// Its sender left, or never ended it: what has come is what they said.
		} finally {
			places.give(identity);
			// What grows is marked as final at its end only.
			tell(whole, reader.info.attributes?.["lk.transcription_final"] !== "false");
			if (latest.get(key) === number) latest.delete(key);
		}
	};
}

/** Its parts, for as long as there are any within a time. @param {TextStreamReader} reader */
async function* untilIdle(reader) {
	const idle = new AbortController();
	const end = () => idle.abort();
	let timer = setTimeout(end, IDLE_SECONDS * 1000);
	try {
		for await (const part of reader.withAbortSignal(idle.signal)) {
			clearTimeout(timer);
			yield part;
			timer = setTimeout(end, IDLE_SECONDS * 1000);
		}
	} finally {
		clearTimeout(timer);
	}
}
