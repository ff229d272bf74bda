// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
//
// A row of labelled controls over the charts of a section. Every helper returns
// {element, value}; setting `value` moves the control without calling onChange.
"use strict";

olivine.Controls = class {
  static #next = 0;

  constructor(section) {
    this.row = olivine.element("div", {class: "controls", role: "group", "aria-label": "Controls"});
    section.append(this.row);
  }

  #field(label, control, className) {
    control.id = `control-${(olivine.Controls.#next += 1)}`;
    const field = olivine.element("div", {class: `field ${className}`},
      olivine.element("label", {for: control.id}, label), control);
    this.row.append(field);
    return field;
  }

  // options: strings, or {value, label}.
  select({label, options, value, onChange}) {
    const entries = options.map((option) =>
      (typeof option === "object" ? option : {value: option, label: option}));
    const control = olivine.element("select", {}, ...entries.map((entry, index) =>
      olivine.element("option", {value: index}, String(entry.label))));
    const place = (wanted) => Math.max(0, entries.findIndex((entry) => entry.value === wanted));
    control.value = String(place(value));
    control.addEventListener("change", () => onChange?.(entries[Number(control.value)].value));
    const element = this.#field(label, control, "select");
    return {
      element,
      get value() { return entries[Number(control.value)].value; },
      set value(wanted) { control.value = String(place(wanted)); },
    };
  }

  checkbox({label, value, onChange}) {
    const control = olivine.element("input", {type: "checkbox"});
    control.checked = Boolean(value);
    control.addEventListener("change", () => onChange?.(control.checked));
    const element = this.#field(label, control, "checkbox");
    return {
      element,
      get value() { return control.checked; },
      set value(wanted) { control.checked = wanted; },
    };
  }

  button({label, onClick}) {
    const element = olivine.element("button", {type: "button", onclick: () => onClick?.()}, label);
    this.row.append(element);
    return {element};
  }

  // One slider for a number, two for a [low, high] pair; `format` writes the value beside it.
  range({label, min, max, step = "any", value, format = olivine.format.cell, onChange}) {
    const isPair = Array.isArray(value);
    const bounds = isPair ? ["from", "to"] : [""];
    const output = olivine.element("output");
    const sliders = bounds.map((bound, index) => olivine.element("input",
      {type: "range", min, max, step, value: isPair ? value[index] : value,
        "aria-label": `${label} ${bound}`.trim()}));
    const numbers = () => sliders.map((slider) => Number(slider.value));
    const current = () => (isPair ? numbers() : numbers()[0]);
    const show = () => (output.textContent = numbers().map(format).join(" \u2013 "));
    sliders.forEach((slider, index) => slider.addEventListener("input", () => {
      const [low, high] = numbers();
      if (isPair && low > high) sliders[1 - index].value = slider.value;  // one pushes the other
      show();
      onChange?.(current());
    }));
    show();
    const element = olivine.element("fieldset", {class: "field range"},
      olivine.element("legend", {}, label), ...sliders, output);
    this.row.append(element);
    return {
      element,
      get value() { return current(); },
      set value(wanted) {
        sliders.forEach((slider, index) => (slider.value = isPair ? wanted[index] : wanted));
        show();
      },
    };
  }

  // A set of check boxes behind one button; the value is an array in the order of the options.
  multiselect({label, options, value, onChange}) {
    const entries = options.map((option) =>
      (typeof option === "object" ? option : {value: option, label: option}));
    const state = olivine.element("span", {class: "unit"});
    const boxes = entries.map((entry) => {
      const box = olivine.element("input", {type: "checkbox"});
      box.checked = value ? value.includes(entry.value) : true;
      return box;
    });
    const current = () => entries.filter((_, index) => boxes[index].checked).map((e) => e.value);
    const show = () => {
      const chosen = current().length;
      state.textContent = chosen === entries.length ? " all" : ` ${chosen} of ${entries.length}`;
    };
    const changed = () => {
      show();
      onChange?.(current());
    };
    const every = (checked) => () => {
      boxes.forEach((box) => (box.checked = checked));
      changed();
    };
    boxes.forEach((box) => box.addEventListener("change", changed));
    show();
    const list = olivine.element("div", {class: "options"},
      olivine.element("div", {class: "all"},
        olivine.element("button", {type: "button", onclick: every(true)}, "All"),
        olivine.element("button", {type: "button", onclick: every(false)}, "None")),
      ...boxes.map((box, index) =>
        olivine.element("label", {}, box, String(entries[index].label))));
    const element = olivine.element("details", {class: "field multiselect"},
      olivine.element("summary", {}, label, state), list);
    element.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !element.open) return;
      element.open = false;
      element.querySelector("summary").focus();
    });
    this.row.append(element);
    return {
      element,
      get value() { return current(); },
      set value(wanted) {
        boxes.forEach((box, index) => (box.checked = wanted.includes(entries[index].value)));
        show();
      },
    };
  }
};
