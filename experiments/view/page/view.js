// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors

// Plays the frames and passes every one to all parts of the page.
class Player {
  constructor() {
    this.frames = data.frames;
    this.at = 0;
    this.timer = null;
    this.chosen = null;
    this.pointed = null;
    this.get = (id) => document.getElementById(id);
    this.range = { first: this.frames[0].cycle, last: this.frames.at(-1).cycle };
    this.get("title").textContent = data.title;
    this.get("subtitle").textContent = data.subtitle;
    this.picture = new ArrayPicture(this.get("stage"));
    this.inspector = new Inspector(this.get("inspector"));
    this.matrices = new Matrices(this.get("matrices"));
    this.timeline = new Timeline(this.get("timeline"), this.range, (i) => this.pick(i));
    drawLegend(this.get("legend"));
    this.setUpControls();
    this.setUpPes();
    document.addEventListener("keydown", (event) => this.press(event));
    window.addEventListener("hashchange", () => this.readHash());
    const isStill = matchMedia("(prefers-reduced-motion: reduce)").matches;
    if (isStill) this.get("smooth").checked = false;
    this.show(0);
    this.readHash();
  }

  // view.html#12 opens at cycle 12.
  readHash() {
    const cycle = Number.parseInt(location.hash.slice(1), 10);
    if (Number.isInteger(cycle)) this.pick(cycle - this.range.first);
  }

  setUpControls() {
    const on = (id, act) => this.get(id).addEventListener("click", act);
    on("first", () => this.pick(0));
    on("back", () => this.pick(this.at - 1));
    on("play", () => this.toggle());
    on("forward", () => this.step());
    on("last", () => this.pick(this.frames.length - 1));
    const scrub = this.get("scrub");
    scrub.max = this.frames.length - 1;
    scrub.addEventListener("input", () => this.pick(Number(scrub.value)));
    const speed = this.get("speed");
    const speeds = [...new Set([0.5, 1, 2, 4, 8, 16, data.fps])].sort((a, b) => a - b);
    for (const value of speeds) {
      const isChosen = value === data.fps;
      speed.append(new Option(`${value} cycles/s`, value, isChosen, isChosen));
    }
    const theme = this.get("theme");
    const root = document.documentElement;
    const system = matchMedia("(prefers-color-scheme: dark)");
    let chosen = null;  // until the button is pressed, the system decides
    const show = () => {
      root.dataset.theme = chosen ?? (system.matches ? "dark" : "light");
      theme.textContent = root.dataset.theme === "dark" ? "Light" : "Dark";
    };
    theme.addEventListener("click", () => {
      chosen = root.dataset.theme === "dark" ? "light" : "dark";
      show();
    });
    system.addEventListener("change", show);
    show();
  }

  setUpPes() {
    for (const cell of this.picture.cells) {
      cell.group.addEventListener("pointerenter", () => this.point(cell));
      cell.group.addEventListener("pointerleave", () => this.point(null));
      cell.group.addEventListener("focus", () => this.point(cell));
      cell.group.addEventListener("blur", () => this.point(null));
      cell.group.addEventListener("click", () => this.choose(cell));
    }
  }

  point(cell) {
    this.pointed = cell;
    this.inspect();
  }

  choose(cell) {
    this.chosen = this.chosen === cell ? null : cell;
    for (const each of this.picture.cells) {
      each.isChosen = each === this.chosen;
      each.group.classList.toggle("chosen", each.isChosen);
    }
    this.inspect();
  }

  inspect() {
    const cell = this.pointed ?? this.chosen;
    const { row, col } = cell ?? this.picture.cells[0];
    this.inspector.draw(peAt(this.frames[this.at], row, col), Boolean(cell));
  }

  press(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const target = event.target;
    const isControl = /^(INPUT|SELECT|BUTTON)$/.test(target.tagName ?? "");
    const cell = this.picture.cells.find((each) => each.group === target);
    const act = {
      " ": isControl ? null : () => this.toggle(),
      ".": () => this.step(),
      ",": () => this.pick(this.at - 1),
      Home: () => this.pick(0),
      End: () => this.pick(this.frames.length - 1),
      Enter: cell ? () => this.choose(cell) : null,
      Escape: cell ? () => cell.group.blur() : null,
      ArrowRight: cell ? () => this.walk(cell, 0, 1) : () => this.step(),
      ArrowLeft: cell ? () => this.walk(cell, 0, -1) : () => this.pick(this.at - 1),
      ArrowDown: cell ? () => this.walk(cell, 1, 0) : null,
      ArrowUp: cell ? () => this.walk(cell, -1, 0) : null,
    }[event.key];
    // Lists and the slider have arrows of their own.
    const hasOwnKeys = /^(INPUT|SELECT)$/.test(target.tagName ?? "");
    if (!act || (hasOwnKeys && /^(Arrow|Home|End)/.test(event.key))) return;
    event.preventDefault();
    act();
  }

  walk(cell, rows, cols) {
    const row = Math.min(Math.max(cell.row + rows, 0), data.rows - 1);
    const col = Math.min(Math.max(cell.col + cols, 0), data.cols - 1);
    const next = this.picture.cells[row * data.cols + col];
    cell.group.setAttribute("tabindex", -1);
    next.group.setAttribute("tabindex", 0);
    next.group.focus();
  }

  get interval() {
    return 1000 / Number(this.get("speed").value);
  }

  toggle() {
    if (this.timer !== null) return this.pause();
    if (this.at === this.frames.length - 1) this.show(0);
    this.get("play").textContent = "Pause";
    this.get("now").setAttribute("aria-live", "off");
    this.wait();
  }

  wait() {
    this.timer = setTimeout(() => {
      this.show(this.at + 1);
      if (this.at < this.frames.length - 1) this.wait();
      else this.pause();
    }, this.interval);
  }

  pause() {
    clearTimeout(this.timer);
    this.timer = null;
    this.get("play").textContent = "Play";
    this.get("now").setAttribute("aria-live", "polite");
  }

  // To a frame at once, and stays there.
  pick(at) {
    this.pause();
    this.show(at);
  }

  step() {
    this.pause();
    this.show(this.at + 1);
  }

  show(at) {
    const before = this.at;
    this.at = Math.min(Math.max(at, 0), this.frames.length - 1);
    const frame = this.frames[this.at];
    const isNext = this.at === before + 1 && this.get("smooth").checked;
    this.picture.draw(frame, isNext ? Math.min(0.7 * this.interval, 700) : 0);
    const { phase } = data.border[frame.cycle];
    this.get("cycle").textContent = `Cycle ${frame.cycle} of ${data.border.length - 1}`;
    this.get("phase").textContent = phase;
    this.get("phase").className = `phase ${phase}`;
    const [initial, ...rest] = frame.caption;
    this.get("caption").textContent = `${initial.toUpperCase()}${rest.join("")}.`;
    this.get("explanation").textContent = data.sentences[frame.explanation];
    this.get("scrub").value = this.at;
    this.get("scrub").setAttribute("aria-valuetext", `cycle ${frame.cycle}: ${frame.caption}`);
    this.matrices.draw(frame);
    this.timeline.draw(frame.cycle);
    this.inspect();
  }
}

new Player();
document.documentElement.dataset.ready = "true";
