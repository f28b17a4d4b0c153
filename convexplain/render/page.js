// The page's script: draws boards as SVG, moves from one to the next, and lights up what belongs together.
//
// It stands behind board.js in one script. Marks, times, colours and words come with the data; it lays nothing out and
// knows no story.
const $ = id => document.getElementById(id);
const picture = $("picture"), layer = $("marks"), slider = $("slider");

// ---- the data
if (!window.DecompressionStream) {
  $("note").textContent = "This page needs a browser of 2023 or later.";
  throw new Error("DecompressionStream is missing");
}
const packed = Uint8Array.from(atob($("data").textContent.trim()), letter => letter.charCodeAt(0));
const data = await new Response(new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"))).json();
const K = data.constants;
const stories = data.stories.map(unfold);

// Boards come as changes to the board before, acts as those of marks that change; all of them in order, by columns.
function unfold(told) {
  const changes = rows(told.changes), acts = rows(told.acts);
  let marks = new Map();
  const boards = told.boards.map(({gone, changed, order, ...board}) => {
    const next = new Map(marks);
    for (const place of gone) next.delete(place);
    for (const {place, ...change} of changes.splice(0, changed)) next.set(place, {...(marks.get(place) || data.mark), ...change});
    const places = order || [...next.keys()].sort((a, b) => a - b);
    marks = new Map(places.map(place => [place, next.get(place)]));
    return {...board, marks};
  });
  const ways = told.ways.map(([frames, count], n) => {
    const before = boards[n].marks, after = boards[n + 1].marks, moved = new Map(acts.splice(0, count).map(act => [act.place, act]));
    const all = inOrder(before, after).map(place => {
      const {other, ...act} = moved.get(place) || {place, how: "still", start: 0, end: 0};
      const from = other ? (other[1] ? after : before).get(other[0]) : null;
      return {...act, before: before.get(place) || null, after: after.get(place) || null, other: from};
    });
    return {before, after, frames, acts: all};
  });
  return {...told, keys: rows(told.keys).map(Object.values), things: rows(told.things), boards, ways, last: boards.length - 1};
}

// Rows that are told by columns: each takes the next value of every field its kind has.
function rows({kinds, rows, columns}) {
  const next = Object.fromEntries(Object.entries(columns).map(([field, values]) => [field, values.values()]));
  return rows.map(kind => Object.fromEntries(kinds[kind].map(field => [field, next[field].next().value])));
}

// All keys in the order they are painted: that of the board that is reached; each that leaves stays by its neighbour.
function inOrder(before, after) {
  const leaving = new Map();
  let last = null;
  for (const place of before.keys()) {
    if (after.has(place)) last = place;
    else leaving.set(last, [...(leaving.get(last) || []), place]);
  }
  return [...(leaving.get(null) || []), ...[...after.keys()].flatMap(place => [place, ...(leaving.get(place) || [])])];
}

// ---- painting
const nodes = new Map();
const bright = matchMedia("(prefers-color-scheme: light)");
const palette = () => data.palettes[data.palettes.length > 1 && bright.matches ? 1 : 0];
let story = null, shown = new Map(), meant = null;

function paint(marks) {
  const focused = layer.contains(document.activeElement) ? document.activeElement : null;
  shown = marks;
  for (const [place, node] of nodes) {
    if (marks.has(place)) continue;
    node.group.remove();
    nodes.delete(place);
  }
  const order = [...marks.keys()].sort((a, b) => marks.get(a).z - marks.get(b).z);
  let next = layer.firstChild;
  for (const place of order) {
    const node = drawn(place, marks.get(place));
    if (node.group === next) next = next.nextSibling;
    else layer.insertBefore(node.group, next);
  }
  if (focused && focused !== document.activeElement) (focused.isConnected ? focused : picture).focus({preventScroll: true});
  light();
}

function drawn(place, mark) {
  if (!nodes.has(place)) nodes.set(place, {group: element("g", {"data-key": JSON.stringify(story.keys[place])}), parts: []});
  const node = nodes.get(place);
  if (node.mark === mark) return node;
  node.mark = mark;
  const shapes = PAINTED[mark.kind](mark, (light = mark.light) => colour(mark.role, light, palette()));
  const thing = mark.about === null ? null : story.things[mark.about];
  set(node.group, {
    "data-about": thing && JSON.stringify(thing.about), role: thing && "img", tabindex: thing && -1,
    "aria-label": thing && readout(mark.about), "aria-hidden": !thing, opacity: round(mark.alpha),
  });
  if (node.parts.map(part => part.tagName).join() !== shapes.map(([tag]) => tag).join()) {
    node.parts = shapes.map(([tag]) => element(tag, {}));
    node.group.replaceChildren(...node.parts);
  }
  shapes.forEach(([, attributes, runs], i) => {
    const part = node.parts[i];
    set(part, attributes);
    if (!runs || part.said === String(runs)) return;
    part.said = String(runs);
    part.replaceChildren(...runs.map(([text, font]) => Object.assign(element("tspan", {class: font}), {textContent: text})));
  });
  return node;
}

function element(tag, attributes) {
  const made = Object.assign(document.createElementNS("http://www.w3.org/2000/svg", tag), {held: {}});
  set(made, attributes);
  return made;
}

function set(node, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (node.held[name] === value) continue;
    node.held[name] = value;
    if (value === null) node.removeAttribute(name);
    else node.setAttribute(name, value);
  }
}

// ---- what belongs together
function light() {
  const on = meant !== null && [...shown.values()].some(mark => mark.about === meant);
  for (const {group, mark} of nodes.values()) {
    const kin = on && story.things[meant].parents.includes(mark.about);
    set(group, {class: !on ? "" : mark.about === meant ? "lit" : kin ? "kin" : "dim"});
  }
  $("readout").textContent = on ? readout(meant) : "";
}

function mean(thing) {
  if (meant === thing) return;
  meant = thing;
  light();
}

// The name of a thing with its number: the one this board shows, or the nearest board that does.
function readout(about) {
  const {name, numbers} = story.things[about], here = Math.round(position);
  for (let away = 0; away <= story.last; away++)
    for (const number of [numbers[here - away], numbers[here + away]]) if (number) return `${name} = ${number}`;
  return name;
}

// The thing under a pointer, or one close by: stems and edges are thin.
function pointed(event) {
  const hit = event.target.closest("[data-about]");
  if (hit) return [...nodes.values()].find(node => node.group === hit).mark.about;
  const toUnits = picture.getScreenCTM().inverse(), near = 14 * toUnits.a;
  const {x, y} = new DOMPoint(event.clientX, event.clientY).matrixTransform(toUnits);
  let best = null, least = near;
  for (const mark of shown.values()) {
    if (mark.about === null || mark.kind === "plate") continue;
    const away = mark.kind === "line" ? fromLine(mark, [x, y]) : fromBox(mark, [x, y]);
    if (away < least) [best, least] = [mark.about, away];
  }
  return best;
}

const fromBox = (mark, [x, y]) =>
  Math.hypot(Math.max(0, Math.abs(x - mark.x) - mark.width / 2), Math.max(0, Math.abs(y - mark.y) - mark.height / 2));

function fromLine(mark, point) {
  let corners = cornersOf(mark);
  if (mark.curve) corners = Array.from({length: 17}, (_, i) => curve(corners, i / 16).at(-1));
  return Math.min(...corners.slice(1).map(([x1, y1], i) => {
    const [x0, y0] = corners[i], length = distance([x0, y0], [x1, y1]) ** 2;
    const share = length ? ((point[0] - x0) * (x1 - x0) + (point[1] - y0) * (y1 - y0)) / length : 0;
    return distance(point, toward([x0, y0], [x1, y1], Math.max(0, Math.min(1, share))));
  }));
}

layer.addEventListener("focusin", event => mean(pointed(event)));
layer.addEventListener("focusout", () => mean(null));
picture.addEventListener("pointermove", event => event.pointerType !== "touch" && mean(pointed(event)));
picture.addEventListener("pointerleave", event => event.pointerType !== "touch" && mean(null));
picture.addEventListener("pointerup", event => event.pointerType === "touch" && mean(pointed(event)));

// Through the things on the board with the keyboard, in the board's order.
function browse(step) {
  const things = new Map();
  for (const [place, {about}] of shown)
    if (about !== null && !things.has(about)) things.set(about, nodes.get(place).group);
  const groups = [...things.values()], here = [...things.keys()].indexOf(meant);
  if (groups.length) groups.at(here < 0 ? Math.min(step - 1, 0) : (here + step) % groups.length).focus({preventScroll: true});
}

// ---- the player: a position is a board's number, with a share of the way to the next
const calm = matchMedia("(prefers-reduced-motion: reduce)");
const framed = location.protocol === "about:";
let position = 0, goal = 0, moving = 0, waiting = 0, playing = false;

function show(where) {
  position = Math.max(0, Math.min(story.last, where));
  const here = Math.floor(position);
  paint(here === position ? story.boards[here].marks : sample(story.ways[here], position - here));
  slider.value = position;
  const near = Math.round(position), {name} = story.boards[near], count = `${near + 1} / ${story.last + 1}`;
  if ($("count").textContent === count) return;
  $("count").textContent = count;
  $("name").textContent = name;
  slider.setAttribute("aria-valuetext", `${count} ${name}`);
}

function settle(where) {
  stop();
  show(goal = where);
  const board = story.boards[where];
  for (const {group, mark} of nodes.values()) if (mark.about !== null) set(group, {"aria-label": readout(mark.about)});
  $("caption").textContent = board.caption;
  $("words").textContent = board.words;
  if (!framed) history.replaceState(null, "", `#${[story.name, board.name].map(encodeURIComponent).join("/")}`);
}

function stop() {
  cancelAnimationFrame(moving);
  clearTimeout(waiting);
  moving = waiting = 0;
}

// On to a board: along the way when it is the next one, else, or for calm, at once.
function go(to, then = () => {}) {
  stop();
  goal = Math.max(0, Math.min(story.last, to));
  const arrive = () => { settle(goal); then(); };
  const way = story.ways[Math.floor(Math.min(position, goal))];
  if (goal === position || Math.abs(goal - position) > 1 || calm.matches || !way.frames) return arrive();
  const rate = Math.sign(goal - position) * K.rate / way.frames / 1000;
  let last = null;
  const tick = now => {
    const next = position + rate * $("speed").value * (last === null ? 0 : now - last);
    last = now;
    if ((goal - next) * rate <= 0) return arrive();
    show(next);
    moving = requestAnimationFrame(tick);
  };
  moving = requestAnimationFrame(tick);
}

// A step while another one runs ends that one at its board first; one back turns round where it is.
function step(by) {
  pause();
  if (moving && Math.sign(goal - position) === by) settle(goal);
  go((by > 0 ? Math.floor(position) : Math.ceil(position)) + by);
}

function advance() {
  if (position >= story.last) return pause();
  go(Math.floor(position) + 1, hold);
}

function hold() {
  if (playing) waiting = setTimeout(advance, story.boards[position].hold * 1000 / $("speed").value);
}

function play() {
  dress(true);
  if (position < story.last) return advance();
  settle(0);
  hold();
}

function pause() {
  if (playing) stop();
  dress(false);
}

// The button says what it will do.
function dress(on) {
  playing = on;
  $("play").setAttribute("aria-label", playing ? "Pause" : "Play");
  $("play").className = playing ? "playing" : "";
}

function tell(next, board = 0) {
  pause();
  if (story !== next) {
    story = next;
    meant = null;
    paint(new Map());
    $("count").textContent = "";
    picture.setAttribute("viewBox", `0 0 ${story.width} ${story.height}`);
    picture.setAttribute("aria-label", story.title);
    document.body.style.setProperty("--ratio", story.width / story.height);
    document.body.style.setProperty("--margin", story.margin / story.width);
    slider.max = story.last;
    slider.style.setProperty("--last", story.last || 1);
    $("note").textContent = story.note;
    for (const [i, tab] of [...$("stories").children].entries()) {
      tab.setAttribute("aria-current", stories[i] === story ? "page" : "false");
      if (stories[i] === story) $("stories").scrollLeft = tab.offsetLeft - ($("stories").clientWidth - tab.offsetWidth) / 2;
    }
  }
  settle(board);
}

function addressed() {
  const [named, board] = location.hash.slice(1).split("/").map(part => {
    try { return decodeURIComponent(part); } catch { return ""; }
  });
  const found = stories.find(({name}) => name === named) || story || stories[0];
  tell(found, Math.max(0, found.boards.findIndex(({name}) => name === board)));
}

$("back").addEventListener("click", () => step(-1));
$("forward").addEventListener("click", () => step(1));
$("play").addEventListener("click", () => playing ? pause() : play());
slider.addEventListener("input", () => {
  pause();
  stop();
  const near = Math.round(slider.value);
  if (calm.matches || Math.abs(slider.value - near) < .05) settle(near);
  else show(goal = +slider.value);
});

const KEYS = {
  ArrowRight: () => step(1), ArrowLeft: () => step(-1), Home: () => tell(story), End: () => tell(story, story.last),
  " ": () => playing ? pause() : play(),
};
const KEYS_IN_PICTURE = {ArrowDown: () => browse(1), ArrowUp: () => browse(-1), Escape: () => picture.focus()};
addEventListener("keydown", event => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.target.tagName === "SELECT") return;
  if (event.key === " " && event.target.tagName === "BUTTON") return;
  const act = KEYS[event.key] || (picture.contains(event.target) && KEYS_IN_PICTURE[event.key]);
  if (!act) return;
  event.preventDefault();
  act();
});

for (const told of stories.length > 1 ? stories : []) {
  const look = {textContent: told.title, onclick: () => tell(told)};
  $("stories").append(Object.assign(document.createElement("button"), look));
}
bright.addEventListener("change", () => {
  paint(new Map());
  show(position);
});
if (!framed) addEventListener("hashchange", addressed);
addressed();

// For scripts that are added to a page, and for tests: any moment of a story, and the marks that are seen.
window.convexplain = {
  show(name, board, share = 0) { tell(stories.find(told => told.name === name), board); if (share) show(board + share); },
  marks: () => [...shown].map(([place, mark]) => ({...mark, key: story.keys[place], text: mark.kind === "words" ? mark.runs.map(([text]) => text).join("") : null})),
};
