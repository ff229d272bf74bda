// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors

const foldMark = (fold) => {
  const mark = element("span", { class: `fold ${foldClass(fold)}` });
  mark.textContent = fold === none ? "–" : `fold ${fold}`;
  return mark;
};

// Every register of one PE.
class Inspector {
  constructor(parent) {
    this.parent = parent;
  }

  draw(pe, isChosen) {
    const heading = element("h2");
    heading.textContent = `PE (${pe.row}, ${pe.col})`;
    if (!isChosen) {
      const hint = element("span", { class: "hint" });
      hint.textContent = " – point at one to see it";
      heading.append(hint);
    }
    const table = element("table");
    for (const [name, value, what, fold] of this.rows(pe)) {
      const head = element("th", { scope: "row" });
      head.textContent = name;
      const cells = [value, what].map((text) => {
        const cell = element("td");
        cell.textContent = text;
        return cell;
      });
      table.append(element("tr", {}, head, ...cells, element("td", {}, foldMark(fold))));
    }
    const formula = element("p", { class: "formula" });
    formula.textContent = this.formula(pe);
    this.parent.replaceChildren(heading, table, formula);
  }

  rows(pe) {
    const operand = (name, index) => {
      const event = eventAt(index);
      if (!event) return [name, "0", "", none];
      if (event.padding) return [name, "0", "not used", event.fold];
      const mark = event.marks?.find((text) => text !== "") ?? "";
      const value = event.values.length > 1
        ? event.values.map((v) => number(valueOf(v))).join("  ")
        : slice(event.values[0]) +
          (event.values[0][1] > 0 ? ` = ${number(valueOf(event.values[0]))}` : "");
      const lane = event.position !== undefined && data.sparse ? `, lane ${event.position}` : "";
      return [name, value, `${event.label}${lane}${mark ? `, ${mark}` : ""}`, event.fold];
    };
    const sum = (name, value, index) =>
      [name, number(value), index === none ? "" : resultLabel(index), foldOfResult(index)];
    const rows = [operand("left", pe.left)];
    if (outputStationary) {
      rows.push(operand("top", pe.top), sum("sum", pe.sum, pe.sum_of),
                sum("hold", pe.hold, pe.hold_of));
      if (pe.hold_of === none && pe.hold !== 0) rows[3][2] = "passed on";
    } else {
      rows.push(operand("pass", pe.top), operand("next", pe.next), operand("active", pe.active),
                sum("sum", pe.sum, pe.sum_of));
    }
    return rows;
  }

  formula(pe) {
    if (pe.product === null) return "No product in this cycle.";
    const left = eventAt(pe.left).values[pe.lane];
    const other = eventAt(outputStationary ? pe.top : pe.active).values[0];
    const before = (pe.sum - pe.product) | 0;
    const above = pe.row > 0 ? "from above" : "nothing above";
    const from = outputStationary ? (pe.first ? "restarted" : "its sum") : above;
    const lane = data.sparse ? ` (lane ${pe.lane})` : "";
    return `${number(before)} (${from}) + ${slice(left)}${lane} × ${slice(other)} = ` +
           number(pe.sum);
  }
}

// A, B and C as small tables: what is in the array now, and what has left it.
class Matrices {
  constructor(parent) {
    const [m, n, k] = data.shape;
    this.parent = parent;
    this.isShown = Math.max(m, n, k) <= 32;
    if (!this.isShown) {
      parent.hidden = true;
      return;
    }
    const values = { A: new Map(), B: new Map() };
    for (const event of data.events) {
      if (event.padding) continue;
      const [outer, first] = event.at;
      for (const [i, value] of event.values.entries()) {
        const key = `${outer},${first + i}`;
        const slices = values[event.matrix].get(key) ?? new Map();
        values[event.matrix].set(key, slices.set(event.at[2], valueOf(value)));
      }
    }
    const text = (matrix, outer, at) => {
      const slices = values[matrix].get(`${outer},${at}`);
      return slices ? number([...slices.values()].reduce((sum, v) => sum + v, 0)) : "";
    };
    this.a = this.makeTable("A", m, k, (row, col) => text("A", row, col));
    this.b = this.makeTable("B", k, n, (row, col) => text("B", col, row));
    this.c = this.makeTable("C", m, n, () => "");
    // As in a product on paper: B above C, A beside it.
    const cell = Math.min(26, Math.floor(346 / (k + n)));
    const room = Math.min(Math.max(window.innerHeight - 580, 140), 200);
    const row = Math.min(17, Math.floor(room / (k + m)));
    parent.style.setProperty("--cell", `${Math.max(cell, 5)}px`);
    parent.style.setProperty("--row", `${Math.max(row, 5)}px`);
    this.isTiny = cell < 17 || row < 10;
    for (const [name, table] of [["b", this.b], ["a", this.a], ["c", this.c]]) {
      table.figure.className = `${name}${this.isTiny ? " tiny" : ""}`;
      parent.append(table.figure);
    }
  }

  makeTable(name, rows, cols, text) {
    const table = element("table");
    const cells = [];
    for (let row = 0; row < rows; ++row) {
      const line = element("tr");
      for (let col = 0; col < cols; ++col) {
        const cell = element("td", { title: `${name}[${row},${col}]` });
        cell.textContent = text(row, col);
        cell.classList.toggle("long", cell.textContent.length > 3);
        line.append(cell);
        cells.push(cell);
      }
      table.append(line);
    }
    const caption = element("figcaption");
    caption.textContent = `${name} ${rows}×${cols}`;
    return { cells, cols, figure: element("figure", {}, caption, table) };
  }

  draw(frame) {
    if (!this.isShown) return;
    const long = (cell) => (cell.textContent.length > 3 ? "long" : "");
    for (const cell of [...this.a.cells, ...this.b.cells]) cell.className = long(cell);
    const touch = (index, kind) => {
      const event = eventAt(index);
      if (!event || event.padding) return;
      const [outer, first] = event.at;
      for (let i = 0; i < event.values.length; ++i) {
        const { cells, cols } = event.matrix === "A" ? this.a : this.b;
        const [row, col] = event.matrix === "A" ? [outer, first + i] : [first + i, outer];
        const cell = cells[row * cols + col];
        if (cell) cell.className = `${foldClass(event.fold)} in${kind} ${long(cell)}`;
      }
    };
    const registers = frame.registers;
    for (const name of ["top", "next", "active", "left"]) {
      for (const index of registers[name] ?? []) touch(index, "");
    }
    const border = data.border[frame.cycle];
    for (const index of [...border.left, ...border.top]) touch(index, " entering");
    this.drawOutputs(frame);
  }

  // What has left so far, and whose sums are in the array.
  drawOutputs(frame) {
    const { cells, cols } = this.c;
    const totals = new Map();
    for (const border of data.border.slice(0, frame.cycle + 1)) {
      for (const [, result, value] of border.out) {
        const [, m, n] = data.results[result];
        totals.set(m * cols + n, ((totals.get(m * cols + n) ?? 0) + value) | 0);
      }
    }
    for (const [i, cell] of cells.entries()) {
      cell.textContent = totals.has(i) ? number(totals.get(i)) : "";
      cell.className = totals.has(i) ? "done" : "";
      cell.classList.toggle("long", cell.textContent.length > 3);
    }
    const mark = (result, kind) => {
      if (result === none) return;
      const [fold, m, n, , , padding] = data.results[result];
      if (!padding) cells[m * cols + n].className += ` ${foldClass(fold)} in${kind}`;
    };
    for (const [i, result] of frame.registers.sum_of.entries()) {
      if (frame.registers.left[i] !== none) mark(result, "");
    }
    for (const result of frame.registers.hold_of ?? []) mark(result, "");
    for (const [, result] of data.border[frame.cycle].out) mark(result, " entering");
  }
}

// When every fold was preloaded, streamed and drained, and where the array stood still.
class Timeline {
  constructor(parent, range, onPick) {
    this.parent = parent;
    this.range = range;
    this.cycle = range.first;
    this.onPick = onPick;
    this.left = 54;
    this.build();
    window.addEventListener("resize", () => this.build());
    window.addEventListener("beforeprint", () => this.build(1000));
    window.addEventListener("afterprint", () => this.build());
  }

  // Folds that do not meet share a lane.
  lanes() {
    const ends = [];
    const begin = (fold) => fold.preload ?? fold.start;
    const lanes = data.folds.map((fold) => {
      const free = ends.findIndex((end) => end < begin(fold));
      const lane = free < 0 ? ends.length : free;
      ends[lane] = fold.last_output;
      return lane;
    });
    return { lanes, count: ends.length };
  }

  // Where it is not shown, on paper, it has no width of its own.
  build(width = this.parent.clientWidth || 800) {
    const cycles = this.range.last - this.range.first + 1;
    const { lanes, count } = this.lanes();
    const rowH = 17;
    this.step = (width - this.left) / cycles;
    const height = count * rowH + 22;
    this.parent.replaceChildren();
    this.root = svg("svg", { viewBox: `0 0 ${width} ${height}` }, this.parent);
    this.drawStalls(height);
    const isNamed = count === data.folds.length;
    for (const [i, fold] of data.folds.entries()) {
      this.drawFold(fold, i, lanes[i] * rowH + 1, isNamed);
    }
    this.drawTicks(cycles, height);
    const head = { y: 0, width: this.step, height: height - 16, class: "head" };
    this.head = svg("rect", head, this.root);
    this.draw(this.cycle);
    const pick = (event) => {
      const x = event.clientX - this.root.getBoundingClientRect().left;
      this.onPick(Math.floor((x - this.left) / this.step));
    };
    this.root.addEventListener("pointerdown", (event) => {
      pick(event);
      this.root.setPointerCapture(event.pointerId);
    });
    this.root.addEventListener("pointermove", (event) => event.buttons && pick(event));
  }

  x(cycle) {
    const { first, last } = this.range;
    return this.left + (Math.min(Math.max(cycle, first), last + 1) - first) * this.step;
  }

  bar(from, to, y, h, name) {
    const x = this.x(from);
    const width = this.x(to) - x;
    if (width > 0) svg("rect", { x, y, width, height: h, class: name }, this.root);
  }

  drawFold(fold, i, y, isNamed) {
    const name = foldClass(i);
    const h = 13;
    if (fold.preload !== null) {
      const end = Math.min(fold.preload + data.rows, fold.start);
      this.bar(fold.preload, end, y, h, `bar preload ${name}`);
    }
    this.bar(fold.start, fold.start + fold.stream, y, h, `bar stream ${name}`);
    this.bar(fold.start + fold.stream, fold.last_output + 1, y, h, `bar drain ${name}`);
    const drain = fold.start + fold.stream;
    const isInside = drain >= this.range.first && drain <= this.range.last;
    const place = isNamed ? { x: this.left - 6, y: y + 7, class: "name" }
                          : { x: this.x(drain) + 4, y: y + 7, class: "inside" };
    if (!isNamed && (!isInside || (fold.last_output - drain) * this.step < 14)) return;
    svg("text", place, this.root).textContent = isNamed ? `fold ${i}` : i;
  }

  drawStalls(height) {
    for (const [cycle, border] of data.border.entries()) {
      if (border.phase === "stall") this.bar(cycle, cycle + 1, 0, height - 16, "stall");
    }
  }

  drawTicks(cycles, height) {
    const every = [1, 2, 5, 10, 20, 50, 100, 200].find((step) => cycles / step <= 25) ?? 500;
    for (let cycle = this.range.first; cycle <= this.range.last; ++cycle) {
      if (cycle % every !== 0) continue;
      svg("text", { x: this.x(cycle) + this.step / 2, y: height - 5, class: "tick" }, this.root)
        .textContent = cycle;
    }
  }

  draw(cycle) {
    this.cycle = cycle;
    this.head.setAttribute("x", this.x(cycle));
  }
}

// What colours and marks mean.
function drawLegend(parent) {
  const item = (name, text) => {
    const sample = element("span", { class: `sample ${name}` });
    const words = element("span");
    words.textContent = text;
    return element("span", { class: "item" }, sample, words);
  };
  const items = data.folds.slice(0, hues).map((_, i) =>
    item(foldClass(i), data.folds.length > hues ? `fold ${i}, ${i + hues}, …` : `fold ${i}`));
  const flag = outputStationary ? "first operand: the sum restarts"
                                : "swap flag: next becomes active";
  items.push(item("flag", flag));
  const isPair = /ovp/.test(data.scheme);
  if (isPair) items.push(item("outlier", "outlier"), item("victim", "its victim, 0"));
  if (data.sparse) items.push(item("lane", "lane selected of four"));
  if (!size.chips) {
    const low = outputStationary ? "held sum" : "next";
    items.push(item("bars", `bars: left, top, below: ${low}`));
  }
  const note = element("span", { class: "item" });
  note.textContent = "3≪5 means 3 · 2⁵ = 96";
  parent.append(...items, note);
}
