// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors

// How large things are drawn: everything legible in small arrays, sums and colours in large ones.
const size = (() => {
  const side = Math.max(data.rows, data.cols);
  if (side <= 5) {
    return { w: 114, h: 100, gap: 14, chip: 45, chipH: 22, font: 14, sum: 21, small: 10.5,
             slots: 4, slotW: 62, slotH: 44, outH: 42, labels: true, chips: true };
  }
  if (side <= 9) {
    return { w: 76, h: 64, gap: 8, chip: 32, chipH: 17, font: 11, sum: 15, small: 9,
             slots: 4, slotW: 38, slotH: 25, outH: 25, labels: false, chips: true };
  }
  return { w: 46, h: 34, gap: 4, chip: 6, chipH: 6, font: 10, sum: 11.5, small: 8,
           slots: 5, slotW: 32, slotH: 19, outH: 19, labels: false, chips: false };
})();

const pitchX = size.w + size.gap;
const pitchY = size.h + size.gap;
const slotW = data.sparse && size.chips ? Math.max(size.slotW, 74) : size.slotW;
const originX = size.slots * slotW + 46;
const originY = Math.min(size.slots, 3) * size.slotH + 30;
const outSlots = 2;

// The font size at which a text is `room` wide: digits are about 0.6 of it, the shift twice that.
const fitting = (text, room) => {
  const shifts = text.split("≪").length - 1;
  return room / (0.6 * Math.max(1, text.length + shifts));
};

// A rounded box with a text, that is shown or not.
class Chip {
  constructor(parent, { x, y, w, h, font, label = false }) {
    this.group = svg("g", { class: "chip none", display: "none" }, parent);
    this.box = svg("rect", { x, y, width: w, height: h, rx: Math.min(5, h / 3) }, this.group);
    this.text = svg("text", { x: x + w / 2, y: y + h / 2, "font-size": font }, this.group);
    this.label = label
      ? svg("text", { x: x + w / 2, y: y + h + 8, "font-size": size.small, class: "label" },
            this.group)
      : null;
    this.room = w - 4;
    this.font = font;
  }
  show(fold, text, { label = "", mark = "", dim = false } = {}) {
    this.group.removeAttribute("display");
    this.group.setAttribute("class", `chip ${foldClass(fold)} ${mark}${dim ? " dim" : ""}`);
    this.text.textContent = text;
    this.text.setAttribute("font-size", Math.min(this.font, fitting(text, this.room)));
    if (this.label) this.label.textContent = label;
  }
  hide() {
    this.group.setAttribute("display", "none");
  }
  showEvent(event, lane = 0, options = {}) {
    if (!event) return this.hide();
    this.show(event.fold, eventText(event, lane),
              { mark: event.marks?.[lane] ?? "", dim: event.padding, ...options });
  }
}

const move = (target, x, y, duration) => {
  if (duration <= 0 || !target.animate) return;
  target.animate([{ transform: `translate(${x}px, ${y}px)` }, { transform: "translate(0, 0)" }],
                 { duration, easing: "ease-in-out" });
};

// The array with what is about to enter and what has just left.
class ArrayPicture {
  constructor(parent) {
    const width = originX + data.cols * pitchX + 8;
    const height = originY + data.rows * pitchY + outSlots * size.outH + 18;
    this.root = svg("svg", { viewBox: `0 0 ${width} ${height}`, role: "group",
                             "aria-label": `Systolic array, ${data.title}` }, parent);
    this.root.style.maxWidth = `${width * 1.35}px`;
    this.drawAxes(width, height);
    this.layers = {};
    // Later ones are drawn over earlier ones.
    for (const name of ["cells", "still", "sums", "down", "right", "queueLeft", "queueTop",
                        "out"]) {
      this.layers[name] = svg("g", {}, this.root);
    }
    this.cells = [];
    for (let row = 0; row < data.rows; ++row) {
      for (let col = 0; col < data.cols; ++col) this.cells.push(this.makeCell(row, col));
    }
    this.makeQueues();
    if (size.labels) this.drawAnatomy();
  }

  // What stands where in a PE, in the corner where nothing enters.
  drawAnatomy() {
    const { w, h, chip, chipH } = size;
    const group = svg("g", { class: "anatomy" }, this.root);
    const x = 12;
    const y = 20;
    svg("rect", { x, y, width: w, height: h, rx: 9 }, group);
    const part = (px, py, width, words, boxed = true) => {
      if (boxed) svg("rect", { x: x + px, y: y + py, width, height: chipH, rx: 5 }, group);
      const text = svg("text", { x: x + px + width / 2, y: y + py + chipH / 2 }, group);
      text.textContent = words;
    };
    const low = h - chipH - 5;
    part(5, 5, chip, "left");
    part(w - chip - 5, 5, chip, outputStationary ? "top" : "active");
    part(5, h * 0.36, w - 10, "sum", false);
    part(5, h * 0.54, w - 10, "its output", false);
    if (outputStationary) {
      part(5, low, w - 10, "held sum");
    } else {
      part(5, low, chip, "next");
      part(w - chip - 5, low, chip, "pass ↓");
    }
  }

  drawAxes(width, height) {
    const text = (x, y, words, anchor) => {
      const made = svg("text", { x, y, class: "axis", "text-anchor": anchor }, this.root);
      made.textContent = words;
    };
    const names = { os: ["A enters", "B enters"], ws: ["A enters", "B is preloaded"],
                    is: ["B enters", "A is preloaded"] }[data.dataflow];
    text(originX - 12, originY - 14, `${names[0]} →`, "end");
    text(originX + data.cols * pitchX - size.gap, 14, `${names[1]} ↓`, "end");
    text(originX - 12, height - 14, "C leaves ↓", "end");
  }

  makeCell(row, col) {
    const x = originX + col * pitchX;
    const y = originY + row * pitchY;
    const { w, h, chip, chipH, font } = size;
    const { still, sums, down, right } = this.layers;
    const cell = { row, col };
    cell.group = svg("g", { class: "pe", tabindex: row + col === 0 ? 0 : -1, role: "button" },
                     this.layers.cells);
    cell.box = svg("rect", { x, y, width: w, height: h, rx: 9 }, cell.group);
    // ws, is: sums move down a row a cycle, except into the first.
    const sumLayer = outputStationary || row === 0 ? still : sums;
    cell.sum = svg("text", { x: x + w / 2, y: y + h * (size.chips ? 0.47 : 0.56), class: "sum",
                             "font-size": size.sum }, sumLayer);
    if (!size.chips) {
      cell.left = this.makeBar(right, x + 2, y + 6, 4, h - 12);
      cell.top = this.makeBar(down, x + 8, y + 2, w - 16, 4);
      cell.hold = this.makeBar(still, x + 8, y + h - 6, w - 16, 4);
      return cell;
    }
    if (size.labels) {
      cell.of = svg("text", { x: x + w / 2, y: y + h * 0.65, class: "label",
                              "font-size": size.small }, sumLayer);
    }
    const pad = 5;
    const low = y + h - chipH - pad;
    cell.times = svg("text", { x: x + w / 2, y: y + pad + chipH / 2, class: "times",
                               "font-size": font }, still);
    cell.times.textContent = "×";
    const topRight = { x: x + w - chip - pad, y: y + pad, w: chip, h: chipH, font };
    cell.left = new Chip(right, { x: x + pad, y: y + pad, w: chip, h: chipH, font });
    if (outputStationary) {
      cell.top = new Chip(down, topRight);
      cell.hold = new Chip(still, { x: x + pad, y: low, w: w - 2 * pad, h: chipH, font });
    } else {
      cell.active = new Chip(still, topRight);
      cell.next = new Chip(still, { x: x + pad, y: low, w: chip, h: chipH, font });
      cell.top = new Chip(down, { x: x + w - chip - pad, y: low, w: chip, h: chipH, font });
    }
    if (data.sparse) cell.lanes = this.makeLanes(right, x + pad, y + pad + chipH + 2);
    return cell;
  }

  makeBar(parent, x, y, w, h) {
    return svg("rect", { x, y, width: w, height: h, rx: 2, class: "bar none" }, parent);
  }

  // 2:4: the four lanes of the bus, the selected one filled.
  makeLanes(parent, x, y) {
    const step = size.chip / 4;
    return [0, 1, 2, 3].map((i) =>
      svg("rect", { x: x + i * step + 1, y, width: step - 2, height: 4, rx: 1, class: "lane" },
          parent));
  }

  makeQueues() {
    const { chip, chipH, font, labels, h, w } = size;
    const wide = data.sparse && size.chips ? slotW - 6 : size.chips ? chip : slotW - 3;
    const tall = size.chips ? chipH : 15;
    const slots = [...Array(size.slots).keys()];
    this.left = [...Array(data.rows).keys()].map((row) => slots.map((i) => {
      const chipNow = new Chip(this.layers.queueLeft, {
        x: originX - 14 - wide - i * slotW,
        y: originY + row * pitchY + (size.chips ? 5 : h / 2 - 8),
        w: wide, h: tall, font, label: labels });
      chipNow.group.style.opacity = 1 - 0.18 * i;
      return chipNow;
    }));
    const offset = size.chips ? w - chip - 5 : 2;
    this.top = [...Array(data.cols).keys()].map((col) => slots.slice(0, 3).map((i) => {
      const chipNow = new Chip(this.layers.queueTop, {
        x: originX + col * pitchX + offset,
        y: originY - 14 - tall - (labels ? 12 : 0) - i * size.slotH,
        w: size.chips ? chip : w - 4, h: tall, font, label: labels });
      chipNow.group.style.opacity = 1 - 0.2 * i;
      return chipNow;
    }));
    const bottom = originY + data.rows * pitchY - size.gap + 12;
    this.out = [...Array(data.cols).keys()].map((col) => slots.slice(0, outSlots).map((i) => {
      const chipNow = new Chip(this.layers.out, {
        x: originX + col * pitchX + 2, y: bottom + i * size.outH, w: w - 4, h: tall,
        font: size.chips ? font + 1 : font, label: labels });
      chipNow.group.style.opacity = 1 - 0.45 * i;
      return chipNow;
    }));
  }

  // Draws a frame; duration > 0: data arrives from where it was a cycle before.
  draw(frame, duration) {
    for (const cell of this.cells) this.drawCell(cell, peAt(frame, cell.row, cell.col), duration);
    this.drawBorder(frame.cycle);
    const { right, down, queueLeft, queueTop, sums, out } = this.layers;
    move(right, -pitchX, 0, duration);
    move(queueLeft, -slotW, 0, duration);
    move(down, 0, -pitchY, duration);
    move(queueTop, 0, -size.slotH, duration);
    move(out, 0, -size.outH, duration);
    if (!outputStationary) move(sums, 0, -pitchY, duration);
  }

  drawCell(cell, pe, duration) {
    const owner = outputStationary ? foldOfResult(pe.sum_of) : foldOfEvent(pe.active);
    const busy = pe.left !== none && !eventAt(pe.left).padding;
    cell.group.setAttribute("class", `pe ${foldClass(owner)}${busy ? " busy" : ""}` +
                            `${pe.first ? " first" : ""}${pe.last ? " last" : ""}` +
                            `${cell.isChosen ? " chosen" : ""}`);
    cell.group.setAttribute("aria-label", this.describe(pe));
    cell.sum.textContent = pe.sum_of === none ? "" : number(pe.sum);
    cell.sum.setAttribute("class", busy ? "sum busy" : "sum");
    const fits = fitting(cell.sum.textContent, size.w - 8);
    cell.sum.setAttribute("font-size", Math.min(size.sum, fits));
    if (!size.chips) {
      cell.left.setAttribute("class", `bar ${foldClass(foldOfEvent(pe.left))}`);
      cell.top.setAttribute("class", `bar ${foldClass(foldOfEvent(pe.top))}`);
      const low = outputStationary ? foldOfResult(pe.hold_of) : foldOfEvent(pe.next);
      cell.hold.setAttribute("class", `bar ${foldClass(low)}`);
      return;
    }
    if (cell.of) cell.of.textContent = pe.sum_of === none ? "" : resultLabel(pe.sum_of);
    cell.times.setAttribute("display", pe.product === null ? "none" : "inline");
    cell.left.showEvent(eventAt(pe.left), pe.lane);
    cell.top.showEvent(eventAt(pe.top));
    if (outputStationary) {
      this.drawHold(cell, pe, duration);
    } else {
      cell.next.showEvent(eventAt(pe.next));
      cell.active.showEvent(eventAt(pe.active));
      const fromNext = [size.chip - size.w + 10, size.h - size.chipH - 10];
      if (pe.first) move(cell.active.group, ...fromNext, duration);
    }
    for (const [i, lane] of (cell.lanes ?? []).entries()) {
      const left = eventAt(pe.left);
      lane.setAttribute("display", left && !left.padding ? "inline" : "none");
      const on = i === pe.lane ? " on" : "";
      lane.setAttribute("class", `lane ${foldClass(left?.fold ?? none)}${on}`);
    }
  }

  // os: a sum that was just copied comes from above, a draining one from the PE above.
  drawHold(cell, pe, duration) {
    const was = cell.heldBefore ?? none;
    if (pe.hold_of === none) {
      cell.hold.hide();
    } else {
      cell.hold.show(foldOfResult(pe.hold_of), `hold ${number(pe.hold)}`,
                     { mark: pe.last ? "fresh" : "" });
      if (pe.last) move(cell.hold.group, 0, -0.35 * size.h, duration);
      else if (was !== pe.hold_of) move(cell.hold.group, 0, -pitchY, duration);
    }
    cell.heldBefore = pe.hold_of;
  }

  drawBorder(cycle) {
    const border = (at) => data.border[at];
    for (const [row, chips] of this.left.entries()) {
      for (const [i, chip] of chips.entries()) {
        const event = eventAt(border(cycle + 1 + i)?.left[row] ?? none);
        if (!event || event.padding) chip.hide();
        else if (event.values.length === 1) chip.showEvent(event, 0, { label: event.label });
        else chip.show(event.fold, event.values.map((v) => number(valueOf(v))).join(" "),
                       { label: event.label });
      }
    }
    for (const [col, chips] of this.top.entries()) {
      for (const [i, chip] of chips.entries()) {
        const event = eventAt(border(cycle + 1 + i)?.top[col] ?? none);
        if (!event || event.padding) chip.hide();
        else chip.showEvent(event, 0, { label: event.label });
      }
    }
    for (const [col, chips] of this.out.entries()) {
      for (const [i, chip] of chips.entries()) {
        const left = border(cycle - i)?.out.find(([at]) => at === col);
        if (!left) chip.hide();
        else chip.show(foldOfResult(left[1]), number(left[2]), { label: resultLabel(left[1]) });
      }
    }
  }

  describe(pe) {
    const words = [`PE row ${pe.row}, column ${pe.col}`];
    const left = eventAt(pe.left);
    if (left?.padding) words.push("not used");
    else if (left) words.push(`left ${left.label} ${eventText(left, pe.lane)}`);
    if (pe.sum_of !== none) words.push(`sum ${pe.sum} of fold ${foldOfResult(pe.sum_of)}`);
    if (outputStationary && pe.hold_of !== none) words.push(`holds ${pe.hold}`);
    return words.join(", ");
  }
}
