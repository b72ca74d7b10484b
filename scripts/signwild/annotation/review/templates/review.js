"use strict";
// The page of a review. A decision is shown at once; requests to the server follow one after another.
const part = id => document.getElementById(id);
const [player, track, bars, rows] = ["player", "track", "bars", "rows"].map(part);
const CLASSES = [...document.querySelectorAll(".relabel")].map(button => button.dataset.label);
const AROUND = 4000; // milliseconds shown before and after a proposal
const LEAD = 500; // milliseconds played before it
const NUDGE = 100;
const IDLE = 60000; // after this long without a key or a click nobody is at work
const SPEEDS = [1, 1.5, 2, .5];
const CLIP = 20000; // milliseconds of a clip that the server makes of a video that the browser does not play
const CLIP_STEP = 10000;

let files = [];
let items = []; // proposals in their order, then what is added
let current = null;
let history = []; // decisions, for undo: what each is about, what was decided before, and the server's number
let sending = Promise.resolve();
const changed = new Map(); // what was said of files that another program changed, by their number
let lastAct = performance.now();
let lastTick = lastAct;

const clock = ms => {
  const tenths = Math.round(Math.max(0, ms) / 100);
  const [hours, minutes, seconds] = [Math.floor(tenths / 36000), Math.floor(tenths / 600) % 60, (tenths % 600) / 10];
  const two = seconds.toFixed(1).padStart(4, "0");
  return hours ? `${hours}:${String(minutes).padStart(2, "0")}:${two}` : `${minutes}:${two}`;
};

async function post(name, body) {
  const answer = await fetch(name, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
  const content = await answer.json();
  if (!answer.ok) throw Object.assign(new Error(content.error), { isChanged: content.is_changed });
  return content;
}

// `body` makes the request when its turn comes: an added annotation has a name only after the first answer. A request
// that it does not make, as what it is about was refused, is not sent.
function send(name, file, body, done = () => {}, failed = () => {}) {
  const told = async fault => {
    try { await failed(); } finally { tell(fault, file); }
  };
  const turn = async () => {
    const made = body();
    if (made) await done(await post(name, { file, ...made }));
  };
  sending = sending.then(turn).catch(told).catch(fault => tell(fault, file));
}

function tell(fault, file) {
  const said = fault instanceof TypeError ? "The server does not answer: start the review again." : fault.message;
  if (fault.isChanged) changed.set(file, said);
  showFaults(fault.isChanged ? "" : said);
}

// A file that another program changed is named until it is loaded again, whatever else happens meanwhile.
function showFaults(text) {
  const [file, said] = changed.entries().next().value ?? [null, ""];
  part("fault-text").textContent = [text, said].filter(Boolean).join(" ");
  part("fault").hidden = !text && !said;
  part("again").hidden = !said;
  part("again").onclick = () => send("load_again", file, () => ({}), () => {
    changed.delete(file);
    return load();
  });
}

function notice(text) {
  part("notice").textContent = text;
  part("notice").hidden = !text;
}

// What is shown

function describe(item) {
  if (item.judged === null) return item.isNew ? "not saved" : "";
  const [label, start, end] = item.judged;
  if (label === null) return "rejected";
  if (item.isNew) return `added: ${label}`;
  if (label !== item.label) return `is ${label}`;
  return start === item.start_ms && end === item.end_ms ? "accepted" : "accepted, moved";
}

function draw(item) {
  const [label, file, from, length, sure, decided] = item.row.cells;
  label.textContent = item.label;
  file.textContent = files[item.file].name.replace(/^.*[\\/]/, "").replace(/\.eaf$/i, "");
  from.textContent = clock(item.span[0]);
  length.textContent = `${((item.span[1] - item.span[0]) / 1000).toFixed(1)} s`;
  sure.textContent = item.isNew ? "" : `${item.sureness} (${Math.round(100 * item.probability)}%)`;
  decided.textContent = describe(item);
  item.row.className = item.label + (item.judged === null ? "" : " judged");
}

function newRow(item) {
  item.row = rows.insertRow();
  for (const isText of [true, true, false, false, true, true]) item.row.insertCell().className = isText ? "text" : "";
  item.row.addEventListener("click", () => show(item));
  draw(item);
}

function count() {
  const proposed = items.filter(item => !item.isNew);
  const done = proposed.filter(item => item.judged !== null).length;
  part("bar").value = proposed.length ? done / proposed.length : 1;
  const told = `${done.toLocaleString("en")} of ${proposed.length.toLocaleString("en")} decided`;
  part("progress").textContent = done === proposed.length ? `${told}: nothing is left to review` : told;
}

const span = () => current.span;
const view = () => {
  const start = Math.min(current.start_ms, current.span[0]) - AROUND;
  return [Math.max(0, start), Math.min(Math.max(current.end_ms, current.span[1]) + AROUND, lastMoment())];
};
const across = ms => { const [left, right] = view(); return 100 * (ms - left) / (right - left); };

function drawBars() {
  const [left, right] = view();
  bars.replaceChildren();
  const bar = (label, start, end, isProposed) => {
    if (end <= left || start >= right || label === null) return;
    const box = document.createElement("div");
    box.className = label + (isProposed ? " proposed" : "");
    box.style.left = `${across(Math.max(start, left))}%`;
    box.style.width = `${across(Math.min(end, right)) - across(Math.max(start, left))}%`;
    box.style.top = `${CLASSES.indexOf(label) * 1.8 + .3}rem`;
    bars.append(box);
  };
  for (const [label, start, end] of files[current.file].annotations) bar(label, start, end, false);
  for (const item of items) {
    if (item.file !== current.file) continue;
    if (item.judged) bar(...item.judged, false);
    else if (item !== current) bar(item.label, ...item.span, true);
  }
}

function drawSpan() {
  const [start, end] = span();
  part("span").style.left = `${across(start)}%`;
  part("span").style.width = `${across(end) - across(start)}%`;
  part("start").style.left = `${across(start)}%`;
  part("end").style.left = `${across(end)}%`;
  part("what").textContent = `${current.label} ${clock(start)}–${clock(end)}`;
}

const origin = () => files[current.file].origin_ms;
let first = 0; // the moment of the video with which the player's file begins, in milliseconds
const now = () => player.currentTime * 1000 + first - origin();

function tick() {
  if (current) {
    part("playhead").style.left = `${across(now())}%`;
    part("time").textContent = clock(now());
    track.setAttribute("aria-valuenow", Math.round(now() / 1000));
    if (!player.paused && now() > span()[1] + LEAD && !current.playsOn) player.pause();
  }
  requestAnimationFrame(tick);
}

function seek(ms) {
  const place = Math.max(0, ms + origin());
  const isClip = files[current.file].isUnplayable;
  if (!isClip) first = 0;
  else if (player.dataset.file !== String(current.file) || place < first || place >= first + CLIP) {
    // Clips begin at multiples, so that going back and forth asks for the same ones.
    first = Math.floor(place / CLIP_STEP) * CLIP_STEP;
    player.src = `clip/${current.file}/${first}.mp4`;
  }
  player.currentTime = (place - first) / 1000;
  player.dataset.file = current.file;
}

function fail() {
  if (!current) return;
  if (files[current.file].isUnplayable) {
    part("unplayable").hidden = false;
    return;
  }
  files[current.file].isUnplayable = true;
  player.dataset.file = "";
  seek(Math.max(0, span()[0] - LEAD));
  player.play().catch(() => {});
}

function show(item, plays = true) {
  if (!item) return;
  if (current?.file !== item.file) noteWork();
  current?.row.removeAttribute("aria-current");
  current = item;
  item.playsOn = false;
  item.row.setAttribute("aria-current", "true");
  item.row.scrollIntoView({ block: "nearest" });
  part("file").textContent = files[item.file].name;
  part("what").className = item.label;
  const [left, right] = view();
  part("left").textContent = clock(left);
  part("right").textContent = clock(right);
  if (player.dataset.file !== String(item.file)) {
    part("unplayable").hidden = true;
    if (!files[item.file].isUnplayable) player.src = `video/${item.file}`;
  }
  drawBars();
  drawSpan();
  seek(Math.max(0, span()[0] - LEAD));
  if (plays) player.play().catch(() => {}); // the player's error event tells
}

// What the reviewer does

const request = (item, [label, start_ms, end_ms]) => () => ({ name: item.name, label, start_ms, end_ms });

const following = () => {
  if (current.madeAt) return current.madeAt; // back to where the reviewer was
  const place = items.indexOf(current);
  return [...items.slice(place + 1), ...items.slice(0, place)].find(item => item.judged === null && !item.isNew);
};

function judge(label) {
  const item = current;
  if (!item) return;
  if (item.isNew && label === null) { // what was never proposed is taken back, not rejected
    if (item.judged) send("undo", item.file, () => item.name && { name: item.name, number: null }, undefined, load);
    history = history.filter(entry => entry.item !== item);
    remove(item);
    return;
  }
  const before = item.judged;
  const own = item.judged = [label, ...item.span];
  const entry = { item, before, number: null };
  history.push(entry);
  settle(item);
  send("judge", item.file, request(item, own),
    answer => {
      [item.name, entry.number] = [answer.name, answer.number];
      showFaults("");
      notice(answer.notice);
    },
    () => {
      history = history.filter(other => other !== entry);
      if (item.judged !== own) return; // it was decided anew meanwhile
      item.judged = before;
      settle(item);
      show(item, false);
    });
  show(following() ?? item);
}

function settle(item) {
  if (item.isNew && item.judged) item.label = item.judged[0] ?? item.label;
  draw(item);
  count();
  if (current?.file === item.file) drawBars();
}

function undo() {
  const entry = history.pop();
  if (!entry) {
    notice("There is nothing to take back: undo reaches to the start of this review. Files as they were before are beside them, as name.eaf.before_1 and so on.");
    return;
  }
  const { item, before } = entry;
  notice("");
  item.judged = before;
  if (before || !item.isNew) item.span = before ? before.slice(1) : [item.start_ms, item.end_ms];
  settle(item);
  send("undo", item.file, () => entry.number && { name: item.name, number: entry.number }, undefined, load);
  if (item.isNew && !before) remove(item);
  else show(item, false);
}

function remove(item) {
  const place = items.indexOf(item);
  items.splice(place, 1);
  item.row.remove();
  if (current === item) show(items[Math.max(0, place - 1)], false);
  else drawBars();
}

const lastMoment = () => {
  const file = files[current.file];
  return file.length_s ? Math.floor(1000 * file.length_s) - file.origin_ms : Infinity;
};

function moveEnd(which, ms) {
  if (!current) return;
  const place = Math.min(Math.max(0, Math.round(ms)), lastMoment());
  const isPast = which ? place <= current.span[0] : place >= current.span[1];
  current.span[which] = place;
  // An end that is set beyond the other takes it along, as a new stretch of a second.
  if (isPast) current.span[1 - which] = which ? Math.max(0, place - 1000) : Math.min(place + 1000, lastMoment());
  const [left, right] = view();
  part("left").textContent = clock(left);
  part("right").textContent = clock(right);
  drawBars();
  drawSpan();
  draw(current);
}

function add() {
  if (!current) return;
  const end = Math.min(Math.round(now()) + 1000, lastMoment());
  const start = Math.max(0, Math.min(Math.round(now()), end - 100));
  const item = { file: current.file, name: "", label: current.label, start_ms: start, end_ms: end,
    span: [start, end], judged: null, isNew: true, madeAt: current.isNew ? current.madeAt : current };
  items.push(item);
  newRow(item);
  player.pause();
  show(item, false);
}

const step = change => {
  const place = items.indexOf(current) + change;
  show(items[Math.min(Math.max(place, 0), items.length - 1)]);
};

const keys = {
  enter: () => judge(current.label),
  a: () => judge(current.label),
  x: () => judge(null),
  ...Object.fromEntries(CLASSES.map((label, place) => [String(place + 1), () => judge(label)])),
  z: undo,
  n: add,
  i: () => moveEnd(0, now()),
  o: () => moveEnd(1, now()),
  q: () => moveEnd(0, current.span[0] - NUDGE),
  w: () => moveEnd(0, current.span[0] + NUDGE),
  e: () => moveEnd(1, current.span[1] - NUDGE),
  r: () => moveEnd(1, current.span[1] + NUDGE),
  j: () => step(1),
  k: () => step(-1),
  m: () => { player.muted = !player.muted; },
  s: () => { player.playbackRate = SPEEDS[(SPEEDS.indexOf(player.playbackRate) + 1) % SPEEDS.length]; },
  arrowleft: event => seek(now() - (event.shiftKey ? 2000 : 200)),
  arrowright: event => seek(now() + (event.shiftKey ? 2000 : 200)),
  " ": () => {
    current.playsOn = now() > span()[1];
    if (player.paused) player.play().catch(() => {});
    else player.pause();
  },
};
const HELD = ["q", "w", "e", "r", "arrowleft", "arrowright"]; // keys that go on while they are held; no other decides again
document.addEventListener("keydown", event => {
  lastAct = performance.now();
  const digit = /^Digit([1-9])$/.exec(event.code)?.[1]; // on some keyboards digits need Shift
  const key = keys[digit] ? digit : event.key.toLowerCase();
  const act = event.repeat && !HELD.includes(key) ? null : keys[key];
  const isOwn = [" ", "Enter"].includes(event.key) && event.target.closest("button"); // the browser presses it
  if (!act || isOwn || !current || event.ctrlKey || event.altKey || event.metaKey) return;
  event.preventDefault();
  act(event);
});
const press = (id, act) => part(id).addEventListener("click", event => { act(); if (event.detail) event.currentTarget.blur(); });
press("accept", () => judge(current.label));
press("reject", () => judge(null));
press("undo", undo);
press("add", add);
for (const button of document.querySelectorAll(".relabel")) {
  button.addEventListener("click", event => { judge(button.dataset.label); if (event.detail) button.blur(); });
}

const timeAt = event => {
  const box = track.getBoundingClientRect();
  const [left, right] = view();
  return left + (right - left) * Math.min(Math.max((event.clientX - box.left) / box.width, 0), 1);
};
let held = null;
track.addEventListener("pointerdown", event => {
  if (event.button !== 0 || !current) return;
  held = event.target.id === "start" ? 0 : event.target.id === "end" ? 1 : "head";
  track.setPointerCapture(event.pointerId);
  drag(event);
});
const drag = event => {
  if (held === "head") { player.pause(); seek(timeAt(event)); } else if (held !== null) { moveEnd(held, timeAt(event)); seek(current.span[held]); }
};
track.addEventListener("pointermove", drag);
track.addEventListener("pointerup", () => { held = null; });
document.addEventListener("pointerdown", () => { lastAct = performance.now(); });
player.addEventListener("error", fail);
player.addEventListener("loadedmetadata", () => {
  if (player.videoWidth) part("unplayable").hidden = true;
  else fail(); // sound alone
});
player.addEventListener("ended", () => {
  const file = files[current.file];
  if (!file.isUnplayable || (file.length_s && first + CLIP >= 1000 * file.length_s)) return;
  seek(first - origin() + CLIP);
  player.play().catch(() => {});
});

// Seconds at work: while the page is seen, and there was a key or a click a short time ago.
function noteWork() {
  const time = performance.now();
  const seconds = (time - lastTick) / 1000;
  if (current && !document.hidden && time - lastAct < IDLE) send("worked", current.file, () => ({ seconds }));
  lastTick = time;
}
setInterval(noteWork, 5000);

async function load() {
  const state = await (await fetch("state.json")).json();
  files = state.files;
  history = [];
  rows.replaceChildren();
  items = state.proposals.map(one => ({ ...one, isNew: false, span: one.judged ? one.judged.slice(1) : [one.start_ms, one.end_ms] }));
  files.forEach((file, number) => {
    for (const [name, label, start, end] of file.added) {
      items.push({ file: number, name, label, start_ms: start, end_ms: end, span: [start, end], judged: [label, start, end], isNew: true });
    }
  });
  // After a reload, what was decided in this review can still be taken back.
  for (const [number, file, name, before] of state.history) {
    const item = items.find(one => one.file === file && one.name === name);
    if (item) history.push({ item, before, number });
  }
  for (const item of items) newRow(item);
  showFaults("");
  count();
  player.removeAttribute("data-file");
  noteWork();
  current = null;
  show(items.find(item => item.judged === null) ?? items[0]);
}

load().then(tick, fault => tell(fault));
