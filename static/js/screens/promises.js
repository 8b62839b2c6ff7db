// @ts-check
/** The promises with their live figures: looked at again every few seconds, and when something happens. */
import "./start.js";
import { standingOf, wordsOfPromise } from "../core/promise-words.js";
import { dayAndTime, number, t, tn, tryText } from "../core/texts.js";
import { box, clone, tell, write } from "../elements/parts.js";
import { wordsOf } from "./problems.js";
import { openShell } from "./shell.js";
import { atMostEvery } from "./top-bar.js";

/** @import { LiveEvent, PromiseNow } from "../core/types.js" */

const LOOK_MS = 5_000;
const LEAST_MS = 2_000;
const ICONS = { kept: "check", watch: "alert", broken: "alert", unknown: "clock" };

const { api, live } = await openShell();
const list = box(document, "list");
/** @type {Map<string, HTMLElement>} a card stays what it is, so that an opened one stays open */
const cards = new Map();
const look = atMostEvery(LEAST_MS, load);

live.addEventListener("event", (heard) => {
  const { name, event } = /** @type {CustomEvent<{name: string, event: LiveEvent}>} */ (heard).detail;
  if (name.startsWith("conflict:") || name === "stocktake:update" || event.type === "expired") look();
});
live.addEventListener("state", () => live.state === "live" && look());
setInterval(() => document.visibilityState === "visible" && look(), LOOK_MS);
document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && look());
look();
live.watch({});

async function load() {
  try {
    /** @type {{at: string, promises: PromiseNow[]}} */
    const { at, promises } = await api.get("/api/promises");
    show(promises);
    write(document, "at", t("promises.at", { at: dayAndTime(at) }));
    tell(document, "notice", null);
  } catch (error) {
    box(document, "notice").hidden = false;
    write(document, "notice-text", t("promises.failed", { why: wordsOf(error) }));
  }
}

/** @param {PromiseNow[]} promises */
function show(promises) {
  const { standing, kept } = standingOf(promises);
  box(document, "sum").dataset["standing"] = standing;
  write(document, "sum-text", t("promises.sum", { n: number(kept), of: number(promises.length) }));
  for (const promise of promises) fill(cards.get(promise.key) ?? added(promise), promise);
}

/** @param {PromiseNow} promise */
function added({ key, number: n, tests }) {
  const card = /** @type {HTMLElement} */ (clone("promise"));
  write(card, "number", number(n));
  write(card, "title", tryText(`promise.${key}.title`) ?? key);
  write(card, "tests-title", tn("promises.tests", tests.length, { n: number(tests.length) }));
  box(card, "tests").replaceChildren(...tests.map((test) => {
    const row = document.createElement("li");
    row.textContent = test.replace("tests/", "").replace(".py::", " · ").replaceAll("_", " ");
    return row;
  }));
  cards.set(key, card);
  list.append(card);
  return card;
}

/**
 * @param {HTMLElement} card
 * @param {PromiseNow} promise
 */
function fill(card, promise) {
  const { main, label, sub } = wordsOfPromise(promise);
  card.dataset["standing"] = promise.standing;
  card.querySelector("use")?.setAttribute("href", `#icon-${ICONS[promise.standing]}`);
  write(card, "standing", t(`promises.${promise.standing}`));
  write(card, "main", main);
  write(card, "label", label);
  write(card, "sub", sub);
}
