// @ts-check
/** What narrows the list beside the chips: which stocktake, which floor, which item; a scanned label too. */
import { t } from "../../core/texts.js";
import { part } from "../../elements/parts.js";

/** @import { Stocktake } from "../../core/types.js" */
/** @import { Lines } from "./list.js" */

const WAIT_MS = 200;
const HITS = 8;

export class Finding {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer = undefined;
  #asked = "";

  /** @param {Lines} lines */
  constructor(lines) {
    this.lines = lines;
    this.stocktake = part(document, "stocktake", HTMLSelectElement);
    this.floor = part(document, "floor", HTMLSelectElement);
    this.item = part(document, "item", HTMLInputElement);
    this.stocktake.addEventListener("change", () => void lines.narrow({ stocktake: this.stocktake.value }));
    this.floor.addEventListener("change", () => void lines.narrow({ floor: this.floor.value }));
    this.item.addEventListener("input", () => this.#typed());
    part(document, "find", HTMLFormElement).addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#find(this.item.value.trim());
    });
    lines.addEventListener("fresh", () => this.#show());
  }

  async open() {
    const { api } = this.lines;
    const [{ stocktakes }, { floors }] = await Promise.all([api.get("/api/stocktakes"), api.get("/api/racks/floors")]);
    const words = (/** @type {Stocktake} */ each) => (each.status === "open" ? each.name : t("lines.closed", { name: each.name }));
    this.stocktake.replaceChildren(...stocktakes.map((/** @type {Stocktake} */ each) => new Option(words(each), each.stocktake_id)));
    this.floor.replaceChildren(/** @type {Node} */ (this.floor.options[0]), ...floors.map((/** @type {{floor: string}} */ { floor }) => new Option(floor, floor)));
    this.#show();
  }

  #show() {
    const { filter, progress } = this.lines;
    if (progress) this.stocktake.value = progress.stocktake.stocktake_id;
    this.floor.value = filter.floor;
  }

  #typed() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#suggest(this.item.value.trim()), WAIT_MS);
  }

  /** @param {string} text */
  async #suggest(text) {
    this.#asked = text;
    if (text.length < 2) return;
    const found = await this.lines.api.get(`/api/items?${new URLSearchParams({ search: text, limit: String(HITS) })}`).catch(() => null);
    if (!found || text !== this.#asked) return;
    const hits = found.items.map((/** @type {{item_code: string, item_name: string}} */ { item_code, item_name }) => new Option(item_name, item_code));
    part(document, "hits", HTMLDataListElement).replaceChildren(...hits);
  }

  /** A code as it stands, or what a scanned label means. @param {string} text */
  async #find(text) {
    if (!text) return void this.lines.narrow({ item: "" });
    const path = `/api/items/barcode/${encodeURIComponent(text)}`;
    const item = await this.lines.api.get(path).catch(() => null);
    this.item.value = "";
    await this.lines.narrow({ item: item?.item_code ?? text, status: [], variance: "" });
  }
}
