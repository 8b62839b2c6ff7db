// @ts-check
/** Order by code unit, as IndexedDB has it, and places in a list that is in this order. */

/** @param {string} a @param {string} b */
export function compare(a, b) {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Where a code is, or belongs. @param {string[]} codes @param {string} code */
export function placeOf(codes, code) {
  let low = 0;
  let high = codes.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compare(codes[middle] ?? "", code) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
