// @ts-check
/** How this installation is set up, to be read. */
import { t } from "../../core/texts.js";
import { clone, write } from "../../elements/parts.js";
import { PagedList } from "./list.js";

/** @import { Desk } from "../admin.js" */
/** @typedef {{name: string, value: string, about: string}} Setting */

/**
 * @param {HTMLElement} section
 * @param {Desk} desk
 */
export function openSettings(section, { api }) {
  /** @type {PagedList<Setting>} */
  const list = new PagedList(section, { api, path: "/api/settings", name: "settings", row });
  void list.load();

  /** @param {Setting} setting */
  function row({ name, value, about }) {
    const element = clone("setting");
    write(element, "name", name);
    write(element, "about", about);
    write(element, "value", value || t("admin.not_set"));
    return element;
  }
}
