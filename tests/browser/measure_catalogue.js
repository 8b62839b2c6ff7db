/** Fills a catalogue of `n` items from a server that is made up here, and measures it. */
async (n) => {
  const { openStore } = await import("/static/js/core/store.js");
  const { CatalogueCopy } = await import("/static/js/core/catalogue-copy.js");
  const { Catalogue } = await import("/static/js/core/catalogue.js");
  const words = Array.from({ length: 2500 }, (_, i) => (i * 7919 % 60466176).toString(36) + "aeiou"[i % 5] + i.toString(36));
  const common = ["RED", "BLUE", "WHITE", "BOX", "HEART", "SET", "SMALL", "LARGE", "TAPE", "HOLDER"];
  const item = (i) => ({
    item_code: String(10000 + i * 7) + "ABC"[i % 3], barcode: String(2000000000000 + i * 37), stock_qty: 5, uom: "EA", mrp: 1,
    item_name: [common[i % 10], common[(i * 3 + 1) % 10], words[i % 2500], words[(i * 31) % 2500], words[(i * 17) % 2500]].join(" "),
    category: "Box", floor: "Ground", rack: "G-01",
  });
  const api = { get: async (path) => {
    if (!path.includes("changes")) throw new Error("asked the server");
    const since = Number(new URL(path, location.href).searchParams.get("since"));
    const items = Array.from({ length: Math.min(1000, n - since) }, (_, i) => item(since + i));
    return { items, deleted: [], next: since + items.length, more: since + items.length < n };
  } };
  const db = await openStore("large");
  const copy = new CatalogueCopy({ db, api });
  const catalogue = new Catalogue(db, api, copy);
  const tasks = [];
  new PerformanceObserver((list) => tasks.push(...list.getEntries().map((e) => e.duration))).observe({ type: "longtask" });
  const began = performance.now();
  await copy.refresh();
  const filled = performance.now() - began;
  const longest = Math.max(0, ...tasks);
  const fresh = new Catalogue(db, api, new CatalogueCopy({ db, api }));
  const opened = performance.now();
  await fresh.search("warm", new AbortController().signal);
  const open = performance.now() - opened;
  const measure = async (acts) => {
    const times = [];
    for (const act of acts) {
      const t = performance.now();
      await act();
      times.push(performance.now() - t);
    }
    times.sort((a, b) => a - b);
    return { p50: times[times.length >> 1], p95: times[Math.floor(times.length * 0.95)], max: times.at(-1) };
  };
  const asked = [];
  for (let i = 0; i < 400; i += 1) {
    const it = item((i * 2503) % n);
    const [a, b, c, d] = it.item_name.split(" ");
    asked.push([it.item_code.slice(0, 4), it.barcode.slice(0, 9), `${d.slice(0, 3)} ${a.slice(0, 2)}`,
      `${b.slice(0, 3).toLowerCase()} ${c.slice(0, 4)}`, `${a.slice(0, 3)}`, `nothing ${a}`, "sma lar hol tap"][i % 7]);
  }
  let hits = 0;
  const search = await measure(asked.map((text) => async () => {
    hits += (await fresh.search(text, new AbortController().signal)).length;
  }));
  const scan = await measure(asked.map((_, i) => async () => {
    const it = await fresh.find(item((i * 997) % n).barcode);
    if (it.unknown || "stock_qty" in it) throw new Error("not found, or with its book figure");
  }));
  const { usage } = await navigator.storage.estimate();
  copy.stop();
  return { filled, longest, open, search, scan, hits, disk: usage / 1e6 };
}
