// The conversation: what is said, word by word, and what is written.

import { find, make, setText, show } from "./dom.js";

/** Pixels from the end within which it follows what comes. */
const NEAR_END = 80;

/** @param {Store} store */
export function linesView(store) {
	const list = find("lines", HTMLOListElement);
	const scroll = find("scroll");
	/** @type {Map<string, {item: HTMLElement, text: HTMLElement}>} */
	const drawn = new Map();

	/** @param {Line} line */
	function draw(line) {
		const text = make("p", "words");
		const item = make("li", line.isMine ? "line mine" : "line", make("p", "who", line.isMine ? "You" : line.name), text);
		item.dataset.kind = line.kind;
		drawn.set(line.key, { item, text });
		return item;
	}

	/** @param {readonly Line[]} lines */
	function drawAll(lines) {
		const keys = new Set(lines.map((line) => line.key));
		for (const [key, { item }] of drawn) {
			if (keys.has(key)) continue;
			item.remove();
			drawn.delete(key);
		}
		/** @type {Line | undefined} */
		let before;
		lines.forEach((line, at) => {
			const item = drawn.get(line.key)?.item ?? draw(line);
			if (list.children[at] !== item) list.insertBefore(item, list.children[at] ?? null);
			item.classList.toggle("follows", line.identity === before?.identity && line.name === before.name);
			item.classList.toggle("interim", !line.isFinal);
			before = line;
			const shown = drawn.get(line.key);
			if (shown) setText(shown.text, line.text);
		});
	}

	// It follows what comes, unless somebody reads what was before; also when a keyboard takes half of its place.
	let isAtEnd = true;
	const follow = () => {
		if (isAtEnd) scroll.scrollTop = scroll.scrollHeight;
	};
	scroll.addEventListener("scroll", () => {
		isAtEnd = scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < NEAR_END;
	});
	new ResizeObserver(follow).observe(scroll);

	store.subscribe((state, before) => {
		if (state.lines === before.lines && state !== before) return;
		drawAll(state.lines);
		show("empty", state.lines.length === 0);
		follow();
	});
}
