// The page's elements: found by their ids, changed only where something is new.

/**
 * @template {HTMLElement} [T=HTMLElement]
 * @param {string} id
 * @param {new () => T} kind
 * @returns {T}
 */
export function find(id, kind = /** @type {any} */ (HTMLElement)) {
	const found = document.getElementById(id);
	if (!(found instanceof kind)) throw new Error(`index.html has no ${kind.name} #${id}`);
	return found;
}

/** @param {HTMLElement | string} place An element, or its id. */
const element = (place) => (typeof place === "string" ? find(place) : place);

/** @param {HTMLElement | string} place @param {string} text */
export function setText(place, text) {
	const found = element(place);
	if (found.textContent !== text) found.textContent = text;
}

/** @param {HTMLElement | string} place @param {boolean} isShown */
export function show(place, isShown) {
	element(place).hidden = !isShown;
}

/**
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {string} className
 * @param {...(string | Node)} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function make(tag, className, ...children) {
	const made = document.createElement(tag);
	made.className = className;
	made.append(...children);
	return made;
}

/** One of the drawings in index.html. @param {string} name */
export function icon(name) {
	const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
	svg.setAttribute("class", "icon");
	svg.setAttribute("aria-hidden", "true");
	const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
	use.setAttribute("href", `#i-${name}`);
	svg.append(use);
	return svg;
}

/**
 * Keyboard focus stays where it is after a click by pointer, so that the space bar does not press the button again.
 * @param {HTMLElement} button
 * @param {() => void} pressed
 */
export function onPress(button, pressed) {
	button.addEventListener("click", (event) => {
		if (event.detail > 0) button.blur();
		pressed();
	});
}
