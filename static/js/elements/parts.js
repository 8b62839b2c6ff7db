// @ts-check
/** Finding and filling the parts of markup that templates/ made. Nothing here writes HTML. */

/**
 * The part `name` below `root`, which must be there.
 * @template {Element} T
 * @param {ParentNode} root
 * @param {string} name
 * @param {new () => T} type
 * @returns {T}
 */
export function part(root, name, type) {
  const found = root.querySelector(`[data-part="${name}"]`);
  if (!(found instanceof type)) throw new Error(`no part "${name}"`);
  return found;
}

/**
 * A part as plain HTML element.
 * @param {ParentNode} root
 * @param {string} name
 */
export function box(root, name) {
  return part(root, name, HTMLElement);
}

/**
 * A fresh copy of the first element of `<template id="tpl-name">`.
 * @param {string} name
 * @returns {HTMLElement}
 */
export function clone(name) {
  const template = document.getElementById(`tpl-${name}`);
  if (!(template instanceof HTMLTemplateElement)) throw new Error(`no template "${name}"`);
  const first = template.content.firstElementChild;
  return /** @type {HTMLElement} */ (document.importNode(/** @type {Element} */ (first), true));
}

/**
 * Write text where it differs: unchanged nodes cost no layout and no screen reader a word.
 * @param {ParentNode} root
 * @param {string} name
 * @param {string} text
 */
export function write(root, name, text) {
  const element = box(root, name);
  if (element.textContent !== text) element.textContent = text;
}

/**
 * Write text, or hide the part where there is none.
 * @param {ParentNode} root
 * @param {string} name
 * @param {string | null | undefined} text
 */
export function tell(root, name, text) {
  write(root, name, text ?? "");
  box(root, name).hidden = !text;
}

/**
 * @param {ParentNode} root
 * @param {string} name   part of a `<use>`
 * @param {string} icon
 */
export function draw(root, name, icon) {
  part(root, name, SVGUseElement).setAttribute("href", `#icon-${icon}`);
}
