// @ts-check
/** Who is here, at which rack, how quickly, since when idle. Events: `open` {rackId} · `send` {to, text, urgent}. */
import { idleFor } from "../core/people.js";
import { duration, number, t } from "../core/texts.js";
import { box, clone, part, tell, write } from "./parts.js";

/** @import { Person } from "../core/types.js" */

class PeoplePanel extends HTMLElement {
  /** @type {Map<string, HTMLElement>} */
  #rows = new Map();

  connectedCallback() {
    part(this, "letter", HTMLFormElement).addEventListener("submit", (event) => this.#submit(event));
    box(this, "list").addEventListener("click", (event) => {
      const button = event.target instanceof Element ? event.target.closest("button") : null;
      const rackId = button?.dataset["rack"];
      const to = button?.closest("li")?.dataset["user"];
      if (rackId) this.dispatchEvent(new CustomEvent("open", { detail: { rackId } }));
      else if (button && to) this.writeTo(to);
    });
  }

  /** @param {boolean} may */
  set mayWrite(may) {
    box(this, "write").hidden = !may;
    this.toggleAttribute("data-may-write", may);
  }

  /**
   * @param {Person[]} people
   * @param {{online: number, counting: number}} sums
   * @param {number} now
   */
  show(people, sums, now) {
    write(this, "sums", t("people.sums", sums));
    box(this, "none").hidden = people.length > 0;
    const list = box(this, "list");
    const wanted = new Set(people.map(({ user_id: id }) => id));
    for (const [id, row] of this.#rows) {
      if (wanted.has(id)) continue;
      row.remove();
      this.#rows.delete(id);
    }
    people.forEach((person, i) => {
      const row = this.#rows.get(person.user_id) ?? clone("person");
      this.#rows.set(person.user_id, row);
      fill(row, person, now);
      if (list.children[i] !== row) list.insertBefore(row, list.children[i] ?? null);
    });
  }

  /** @param {Person[]} people  whom one may write to */
  set addressees(people) {
    const select = part(this, "to", HTMLSelectElement);
    const chosen = select.value;
    select.replaceChildren(/** @type {Node} */ (select.options[0]), ...people.map(({ name, user_id: id }) => new Option(name, id)));
    select.value = chosen;
  }

  /** @param {string} userId */
  writeTo(userId) {
    part(this, "write", HTMLDetailsElement).open = true;
    part(this, "to", HTMLSelectElement).value = userId;
    part(this, "text", HTMLTextAreaElement).focus();
  }

  /** The message is on its way. */
  sent() {
    part(this, "text", HTMLTextAreaElement).value = "";
    part(this, "urgent", HTMLInputElement).checked = false;
    part(this, "write", HTMLDetailsElement).open = false;
    part(this, "write", HTMLDetailsElement).querySelector("summary")?.focus();
  }

  /** @param {string | null} text */
  set error(text) {
    tell(this, "error", text);
  }

  /** @param {boolean} busy */
  set busy(busy) {
    part(this, "send", HTMLButtonElement).disabled = busy;
  }

  /** @param {SubmitEvent} event */
  #submit(event) {
    event.preventDefault();
    const field = part(this, "text", HTMLTextAreaElement);
    const text = field.value.trim();
    this.error = text ? null : t("people.empty");
    field.setAttribute("aria-invalid", String(!text));
    if (!text) return field.focus();
    const to = part(this, "to", HTMLSelectElement);
    const detail = { to: to.value, name: to.selectedOptions[0]?.text ?? "", text, urgent: part(this, "urgent", HTMLInputElement).checked };
    this.dispatchEvent(new CustomEvent("send", { detail }));
  }
}

/**
 * @param {HTMLElement} row
 * @param {Person} person
 * @param {number} now
 */
function fill(row, person, now) {
  const presence = t(person.online ? "people.online" : "people.offline");
  row.dataset["user"] = person.user_id;
  row.toggleAttribute("data-online", Boolean(person.online));
  box(row, "dot").setAttribute("aria-label", presence);
  write(row, "name", person.name);
  box(row, "write").setAttribute("aria-label", t("people.write_to", { who: person.name }));
  const racks = person.racks.map(({ rack_id: id }) => id).join(" ");
  if (row.dataset["racks"] !== racks) {
    row.dataset["racks"] = racks;
    box(row, "racks").replaceChildren(...person.racks.map(({ rack_id: id }) => {
      const button = clone("person-rack");
      button.textContent = id;
      button.dataset["rack"] = id;
      button.setAttribute("aria-label", t("people.open_rack", { rack: id }));
      return button;
    }));
  }
  const idle = idleFor(person, now);
  row.toggleAttribute("data-idle", idle !== null);
  const facts = [
    person.racks.length ? "" : t("people.no_rack"),
    person.racks.length && person.pace_per_hour !== null ? t("people.pace", { n: Math.round(person.pace_per_hour) }) : "",
    idle === null ? "" : t("people.idle", { span: duration(idle) }),
    person.queue_length ? t("people.queue", { n: number(person.queue_length) }) : "",
  ];
  write(row, "facts", facts.filter(Boolean).join(" · "));
}

customElements.define("people-panel", PeoplePanel);
export { PeoplePanel };
