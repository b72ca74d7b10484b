"use strict";
const part = id => document.getElementById(id);
const [player, track, playhead] = ["player", "track", "playhead"].map(part);
const table = document.querySelector(".segments .scroll");
const duration = Number(track.dataset.duration);
const segments = [...table.querySelectorAll("tbody tr")].map(row => ({ row, start: Number(row.dataset.start), label: row.className }));

let playable = true;
let position = 0; // in seconds; the player's own as long as it plays the file
let current;
let frame;

function clock(seconds, places) {
  const tenths = Math.round(seconds * 10 ** places);
  const whole = Math.floor(tenths / 10 ** places);
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = number => String(number).padStart(2, "0");
  const text = hours ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
  return places ? `${text}.${tenths % 10 ** places}` : text;
}

function show() {
  if (playable) position = player.currentTime;
  playhead.style.left = `${duration ? Math.min(100 * position / duration, 100) : 0}%`;
  part("time").textContent = clock(position, 1);
  track.setAttribute("aria-valuenow", Math.round(position));
  track.setAttribute("aria-valuetext", clock(position, 0));
  const found = position <= duration ? segments.findLast(segment => segment.start <= position) : undefined;
  if (found === current && part("label").textContent) return;
  current?.row.removeAttribute("aria-current");
  current = found;
  part("label").textContent = found ? `${found.label} (${found.row.cells[3].textContent})` : "not looked at";
  part("label").className = found ? found.label : "";
  found?.row.setAttribute("aria-current", "true");
  if (found) table.scrollTop = found.row.offsetTop - table.clientHeight / 2;
}

function seek(seconds) {
  const end = Math.max(duration, player.duration || 0);
  position = Math.min(Math.max(seconds, 0), end);
  if (playable) player.currentTime = position;
  show();
}

function jump(segment) {
  if (segment) seek(segment.start);
}

function toggle() {
  if (player.paused) player.play().catch(() => {}); // the player's error event tells
  else player.pause();
}

function follow() {
  show();
  if (!player.paused) frame = requestAnimationFrame(follow);
}

function fail() {
  playable = false;
  player.hidden = true;
  part("unplayable").hidden = false;
}

for (const name of ["timeupdate", "seeking", "loadedmetadata"]) player.addEventListener(name, show);
player.addEventListener("play", () => { cancelAnimationFrame(frame); follow(); });
player.addEventListener("error", fail);
player.addEventListener("loadedmetadata", () => { part("unplayable").hidden = player.videoWidth > 0; }); // sound alone
if (player.error) fail();

function point(event) {
  const box = track.getBoundingClientRect();
  seek(duration * Math.min(Math.max((event.clientX - box.left) / box.width, 0), 1));
}
track.addEventListener("pointerdown", event => {
  if (event.button !== 0) return;
  track.setPointerCapture(event.pointerId);
  point(event);
});
track.addEventListener("pointermove", event => { if (track.hasPointerCapture(event.pointerId)) point(event); });
table.addEventListener("click", event => {
  const button = event.target.closest("button");
  jump(segments.find(segment => segment.row === button?.closest("tr")));
  if (event.detail) button?.blur(); // after a click of the mouse the space bar is to play
});

const signing = segments.filter(segment => segment.label === "signing");
const next = () => jump(signing.find(segment => segment.start > position + .05));
const previous = () => jump(signing.findLast(segment => segment.start < position - .5));
const keys = {
  arrowleft: event => seek(position - (event.shiftKey ? 10 : 1)),
  arrowright: event => seek(position + (event.shiftKey ? 10 : 1)),
  n: next, "]": next, p: previous, "[": previous, " ": toggle,
};
document.addEventListener("keydown", event => {
  const act = keys[event.key.toLowerCase()];
  const own = event.key === " " && event.target.closest("button, video"); // to these the browser gives a meaning
  if (!act || own || event.ctrlKey || event.altKey || event.metaKey) return;
  event.preventDefault();
  act(event);
});
show();
