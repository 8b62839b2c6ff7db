// @ts-check
/** Earlier imports: who, what and when. */
import { t, tryText } from "../../core/texts.js";
import { moment } from "../../elements/import-words.js";
import { box, clone, write } from "../../elements/parts.js";

/** @import { Api } from "../../core/api.js" */
/** @import { ItemImport } from "../../core/import-flow.js" */

export class PastImports {
  /** @type {string | null} */
  #cursor = null;
  /** @type {((importId: string) => void) | null} */
  onopen = null;

  /** @param {Api} api */
  constructor(api) {
    this.api = api;
    this.list = box(document, "past");
    box(document, "more-past").addEventListener("click", () => void this.#more());
    this.list.addEventListener("click", ({ target }) => {
      const id = target instanceof Element ? target.closest("li")?.dataset.id : undefined;
      if (id) this.onopen?.(id);
    });
  }

  async load() {
    this.#cursor = null;
    await this.#more(true);
  }

  async #more(isFirst = false) {
    const query = this.#cursor ? `?cursor=${encodeURIComponent(this.#cursor)}` : "";
    const page = await this.api.get(`/api/items/imports${query}`).catch(() => null);
    if (!page) return;
    this.#cursor = page.next_cursor;
    if (isFirst) this.list.replaceChildren();
    this.list.append(...page.imports.map((/** @type {ItemImport} */ one) => this.#line(one)));
    box(document, "no-past").hidden = this.list.childElementCount > 0;
    box(document, "more-past").hidden = !this.#cursor;
  }

  /** @param {ItemImport} one */
  #line(one) {
    const line = clone("past");
    line.dataset.id = one.import_id;
    write(line, "name", one.file_name);
    write(line, "state", tryText(`import.state.${one.state}`) ?? one.state);
    const who = one.committed_by_name ?? one.created_by_name;
    write(line, "sum", t("import.by", { who, at: moment(one.committed_at ?? one.created_at) }));
    return line;
  }
}
