// @ts-check
/** Users: list, add, change; a new secret or role signs its user out at once. */
import { t } from "../../core/texts.js";
import { box, clone, tell, write } from "../../elements/parts.js";
import { FormDialog } from "./form.js";
import { PagedList } from "./list.js";
import { openImport } from "./user-import.js";

/** @import { Role } from "../../core/types.js" */
/** @import { Desk } from "../admin.js" */
/** @typedef {{user_id: string, username: string, name: string, role: Role, active: boolean, has_pin: boolean, has_second_factor: boolean}} Account */

const PIN_ROLES = ["counter", "device"];

/**
 * @param {HTMLElement} section
 * @param {Desk} desk
 */
export function openUsers(section, { api, user: me, mayChange, toasts }) {
  const form = new FormDialog("user-dialog");
  /** @type {Account | null} */
  let edited = null;
  /** @type {PagedList<Account>} */
  const list = new PagedList(section, { api, path: "/api/users", name: "users", row });

  box(section, "add").hidden = !mayChange;
  box(section, "import").hidden = !mayChange;
  box(section, "add").addEventListener("click", () => open(null));
  openImport(box(section, "import"), { api, onmade: () => void list.load() });
  form.input("role").addEventListener("change", fit);
  form.onsave = save;
  void list.load();

  /** @param {Account} user */
  function row(user) {
    const element = clone("user");
    element.toggleAttribute("data-off", !user.active);
    write(element, "name", user.name);
    write(element, "username", user.username);
    write(element, "role", t(`role.${user.role}`));
    tell(element, "off", user.active ? null : t("admin.inactive"));
    tell(element, "pin", user.has_pin ? t("admin.has_pin") : null);
    tell(element, "factor", user.has_second_factor ? t("admin.has_factor") : null);
    box(element, "edit").hidden = !mayChange;
    box(element, "edit").setAttribute("aria-label", t("admin.edit_of", { name: user.name }));
    box(element, "edit").addEventListener("click", () => open(user));
    return element;
  }

  /** @param {Account | null} user */
  function open(user) {
    edited = user;
    write(form.dialog, "title", user ? t("admin.edit_of", { name: user.name }) : t("admin.add_user"));
    box(form.dialog, "username-field").hidden = !!user;
    box(form.dialog, "active-field").hidden = !user;
    box(form.dialog, "forget-field").hidden = !user?.has_second_factor || user.user_id === me.user_id;
    form.input("forget").checked = false;
    form.input("username").value = user?.username ?? "";
    form.input("name").value = user?.name ?? "";
    form.input("role").value = user?.role ?? "counter";
    form.input("active").checked = user?.active ?? true;
    for (const secret of ["pin", "password"]) form.input(secret).value = "";
    write(form.dialog, "password-hint", user ? t("admin.password_keep") : t("admin.password_hint"));
    fit();
    form.open();
  }

  /** Only who counts may have a PIN. */
  function fit() {
    form.input("pin").disabled = !PIN_ROLES.includes(form.value("role"));
  }

  async function save() {
    const secrets = Object.fromEntries(["pin", "password"].flatMap((name) => {
      const value = form.input(name).disabled ? "" : form.input(name).value;
      return value ? [[name, value]] : [];
    }));
    const told = { name: form.value("name"), role: form.value("role"), ...secrets };
    if (edited) {
      await api.patch(`/api/users/${encodeURIComponent(edited.user_id)}`, {
        ...told,
        active: form.input("active").checked,
        ...(form.input("forget").checked && { second_factor: false }),
      });
    } else {
      await api.post("/api/users", { username: form.value("username"), ...told });
    }
    toasts.say(t("admin.saved", { name: told.name }));
    void list.load();
  }
}
