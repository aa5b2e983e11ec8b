// The field to write in, with a counter near its end.

import { find, setText, show } from "./dom.js";
import { openAsk } from "./state.js";
import { LONGEST_MESSAGE } from "./untrusted.js";

const COUNTED_FROM = LONGEST_MESSAGE - 200;

/** @param {Store} store @param {Actions} on */
export function writeView(store, on) {
	const form = find("write", HTMLFormElement);
	const message = find("message", HTMLTextAreaElement);
	const button = find("send", HTMLButtonElement);
	const counter = find("counter");
	let isSending = false;

	function update() {
		button.disabled = isSending || !message.value.trim() || store.state.phase !== "room";
		show(counter, message.value.length > COUNTED_FROM);
		setText(counter, `${message.value.length} of ${LONGEST_MESSAGE} characters`);
	}

	message.addEventListener("input", update);
	message.addEventListener("keydown", (event) => {
		if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
		event.preventDefault();
		form.requestSubmit();
	});
	form.addEventListener("submit", (event) => {
		event.preventDefault();
		const text = message.value.trim();
		if (!text || isSending || store.state.phase !== "room") return;
		isSending = true;
		update();
		void on.send(text).then((isSent) => {
			isSending = false;
			// What was typed meanwhile stays, and what was not sent too.
			if (isSent && message.value.trim() === text) message.value = "";
			update();
		});
	});
	store.subscribe((state) => {
		message.placeholder = openAsk(state) ? "Type an answer" : "Type a message";
		update();
	});
}
