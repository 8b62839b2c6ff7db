// @ts-check
/** What the counting screen has beside the shell: sounds, and the photographs that wait to be sent. */
import { Photos } from "../../core/photos.js";
import { Sounds } from "../../core/sounds.js";

/** @import { Shell } from "../shell.js" */

/** @typedef {ReturnType<typeof openDesk>} Desk */

/** @param {Shell} shell */
export function openDesk(shell) {
  const { db, outbox, api, identity, user, sync } = shell;
  /** Never under another name: a picture is sent by whoever took it. @type {(path: string, form: FormData) => Promise<any>} */
  const upload = (path, form) => identity.as(user.user_id, () => api.upload(path, form));
  const photos = new Photos({ db, outbox, api: { upload } });
  const send = () => void photos.send().catch((error) => console.warn("photos:", error));
  addEventListener("online", send);
  sync.addEventListener("answered", send);
  send();
  return { ...shell, photos, sounds: new Sounds(localStorage) };
}
