// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
//
// One point: its parameters and metrics, its machine file and the command that runs it.
"use strict";

// Writes machine files from the page's template (experiments/report/machine_files.h).
olivine.sweep.MachineFiles = class {
  constructor(model) {
    this.model = model;
    this.files = model.data.machine_files;
  }

  get problem() { return this.files ? null : this.model.data.machine_files_problem; }

  #value(source, row) {
    if (source.axis !== undefined) {
      return source.texts[this.model.axes[source.axis].positions[row]];
    }
    if (source.column === undefined) return source.text;
    const {texts, positions} = this.model.parameters[source.column];
    return texts[positions[row]];
  }

  // What a formula computed is plain, unless it is a text with other characters.
  #yaml(source, row) {
    const value = this.#value(source, row);
    const isPlain = source.column === undefined || /^[A-Za-z0-9_.+][A-Za-z0-9_.+-]*$/.test(value);
    return isPlain ? value : JSON.stringify(value);
  }

  name(row) { return `${olivine.slug(this.model.data.title)}-${row}.yaml`; }

  text(row) {
    const {model, files} = this;
    const {machine, templates, slots} = files;
    const at = machine.axis === undefined ? 0 : model.axes[machine.axis].positions[row];
    const yaml = templates[at].map((part) =>
      (typeof part === "string" ? part : this.#yaml(slots[part.slot], row))).join("");
    const line = (text) => `# ${text.replace(/[\r\n]+/g, " ")}\n`;
    const numbers = model.measures.filter((measure) => measure.isObjective ||
      ["time_s", "energy_pj"].includes(measure.name)).map(({name, column}) =>
      `${name} = ${column[row]}`);
    return line(`Point ${row} of the sweep ${model.data.title}, model version ` +
      model.data.model_version) + line(numbers.join(", ")) + line(this.command(row)) + yaml;
  }

  command(row) {
    const {files} = this;
    const quote = (text) => (/^[A-Za-z0-9_./:=,+-]+$/.test(text) ? text
      : `'${text.replaceAll("'", "'\\''")}'`);
    const words = ["olivine", "run", "--machine", this.name(row), "--workload",
      this.#value(files.workload, row), "--scheme", this.#value(files.scheme, row)];
    if (files.layers) words.push("--layers", files.layers);
    for (const {key, value} of files.set) words.push("--set", `${key}=${this.#value(value, row)}`);
    return words.map(quote).join(" ");
  }
};

// The panel, and which point it shows: selection.row, null for none.
olivine.sweep.Selection = class {
  #listeners = [];

  constructor(model) {
    this.model = model;
    this.files = new olivine.sweep.MachineFiles(model);
    this.row = null;
  }

  addPanel(section) {
    this.panel = olivine.element("article", {id: "point", class: "sweep-point",
      "aria-live": "polite", "aria-label": "The chosen point"});
    section.append(this.panel);
    this.#draw();
  }

  onChange(listener) { this.#listeners.push(listener); }

  select(row) {
    this.row = row;
    this.#draw();
    for (const listener of this.#listeners) listener(row);
  }

  #draw() {
    const {element} = olivine;
    const {row, model} = this;
    if (row === null) {
      this.panel.replaceChildren(element("p", {class: "note"},
        "Choose a point in the plane, or a row of the table, to see all about it here."));
      return;
    }
    this.panel.dataset.point = row;
    const why = model.reasons[row];
    const state = why > 0 ? `Not feasible: ${model.data.verdicts.reasons[why - 1]}`
      : this.describe?.(row) ?? "Feasible.";
    this.panel.replaceChildren(
      element("header", {}, element("h3", {}, `Point ${olivine.format.count(row)}`),
        element("p", {class: "note"}, state)),
      this.#terms("Parameters", model.parameters.map(({name, labels, positions}) =>
        [name, labels[positions[row]]]), "point-parameters"),
      this.#terms("Metrics", model.measures.map((measure) =>
        [measure.label, measure.format(measure.column[row]), measure.name, measure.column[row]]),
      "point-metrics"),
      this.#machine(row));
  }

  #terms(title, entries, id) {
    const {element} = olivine;
    return element("section", {}, element("h4", {}, title), element("dl", {id},
      ...entries.flatMap(([name, value, key, exact]) => [element("dt", {}, name),
        element("dd", {"data-name": key ?? name, "data-value": exact,
          title: exact === undefined ? undefined : `${key} = ${exact}`}, value)])));
  }

  #machine(row) {
    const {element} = olivine;
    const {files} = this;
    const head = element("h4", {}, "Machine file");
    if (files.problem) {
      return element("section", {class: "machine"}, head, element("p", {class: "note",
        id: "machine-problem"}, `There is none: ${files.problem}. It is made from the files ` +
        "that the sweep's spec names; write the report in the folder that the sweep was run in."));
    }
    const yaml = files.text(row);
    const command = files.command(row);
    const note = this.model.data.is_current_model
      ? "Runs to the numbers of this point, to the last digit."
      : `The points are of model version ${this.model.data.model_version}, and the program that ` +
        "wrote this report is of another: its numbers may differ.";
    const copy = (text, id) => element("button", {type: "button", id,
      onclick: (event) => olivine.sweep.copy(text, event.currentTarget)}, "Copy");
    return element("section", {class: "machine"},
      element("div", {class: "bar"}, head, copy(yaml, "copy-machine"), element("button",
        {type: "button", id: "download-machine",
          onclick: () => olivine.download(files.name(row), "text/yaml", yaml)}, "Download")),
      element("pre", {id: "machine-file", tabindex: 0, "aria-label": "Machine file"}, yaml),
      element("div", {class: "bar"}, element("h4", {}, "Command"), copy(command, "copy-command")),
      element("pre", {id: "machine-command", tabindex: 0, "aria-label": "Command"}, command),
      element("p", {class: "note"}, note));
  }
};

// The clipboard is for secure pages; a page from a disk is none in every browser.
olivine.sweep.copy = async (text, button) => {
  let isDone = false;
  try {
    await navigator.clipboard.writeText(text);
    isDone = true;
  } catch {
    const box = olivine.element("textarea", {class: "said", "aria-hidden": "true"});
    box.value = text;
    document.body.append(box);
    box.select();
    isDone = document.execCommand("copy");
    box.remove();
    button.focus();
  }
  button.textContent = isDone ? "Copied" : "Cannot copy: select the text";
  setTimeout(() => (button.textContent = "Copy"), 2000);
};
