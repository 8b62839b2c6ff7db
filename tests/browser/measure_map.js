/**
 * Draw `racks` racks and send the map `perSecond` events a second, as a busy floor does; what the frames took.
 * @param {{racks: number, perSecond: number, seconds: number}} wish
 */
async ({ racks: n, perSecond, seconds }) => {
  const { hear, floor } = await import("/static/js/screens/map.js");
  const names = ["Ground", "First", "Second", "Third", "Fourth"];
  const racks = Array.from({ length: n }, (_, i) => {
    const place = Math.floor(i / names.length);
    return {
      rack_id: `${names[i % 5][0]}${i % 5}-${place}`, floor: names[i % 5], zone: "A", row: Math.floor(place / 20), column: place % 20,
      status: "available", recount: false, pass: 1, fence: 0, holder: null, assigned_to: null, session_id: null, claimed_at: null, last_heartbeat: null,
      progress: { records: 0, items: 0, pieces: 0, expected: 30 }, open_conflicts: 0,
    };
  });
  hear("snapshot", { type: "snapshot", racks });
  await new Promise((go) => setTimeout(go, 1000));
  let sent = 0;
  const send = () => {
    const rack = floor.map.racks.get(racks[(sent * 7919) % n].rack_id);
    const common = { at: new Date().toISOString(), rack_id: rack.rack_id, floor: rack.floor, session_id: `s-${rack.rack_id}`, user_id: `u${sent % 300}` };
    const holder = { user_id: `u${sent % 300}`, name: `Counter ${sent % 300}` };
    sent += 1;
    if (!rack.holder) return hear("rack:update", { ...common, type: "claimed", status: "active", fence: 1, pass: 1, holder });
    const kind = sent % 4;
    if (kind === 0) return hear("rack:update", { ...common, type: "completed", status: "completed", fence: 1, pass: 1, holder: null });
    if (kind === 1) return hear("rack:update", { ...common, type: "renewed", status: "active", fence: 1, pass: 1, holder });
    if (kind === 2) return hear("conflict:new", { ...common, type: "new" });
    const { records, items, pieces, expected } = rack.progress;
    return hear("session:update", { ...common, type: "progress", progress: { records: records + 1, items: Math.min(30, items + 1), pieces: pieces + 5, expected } });
  };
  const frames = [];
  const began = performance.now();
  await new Promise((done) => {
    let last = began;
    const frame = (now) => {
      frames.push(now - last);
      last = now;
      for (let due = Math.floor(((now - began) / 1000) * perSecond); sent < due; ) send();
      if (now - began < seconds * 1000) requestAnimationFrame(frame);
      else done();
    };
    requestAnimationFrame(frame);
  });
  const sorted = frames.slice(1).sort((a, b) => a - b);
  const at = (share) => Math.round(sorted[Math.floor(share * (sorted.length - 1))] * 10) / 10;
  return {
    frames: sorted.length, events: sent, dropped: sorted.filter((ms) => ms > 25).length, p50: at(0.5), p95: at(0.95), p99: at(0.99), most: at(1),
    tiles: document.querySelectorAll("rack-tile").length,
  };
}
