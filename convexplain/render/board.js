// The board's arithmetic, as the browser needs it: what board/motion.py samples (which marks are seen at any moment),
// what board/shapes.py outlines, and the colours of style.py. A test holds both sides together.
//
// Its constants, K, come with the page's data. It knows no page.

// ---- motion: what is seen at a share of a way
const mid = (before, after, share) => before === after ? before : before + (after - before) * share;
const same = (before, after) => JSON.stringify(before) === JSON.stringify(after);
const ease = share => share * share * share * (share * (6 * share - 15) + 10);

function sample(way, share) {
  if (share <= 0) return way.before;
  if (share >= 1) return way.after;
  const seen = new Map();
  for (const act of way.acts) {
    const mark = at(act, share * way.frames);
    if (mark) seen.set(act.place, mark);
  }
  return seen;
}

function at(act, now) {
  const {before, after, other, how} = act;
  if (how === "still" || now <= act.start) return before;
  if (now >= act.end) return after;
  const part = (now - act.start) / (act.end - act.start), share = ease(part);
  if (how === "turn") return turned(act, part);
  if (!before) {
    if (other) return {...between(other, after, share, how), z: after.z + K.lift, about: after.about};
    if (how === "grow") return grown(after, share);
    return {...after, alpha: after.alpha * (how === "anew" ? Math.max(0, 2 * share - 1) : share)};
  }
  if (!after) {
    if (!other) return {...before, alpha: before.alpha * (1 - share)};
    const {x, y} = between(before, other, share, how);
    return {...before, x, y, alpha: before.alpha * Math.min(1, 2 - 2 * share), z: before.z + K.lift};
  }
  if (how === "back first" || how === "across last") {
    const [aside, turns] = act.at, back = how === "back first" ? beside(before, aside) : beside(after, -aside);
    if (part < turns) return between(before, back, ease(part / turns));
    return between(back, after, ease((part - turns) / (1 - turns)));
  }
  return between(before, after, share, how);
}

function beside(mark, aside) {
  return {...mark, x: mark.x + aside, points: mark.points.map((value, i) => i % 2 ? value : value + aside)};
}

function between(before, after, share, how) {
  const shown = share < .5 ? before : after, crossing = Math.abs(2 * share - 1);
  const aligned = before.points.length === after.points.length;
  if (how === "anew" || before.kind !== after.kind || (before.kind === "line" && !aligned))
    return {...shown, alpha: shown.alpha * crossing};
  const changes = Object.fromEntries(K.numbers.map(name => [name, mid(before[name], after[name], share)]));
  const bent = how === "down first" || how === "across first";
  let down = share, across = share;
  if (bent && before.kind !== "line") {
    const first = ease(Math.min(1, 2 * share)), then = ease(Math.max(0, 2 * share - 1));
    [down, across] = how === "down first" ? [first, then] : [then, first];
    Object.assign(changes, {x: mid(before.x, after.x, across), y: mid(before.y, after.y, down)});
  }
  changes.role = turning(before.role, after.role, share);
  changes.z = Math.max(before.z, after.z) + (bent ? K.lift : 0);
  changes.points = aligned ? before.points.map((value, i) => mid(value, after.points[i], share)) : [];
  if (before.kind === "bar") {
    if (before.base !== after.base) {
      const foot = mid(end(before, 1), end(after, 1), down), tip = mid(end(before, -1), end(after, -1), down);
      Object.assign(changes, {y: (foot + tip) / 2, height: Math.abs(foot - tip), base: foot >= tip ? 1 : -1});
    }
    if ((!before.unit || !after.unit) && shown.height) changes.unit = shown.unit * changes.height / shown.height;
  }
  if (before.kind !== "words" || same(before.runs, after.runs)) return {...after, ...changes};
  const {size, width, x} = shown, edges = mark => [mark.x - mark.width / 2, mark.x + mark.width / 2];
  if (edges(before).some((edge, i) => Math.abs(edge - edges(after)[i]) < 1)) changes.x = x;
  return {...shown, ...changes, alpha: shown.alpha * crossing, size, width};
}

// The y of a bar's foot (side 1) or tip (side -1).
const end = (bar, side) => bar.y + side * bar.base * bar.height / 2;

// A role on its way to another: both, and the share of the way.
function turning(before, after, share) {
  if (same(before, after)) return after;
  const [from, to] = [before, after].map(role => Array.isArray(role) ? role[1] : role);
  return [from, to, share];
}

function grown(mark, share) {
  if (mark.kind === "bar")
    return {...mark, height: mark.height * share, y: end(mark, 1) - mark.base * mark.height * share / 2};
  if (mark.kind === "line")
    return {...mark, points: (mark.curve ? curve : part)(cornersOf(mark), share).flat()};
  return {...mark, alpha: mark.alpha * share};
}

function part(corners, share) {
  const lengths = corners.slice(1).map((corner, i) => distance(corners[i], corner)), drawn = [corners[0]];
  let left = share * lengths.reduce((sum, length) => sum + length, 0);
  for (const [i, length] of lengths.entries()) {
    drawn.push(left > 0 ? toward(corners[i], corners[i + 1], Math.min(1, left / length)) : drawn[i]);
    left -= length;
  }
  return drawn;
}

function curve(corners, share) {
  const drawn = [corners[0]];
  while (corners.length > 1) {
    corners = corners.slice(1).map((corner, i) => toward(corners[i], corner, share));
    drawn.push(corners[0]);
  }
  return drawn;
}

function turned({before, after, at: [axisX, axisY, came = 0, back = 0, down = 0]}, part) {
  const first = came ? K.comes : 0, way = came ? ease(Math.min(1, part / first)) : 1;
  const share = ease(Math.max(0, part - first) / (1 - first));
  const side = share < .5 ? 1 : -1, mark = side > 0 ? before : after;
  if (!mark) return null;
  const cos = side * Math.cos(Math.PI * share), sin = side * Math.sin(Math.PI * share);
  const own = axisX - (side > 0 ? came : 0), here = axisX - came * (1 - way);
  const ownY = axisY - (side > 0 ? down : 0), hereY = axisY - down * (1 - ease(part));
  const closer = x => K.depth / (K.depth + (x - own) * sin + back * Math.abs(sin));
  const seen = ([x, y]) => [here + (x - own) * cos * closer(x), hereY + (y - ownY) * closer(x)];
  if (mark.kind === "words" || mark.kind === "dot") {
    const [x, y] = seen([mark.x, mark.y]), near = closer(mark.x);
    const width = mark.width * cos * near, height = mark.height * near;
    return {...mark, x, y, squeeze: mark.squeeze * cos, width, height, size: mark.size * near};
  }
  return {...mark, points: cornersOf(mark).flatMap(seen)};
}

// ---- shapes: the outlines of a mark, as elements of SVG
const distance = ([x0, y0], [x1, y1]) => Math.hypot(x1 - x0, y1 - y0);
const toward = ([x0, y0], [x1, y1], share) => [x0 + (x1 - x0) * share, y0 + (y1 - y0) * share];
const round = value => Math.round(value * 1000) / 1000;
const joined = points => points.map(point => point.map(round).join(" ")).join(" ");
const through = points => "M" + points.map(point => joined([point])).join("L");

function cornersOf({points, x, y, width, height}) {
  if (points.length) return points.flatMap((x, i) => i % 2 ? [] : [[x, points[i + 1]]]);
  const left = x - width / 2, right = x + width / 2, top = y - height / 2, bottom = y + height / 2;
  return [[left, top], [right, top], [right, bottom], [left, bottom]];
}

function rounded(corners, radius) {
  if (radius <= 0) return through(corners) + "z";
  const reach = (corner, other) => {
    const length = distance(corner, other);
    return length ? toward(corner, other, Math.min(radius, length / 2) / length) : corner;
  };
  return corners.map((corner, i) => {
    const to = i ? "L" : "M";
    const enter = reach(corner, corners.at(i - 1)), leave = reach(corner, corners[(i + 1) % corners.length]);
    return `${to}${joined([enter])}C${joined([toward(enter, corner, K.round), toward(leave, corner, K.round), leave])}`;
  }).join("") + "z";
}

function bricks({unit, height}) {
  if (unit < K.smallest || height <= unit * 1.02) return [[0, 1]];
  const count = Math.ceil(height / unit - .02);
  const gap = Math.min(unit * K.thin, K.joint) / 2;
  return Array.from({length: count}, (_, i) => {
    const begin = i * unit + (i ? gap : 0), end = Math.min((i + 1) * unit, height) - (i + 1 < count ? gap : 0);
    return [begin / height, Math.max(begin, end) / height];
  });
}

function hatching(corners) {
  const sums = corners.map(([x, y]) => x + y), lines = [];
  for (let n = Math.ceil(Math.min(...sums) / K.hatch); n <= Math.floor(Math.max(...sums) / K.hatch); n++) {
    const crossings = corners.flatMap((corner, i) => {
      const next = (i + 1) % corners.length, here = sums[i] - n * K.hatch, there = sums[next] - n * K.hatch;
      return (here < 0) !== (there < 0) ? [toward(corner, corners[next], here / (here - there))] : [];
    });
    if (crossings.length === 2 && distance(...crossings) > 1) lines.push(through(crossings));
  }
  return lines.join("");
}

const filled = (d, fill) => ["path", {d, fill, stroke: "none"}];
const stroked = (d, stroke, width, dash = 0) =>
  ["path", {d, fill: "none", stroke, "stroke-width": round(width), "stroke-dasharray": dash < K.finest ? "none" : dash}];

const PAINTED = {
  bar(mark, paint) {
    if (mark.height <= 0 || mark.width <= 0) return [];
    const corners = cornersOf(mark);
    const room = ["path", {d: through(corners) + "z", fill: "none", class: "room"}]; // a pointer may rest on a joint
    const [a, b, c, d] = corners, [tip, foot] = mark.base > 0 ? [[a, b], [d, c]] : [[d, c], [a, b]];
    const level = share => [toward(foot[0], tip[0], share), toward(foot[1], tip[1], share)];
    const stroke = mark.hollow ? mark.size || 3 : 0, built = bricks(mark), many = built.length > 1;
    const inset = many ? Math.min(stroke / 2 / mark.height, 0.5) : 0;
    const radius = Math.min(mark.radius, mark.width / 2, mark.unit >= K.smallest ? mark.unit * K.thin : Infinity);
    const pieces = built.map(([from, to]) => {
      const begin = from + inset, end = Math.max(begin, to - inset);
      const [left, right] = level(begin), [upperLeft, upperRight] = level(end);
      return rounded([upperLeft, upperRight, right, left], Math.min(radius, (end - begin) * mark.height / 2));
    });
    return [room, stroke ? stroked(pieces.join(""), paint(), stroke) : filled(pieces.join(""), paint())];
  },
  plate(mark, paint) {
    const corners = cornersOf(mark), d = rounded(corners, mark.radius), shapes = [];
    if (!mark.hollow && mark.light > 0) shapes.push(filled(d, paint()));
    if (mark.hatch > 0) shapes.push(stroked(hatching(corners), paint(mark.hatch), 2));
    if (mark.edge > 0) shapes.push(stroked(d, paint(mark.edge), mark.size || 3, mark.dash));
    return shapes;
  },
  line(mark, paint) {
    const points = cornersOf(mark);
    if (mark.curve)
      return [stroked(`M${joined(points.slice(0, 1))}C${joined(points.slice(1))}`, paint(), mark.size, mark.dash)];
    const shapes = [], tip = points.at(-1), length = distance(tip, points.at(-2));
    if (mark.head && length) {
      const [x, y] = tip, [alongX, alongY] = toward([0, 0], [x - points.at(-2)[0], y - points.at(-2)[1]], 1 / length);
      const back = [x - alongX * Math.min(mark.head, length), y - alongY * Math.min(mark.head, length)];
      const across = [-alongY * mark.head * .45, alongX * mark.head * .45];
      const wings = [1, -1].map(side => [back[0] + side * across[0], back[1] + side * across[1]]);
      shapes.push(filled(through([tip, ...wings]) + "z", paint()));
      points[points.length - 1] = back;
    }
    return [...shapes, stroked(through(points), paint(), mark.size, mark.dash)];
  },
  dot(mark, paint) {
    const d = rounded(cornersOf(mark), mark.width / 2);
    return [mark.hollow ? stroked(d, paint(), mark.size || 3) : filled(d, paint())];
  },
  words(mark, paint) {
    const transform = `matrix(${round(mark.squeeze)} 0 0 1 ${round(mark.x)} ${round(mark.y + K.digit * mark.size / 2)})`;
    return [["text", {transform, "font-size": round(mark.size), fill: paint()}, mark.runs]];
  },
};

// ---- colour: that of a role, or of one on its way to another, at a share of light over the ground
const channels = hex => [1, 3, 5].map(i => parseInt(hex.slice(i, i + 2), 16));
const mix = (over, under, share) => over.map((value, i) => Math.round(share * value + (1 - share) * under[i]));
const colour = (role, light, palette) => `rgb(${mix(full(role, palette), channels(palette.ground), light).join(" ")})`;

function full(role, palette) {
  if (Array.isArray(role)) return mix(full(role[1], palette), full(role[0], palette), role[2]);
  const [word, count] = role.split(" ");
  if (word === "channel") return channels(palette.channels[count % palette.channels.length]);
  if (word !== "tap") return channels(palette.roles[role]);
  const place = 2 * count, low = Math.min(Math.floor(place), 1);
  return mix(channels(palette.taps[low + 1]), channels(palette.taps[low]), place - low);
}
