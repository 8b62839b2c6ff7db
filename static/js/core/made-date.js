// @ts-check
/** A date of manufacture as it stands on goods: a year, a month or a day. */

/**
 * "2025", "2025-01", "01/2025", "1.2025", "15/01/2025" → YYYY, YYYY-MM or YYYY-MM-DD. Empty stays null.
 * @param {string} text
 * @returns {string | null | undefined} undefined where it is no such date
 */
export function madeOf(text) {
  const plain = text.trim().replace(/[./\s]+/g, "-");
  if (!plain) return null;
  const forward = /^(\d{4})(?:-(\d{1,2}))?(?:-(\d{1,2}))?$/.exec(plain);
  const [, day, month, year] = /^(?:(\d{1,2})-)?(\d{1,2})-(\d{4})$/.exec(plain) ?? [];
  const [y, m, d] = forward ? forward.slice(1) : [year, month, day];
  if (!y) return undefined;
  const iso = [y, m?.padStart(2, "0"), d?.padStart(2, "0")].filter(Boolean).join("-");
  const whole = `${y}-${m?.padStart(2, "0") ?? "01"}-${d?.padStart(2, "0") ?? "01"}`;
  const at = new Date(`${whole}T00:00:00Z`);
  return Number.isNaN(at.getTime()) || at.toISOString().slice(0, 10) !== whole ? undefined : iso;
}
