// @ts-check
/** Links to a report as a file. */

export const FILES = ["csv", "xlsx", "pdf", "parquet", "json", "ndjson"];

/**
 * @param {string} address   of what is exported
 * @param {string} format
 * @param {Record<string, string>} [more]
 */
export function fileLink(address, format, more = {}) {
  const link = document.createElement("a");
  link.className = "button button--plain";
  link.href = `${address}?${new URLSearchParams({ format, ...more })}`;
  link.download = "";
  link.textContent = format.toUpperCase();
  return link;
}
