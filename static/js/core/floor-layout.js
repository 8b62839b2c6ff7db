// @ts-check
/**
 * How floors stand side by side: which floor in which column of the screen, and how large a rack is
 * drawn, so that all are seen at once where they fit. Pure.
 */

/** @typedef {{name: string, rows: number, columns: number}} FloorSize */
/** @typedef {{width: number, height: number, gap: number, head: number, rim: number, least: number}} Room  px */
/** @typedef {"dot" | "code" | "name" | "card" | "sign"} Density   how much a rack of that size can say */
/** @typedef {{columns: string[][], width: number, height: number, fits: boolean, density: Density}} Layout */

/** A rack is best this many times as wide as high: a code, a name and a bar. */
const SHAPE = 1.7;
const HIGHEST = 190;
/** @type {[least: number, density: Density][]} by the rack's width in px, at a text size of 16 px */
const DENSITIES = [[165, "sign"], [104, "card"], [72, "name"], [40, "code"], [0, "dot"]];

/**
 * @param {FloorSize[]} floors
 * @param {Room} room
 * @param {number} [textSize]  px
 * @returns {Layout}
 */
export function arrange(floors, room, textSize = 16) {
  const choices = floors.map((_, i) => withColumns(floors, room, i + 1, textSize));
  const fitting = choices.filter(({ fits }) => fits);
  const readable = fitting.length ? fitting : choices;
  const best = readable.reduce((a, b) => (worth(b) > worth(a) ? b : a), readable[0] ?? nothing());
  return best;
}

/** @param {Layout} layout */
function worth({ width, height, fits }) {
  return fits ? Math.min(width / SHAPE, height) : width > 46 ? 1 / width + 1 : width / 1000;
}

/** @returns {Layout} */
function nothing() {
  return { columns: [], width: 0, height: 0, fits: true, density: "dot" };
}

/**
 * @param {FloorSize[]} floors
 * @param {Room} room
 * @param {number} n
 * @param {number} textSize
 * @returns {Layout}
 */
function withColumns(floors, room, n, textSize) {
  const { gap, rim, head, least } = room;
  const columns = shareOut(floors, n, head / least);
  const broad = Math.max(...floors.map((floor) => floor.columns));
  const column = (room.width - rim * (n - 1)) / n;
  const width = (column - 2 * rim - gap * (broad - 1)) / broad;
  const heights = columns.map((names) => {
    const rows = names.reduce((sum, { rows }) => sum + rows, 0);
    const taken = names.length * (head + 2 * rim) + rim * (names.length - 1) + gap * (rows - names.length);
    return (room.height - taken) / rows;
  });
  const height = Math.min(HIGHEST * (textSize / 16), Math.floor(Math.min(...heights)));
  const fits = height >= least && width >= least;
  const density = DENSITIES.find(([from]) => width * (16 / textSize) >= from)?.[1] ?? "dot";
  return {
    columns: columns.map((names) => names.map(({ name }) => name)),
    width, height: fits ? height : Math.max(least, Math.min(width * 1.25, 4 * textSize)), fits, density,
  };
}

/**
 * Give each floor to the column that has the least, the largest floors first.
 * @param {FloorSize[]} floors
 * @param {number} n
 * @param {number} head  a heading's height in rows
 */
function shareOut(floors, n, head) {
  /** @type {{rows: number, floors: FloorSize[]}[]} */
  const columns = Array.from({ length: n }, () => ({ rows: 0, floors: [] }));
  for (const floor of [...floors].sort((a, b) => b.rows - a.rows)) {
    const least = columns.reduce((a, b) => (b.rows < a.rows ? b : a));
    least.rows += floor.rows + head;
    least.floors.push(floor);
  }
  return columns.filter(({ floors: any }) => any.length).map(({ floors: mine }) => mine);
}
