// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
//
// The front as a table to walk through with the keyboard: arrows move, Enter chooses.
"use strict";

olivine.sweep.FrontTable = class {
  static #mostRows = 500;
  #isOfAll = false;

  constructor(plane, page, section, selection) {
    Object.assign(this, {plane, selection, model: plane.model});
    const {element} = olivine;
    this.title = element("h3");
    this.box = element("div", {class: "table-box"});
    this.note = element("p", {class: "note"});
    this.figure = element("div", {class: "chart", id: "front-table"}, this.title);
    const controls = page.controls(this.figure);
    olivine.sweep.named("front-of", controls.select({label: "Front of",
      options: [{value: false, label: "the two measures of the plane"},
        {value: true, label: "all objectives of the sweep"}], value: this.#isOfAll,
      onChange: (isOfAll) => {
        this.#isOfAll = isOfAll;
        this.update();
      }}));
    olivine.sweep.named("front-csv", controls.button({label: "CSV of the front", onClick: () =>
      olivine.download(`${olivine.slug(this.model.data.title)}-front.csv`,
        "text/csv;charset=utf-8",
        olivine.csv(olivine.sweep.pointTable(this.model, this.rows)))}));
    this.figure.append(this.box, this.note);
    section.append(this.figure);
    this.box.addEventListener("keydown", (event) => this.#key(event));
    this.box.addEventListener("click", (event) => {
      const row = event.target.closest("tr[data-point]");
      if (row) this.#choose(row);
    });
    selection.onChange(() => this.#mark());
    this.update();
  }

  update() {
    const {element, format} = olivine;
    const {plane, model} = this;
    const most = olivine.sweep.FrontTable.#mostRows;
    this.rows = this.#isOfAll ? plane.specFront : plane.front;
    const measures = [...new Set([plane.x, plane.y, ...model.objectives])];
    const of = this.#isOfAll ? model.objectives : [plane.x, plane.y];
    this.title.textContent = `The front of ${of.map((m) => m.label.toLowerCase()).join(", ")}: ` +
      `${format.count(this.rows.length)} ${this.rows.length === 1 ? "point" : "points"}`;
    const heads = ["Point", ...measures.map((m) => `${m.label} ${m.arrow}`),
      ...model.axes.map(({name}) => name)];
    const number = (index) => (index <= measures.length ? "number" : undefined);
    const body = this.rows.slice(0, most).map((row, index) => element("tr", {"data-point": row,
      tabindex: index === 0 ? 0 : -1, "aria-selected": "false"},
      ...[format.count(row), ...measures.map((m) => m.format(m.column[row])),
        ...model.axes.map(({labels, positions}) => labels[positions[row]])]
        .map((text, at) => element("td", {role: "gridcell", class: number(at)}, text))));
    this.box.replaceChildren(element("table", {role: "grid",
      "aria-label": "The front; arrow keys move, Enter chooses a point"},
      element("thead", {}, element("tr", {}, ...heads.map((head, index) =>
        element("th", {scope: "col", class: number(index)}, head)))),
      element("tbody", {}, ...body)));
    this.note.textContent = this.rows.length > most
      ? `The first ${most} of ${format.count(this.rows.length)} points; the CSV has all.` : "";
    this.#mark();
  }

  #choose(row) {
    this.#focus(row);
    this.selection.select(Number(row.dataset.point));
  }

  #focus(row) {
    for (const other of this.box.querySelectorAll("tr[tabindex='0']")) other.tabIndex = -1;
    row.tabIndex = 0;
    row.focus();
  }

  #mark() {
    for (const row of this.box.querySelectorAll("tr[data-point]")) {
      const isChosen = Number(row.dataset.point) === this.selection.row;
      row.setAttribute("aria-selected", String(isChosen));
    }
  }

  #key(event) {
    const row = event.target.closest("tr[data-point]");
    if (!row) return;
    const rows = [...this.box.querySelectorAll("tr[data-point]")];
    const at = rows.indexOf(row);
    const moves = {ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: rows.length - 1,
      PageDown: at + 10, PageUp: at - 10};
    if (event.key === "Enter" || event.key === " ") this.#choose(row);
    else if (event.key in moves) {
      this.#focus(rows[Math.min(Math.max(moves[event.key], 0), rows.length - 1)]);
    } else return;
    event.preventDefault();
  }
};
