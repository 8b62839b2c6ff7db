// @ts-check
/** The one banner of the HUD: what stands in the way of counting, told plainly and where it happens. */
import { t } from "../../core/texts.js";
import { box, clone, write } from "../../elements/parts.js";

/** @typedef {"lost" | "closed" | "paused" | "plain"} BannerKind */

/**
 * @param {BannerKind | null} kind
 * @param {Record<string, string>} [facts]
 */
export function showBanner(kind, facts = {}) {
  const place = box(document, "banner");
  const key = kind ? `${kind} ${Object.values(facts).join(" ")}` : "";
  if (place.dataset["key"] === key) return;
  place.dataset["key"] = key;
  place.replaceChildren(...(kind ? [banner(kind, facts)] : []));
}

/**
 * @param {BannerKind} kind
 * @param {Record<string, string>} facts
 */
function banner(kind, facts) {
  if (kind === "paused") return clone("banner-paused");
  if (kind === "plain") {
    const plain = clone("banner-plain");
    write(plain, "text", facts["text"] ?? "");
    return plain;
  }
  const lost = clone("banner-lost");
  write(lost, "title", kind === "lost" ? t("hud.lost.title", facts) : t("hud.closed.title"));
  const who = facts["holder"] ? t("hud.lost.by", facts) : t("hud.lost.free");
  write(lost, "why", kind === "lost" ? who : closedBy(facts));
  write(lost, "counts", kind === "lost" ? t("hud.lost.counts") : "");
  return lost;
}

/** @param {Record<string, string>} facts */
function closedBy(facts) {
  const steered = facts["reason"] ? `${t("hud.closed.reason", facts)} ` : "";
  return steered + t("hud.closed.body");
}
