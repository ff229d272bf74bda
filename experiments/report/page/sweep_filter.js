// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
//
// The controls of the filter, and the bar that says what is filtered wherever the reader is.
"use strict";

olivine.sweep.Filter = class {
  static #steps = 1000;
  static #mostBoxes = 200;
  #axes = [];
  #ranges = new Map();

  constructor(model, page, section) {
    this.model = model;
    this.#makeBar();
    this.panel = olivine.element("div", {class: "sweep-filter", id: "filter"});
    section.append(this.panel);
    this.#addAxes(page);
    const isMain = (measure) => measure.isObjective && measure.varies;
    this.#addRanges(page, model.measures.filter(isMain), this.panel);
    const others = model.measures.filter((measure) => measure.varies && !isMain(measure));
    if (others.length > 0) {
      const more = olivine.element("details", {class: "behind"},
        olivine.element("summary", {}, `Ranges of ${others.length} other metrics`));
      this.panel.append(more);
      this.#addRanges(page, others, more);
    }
    model.onChange((source) => this.#show(source));
    this.#show(null);
  }

  // Whoever makes the page puts it outside of the sections, where it stays in view.
  #makeBar() {
    const {element} = olivine;
    this.count = element("strong", {id: "visible-count", "aria-live": "polite"});
    this.chips = element("ul", {"aria-label": "Filters"});
    this.reset = element("button", {type: "button", id: "reset", onclick: () => {
      this.model.clear();
      this.model.changed(null);
    }}, "Reset");
    this.bar = element("div", {class: "sweep-bar", role: "region", "aria-label": "Filter"},
      this.count, this.chips, this.reset);
  }

  #addAxes(page) {
    const {named} = olivine.sweep;
    const controls = page.controls(this.panel);
    for (const axis of this.model.axes) {
      if (axis.labels.length < 2) continue;
      const set = (isOn) => {
        this.model.levels[axis.index].forEach((_, at, levels) => (levels[at] = isOn(at) ? 1 : 0));
        this.model.changed(this);
      };
      const all = axis.labels.map((_, at) => at);
      const isLong = axis.labels.length > olivine.sweep.Filter.#mostBoxes;
      const control = isLong
        ? controls.range({label: axis.name, min: 0, max: all.length - 1, step: 1,
          value: [0, all.length - 1], format: (at) => axis.labels[at],
          onChange: ([low, high]) => set((at) => at >= low && at <= high)})
        : controls.multiselect({label: axis.name, value: all,
          options: all.map((value) => ({value, label: axis.labels[value]})),
          onChange: (chosen) => {
            const on = new Set(chosen);
            set((at) => on.has(at));
          }});
      named(`axis:${axis.name}`, control);
      this.#axes.push({axis, isLong, control});
    }
  }

  // Sliders move evenly over what the charts show, be that logarithms.
  #addRanges(page, measures, parent) {
    const controls = page.controls(parent);
    for (const measure of measures) {
      const steps = olivine.sweep.Filter.#steps;
      const scale = (value) => olivine.sweep.toScale(value, measure.isWide);
      const [low, high] = [scale(measure.low), scale(measure.high)];
      const value = (step) => {
        if (step <= 0) return measure.low;
        if (step >= steps) return measure.high;
        const at = low + (high - low) * step / steps;
        return measure.isWide ? 10 ** at : at;
      };
      const step = (of) => (of <= measure.low ? 0 : of >= measure.high ? steps
        : Math.round(steps * (scale(of) - low) / (high - low)));
      let isWaiting = false;
      const control = controls.range({label: measure.label, min: 0, max: steps, step: 1,
        value: [0, steps], format: (at) => measure.format(value(at)), onChange: (range) => {
          this.model.setRange(measure, ...range.map(value));
          if (isWaiting) return;
          isWaiting = true;
          requestAnimationFrame(() => {
            isWaiting = false;
            this.model.changed(this);
          });
        }});
      olivine.sweep.named(`range:${measure.name}`, control);
      this.#ranges.set(measure, {control, step});
    }
  }

  // The controls, where something else moved the filter, and the bar.
  #show(source) {
    const {count} = olivine.format;
    const {model} = this;
    this.count.textContent = `${count(model.visible.length)} of ` +
      `${count(model.data.counts.feasible)} feasible points`;
    this.count.dataset.visible = model.visible.length;
    this.reset.disabled = !model.isFiltered;
    this.chips.replaceChildren(...this.#chips());
    if (source === this) return;
    for (const {axis, isLong, control} of this.#axes) {
      const on = axis.labels.map((_, at) => at).filter((at) => model.levels[axis.index][at]);
      if (!isLong) control.value = on;
      else if (on.length > 0) control.value = [on[0], on.at(-1)];
    }
    for (const [measure, {control, step}] of this.#ranges) {
      const [low, high] = model.ranges.get(measure) ?? [measure.low, measure.high];
      control.value = [step(low), step(high)];
    }
  }

  #chips() {
    const {element} = olivine;
    const {model} = this;
    const chip = (text, remove) => element("li", {}, element("button", {type: "button",
      "aria-label": `Remove the filter ${text}`, onclick: () => {
        remove();
        model.changed(null);
      }}, text, element("span", {"aria-hidden": "true"}, " \u00d7")));
    const chips = [];
    model.axes.forEach((axis, index) => {
      const levels = model.levels[index];
      if (!levels.includes(0)) return;
      const on = axis.labels.filter((_, at) => levels[at]);
      chips.push(chip(`${axis.name}: ${on.length === 0 ? "none" : on.length === 1 ? on[0]
        : `${on.length} of ${levels.length}`}`, () => levels.fill(1)));
    });
    for (const [measure, [low, high]] of model.ranges) {
      chips.push(chip(`${measure.label}: ${measure.format(low)} \u2013 ${measure.format(high)}`,
        () => model.ranges.delete(measure)));
    }
    return chips;
  }
};
