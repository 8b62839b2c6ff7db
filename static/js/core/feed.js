// @ts-check
/** Which events are worth a line in the feed, and which line. Progress of a session is one line that moves. */
import { holderOf } from "./floor-map.js";
import { t, tryText } from "./texts.js";

/** @import { LiveEvent } from "./types.js" */

/** @typedef {{key: string, icon: string, tone: string, text: string, at: string | undefined}} Line */

/** @type {Record<string, [icon: string, tone: string]>} */
const RACK_LINES = {
  claimed: ["play", "active"],
  paused: ["pause", "paused"],
  resumed: ["play", "active"],
  released: ["unlock", "available"],
  completed: ["check", "completed"],
  expired: ["clock", "bad"],
  recount: ["recount", "recount"],
};

/**
 * @param {string} name
 * @param {LiveEvent} event
 * @param {string} [held]  who held the rack before: an event that frees it names nobody
 * @returns {Line | null}
 */
export function lineOf(name, event, held) {
  const who = holderOf(event.holder)?.name ?? held;
  const facts = { rack: event.rack_id ?? "", who: who ?? t("feed.somebody") };
  if (name === "rack:update") return rackLine(event, facts, Boolean(who));
  if (name === "session:update" && event.progress && event.type === "progress") {
    const { items, pieces } = event.progress;
    const text = t("feed.progress", { ...facts, items, pieces });
    return { key: `progress:${event.session_id}`, icon: "scan", tone: "active", text, at: event.at };
  }
  if (name === "conflict:new" || name === "conflict:resolved") {
    const tone = name === "conflict:new" ? "bad" : "completed";
    return { key: "", icon: "alert", tone, text: t(`feed.${name}`, facts), at: event.at };
  }
  if (name === "presence") {
    const text = t(event.online ? "feed.online" : "feed.offline", { who: event.username ?? facts.who });
    return { key: `presence:${event.user_id}`, icon: "user", tone: "quiet", text, at: event.at };
  }
  if (event.type === "message") return messageLine(event, held);
  if (name === "notification" && event.message && !event.type.startsWith("live_")) {
    return { key: "", icon: "flag", tone: "quiet", text: event.message, at: event.at };
  }
  return null;
}

/**
 * @param {LiveEvent} event
 * @param {string} [to]  to whom it was written
 * @returns {Line}
 */
function messageLine(event, to) {
  const text = event.message ?? "";
  const words = event.user_id ? t("feed.message", { who: to ?? t("feed.somebody"), text }) : t("feed.message.all", { who: event.by?.name ?? "", text });
  return { key: "", icon: "message", tone: event.level === "warning" ? "paused" : "quiet", text: words, at: event.at };
}

/**
 * @param {LiveEvent} event
 * @param {{rack: string, who: string}} facts
 * @param {boolean} isKnown  whether `who` names a person
 * @returns {Line | null}
 */
function rackLine(event, facts, isKnown) {
  if (event.type === "assigned") {
    const to = event.assigned_to?.name;
    const text = to ? t("feed.assigned.to", { ...facts, who: to }) : t("feed.unassigned", facts);
    return { key: "", icon: "user", tone: "quiet", text, at: event.at };
  }
  const line = RACK_LINES[event.type];
  if (!line) return null;
  // With a reason it was a supervisor who freed the rack, not its holder.
  const byHolder = isKnown && !event.reason ? tryText(`feed.${event.type}.who`, facts) : undefined;
  const text = byHolder ?? tryText(`feed.${event.type}`, facts) ?? "";
  const reason = event.reason && t("feed.reason", { text, reason: event.reason });
  return { key: "", icon: line[0], tone: line[1], text: reason || text, at: event.at };
}
