// Who is in the room, and who speaks.

import { find, make } from "./dom.js";

const MOST_SHOWN = 6;

/** @param {Store} store */
export function peopleView(store) {
	const list = find("people", HTMLUListElement);

	store.subscribe((state, before) => {
		if (state.people === before.people && state !== before) return;
		const everybody = [...state.people.values()].sort((a, b) => Number(b.isMe) - Number(a.isMe));
		const shown = everybody.slice(0, MOST_SHOWN).map(chip);
		const others = everybody.length - shown.length;
		if (others > 0) shown.push(make("li", "person", make("span", "face", `+${others}`)));
		list.replaceChildren(...shown);
	});
}

/** @param {Person} person */
function chip(person) {
	const name = person.isMe ? `${person.name} (you)` : person.name;
	const face = make("span", "face", [...person.name][0]?.toUpperCase() ?? "?");
	face.ariaHidden = "true";
	const item = make("li", "person", face, make("span", "name unseen", name));
	item.classList.toggle("agent", person.isAgent);
	item.classList.toggle("speaking", person.isSpeaking || (person.isAgent && person.state === "speaking"));
	if (person.isSpeaking) item.append(make("span", "unseen", "is speaking"));
	item.title = name;
	return item;
}
