// @ts-check
/** What needs a decision, one card each. Event: `edit` {id}. */
import { number } from "../core/texts.js";
import { wordsFor } from "./conflict-words.js";
import { box, clone, part, tell, write } from "./parts.js";

/** @import { OpenConflict } from "../core/open-conflicts.js" */

class ConflictList extends HTMLElement {
  connectedCallback() {
    this.addEventListener("click", (event) => {
      const button = event.target instanceof Element ? event.target.closest("button") : null;
      const id = button?.dataset["id"];
      if (id) this.dispatchEvent(new CustomEvent("edit", { detail: { id } }));
    });
  }

  /**
   * @param {OpenConflict[]} conflicts
   * @param {(conflict: OpenConflict) => boolean} mayEdit
   */
  show(conflicts, mayEdit) {
    box(this, "conflict-items").replaceChildren(...conflicts.map((conflict) => card(conflict, mayEdit(conflict))));
    box(this, "conflict-none").hidden = conflicts.length > 0;
  }
}

/**
 * @param {OpenConflict} conflict
 * @param {boolean} mayEdit
 */
function card(conflict, mayEdit) {
  const item = clone("conflict");
  const { title, why, todo, sides } = wordsFor(conflict);
  item.dataset["kind"] = conflict.kind;
  write(item, "conflict-title", title);
  write(item, "conflict-qty", number(conflict.qty));
  write(item, "conflict-item", conflict.item_name || conflict.item_code);
  write(item, "conflict-place", [conflict.item_name ? conflict.item_code : "", conflict.rack_id].filter(Boolean).join(" · "));
  write(item, "conflict-why", why);
  tell(item, "conflict-sides", sides);
  write(item, "conflict-todo", todo);
  const button = part(item, "conflict-edit", HTMLButtonElement);
  button.hidden = !mayEdit;
  button.dataset["id"] = conflict.record_id;
  return item;
}

customElements.define("conflict-list", ConflictList);
export { ConflictList };
