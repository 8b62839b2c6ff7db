// @ts-check
/** Devices: enrol one, see who uses which, take one away. */
import { dayAndTime, t } from "../../core/texts.js";
import { ask } from "../../elements/ask-dialog.js";
import { box, clone, tell, write } from "../../elements/parts.js";
import { wordsOf } from "../problems.js";
import { FormDialog } from "./form.js";
import { PagedList } from "./list.js";

/** @import { Desk } from "../admin.js" */
/** @typedef {{device: {device_id: string, name: string, revoked_at: string | null}, last_seen: string | null, used_by: string[]}} SeenDevice */

/**
 * @param {HTMLElement} section
 * @param {Desk} desk
 */
export function openDevices(section, { api, mayChange, toasts }) {
  const form = new FormDialog("device-dialog");
  /** @type {PagedList<SeenDevice>} */
  const list = new PagedList(section, { api, path: "/api/devices", name: "devices", row });

  box(section, "add").hidden = !mayChange;
  box(section, "add").addEventListener("click", () => open(null));
  form.input("token").addEventListener("focus", () => form.input("token").select());
  form.onsave = async () => {
    const { device, token } = await api.post("/api/devices", { name: form.value("name") });
    toasts.say(t("admin.saved", { name: device.name }));
    open(token);
    void list.load();
    return true; // the token is told this once
  };
  void list.load();

  /** @param {string | null} token */
  function open(token) {
    form.input("token").value = token ?? "";
    box(form.dialog, "token-field").hidden = !token;
    box(form.dialog, "name-field").hidden = !!token;
    box(form.dialog, "save").hidden = !!token;
    if (token) return form.input("token").focus();
    form.input("name").value = "";
    form.open();
  }

  /** @param {SeenDevice} seen */
  function row({ device, last_seen, used_by }) {
    const element = clone("device");
    element.toggleAttribute("data-off", !!device.revoked_at);
    write(element, "name", device.name);
    write(element, "id", device.device_id);
    tell(element, "revoked", device.revoked_at ? t("admin.revoked") : null);
    tell(element, "seen", last_seen ? t("admin.seen", { at: dayAndTime(last_seen) }) : t("admin.never_seen"));
    tell(element, "used", used_by.length ? t("admin.used_by", { names: used_by.join(", ") }) : null);
    box(element, "revoke").hidden = !mayChange || !!device.revoked_at;
    box(element, "revoke").setAttribute("aria-label", t("admin.revoke_of", { name: device.name }));
    box(element, "revoke").addEventListener("click", () => void revoke(device.device_id, device.name));
    return element;
  }

  /** @param {string} id @param {string} name */
  async function revoke(id, name) {
    const words = { title: t("admin.revoke_of", { name }), body: t("admin.revoke_why"), yes: t("admin.revoke") };
    if (!(await ask(words))) return;
    try {
      await api.post(`/api/devices/${encodeURIComponent(id)}/revoke`);
      toasts.say(t("admin.revoked_now", { name }));
    } catch (error) {
      toasts.say(wordsOf(error), "warn");
    }
    void list.load();
  }
}
