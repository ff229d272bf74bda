// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
"use strict";

// The recording, and what every part of the page asks it.
const data = JSON.parse(document.getElementById("data").textContent);
const outputStationary = data.dataflow === "os";
const none = -1;
const hues = 6;

const foldClass = (fold) => (fold === none || fold === undefined ? "none" : `f${fold % hues}`);
const eventAt = (index) => (index === none || index === undefined ? null : data.events[index]);
const foldOfEvent = (index) => (index === none ? none : data.events[index].fold);
const foldOfResult = (index) => (index === none ? none : data.results[index][0]);

// "3≪5"; numbers with a real minus sign.
const number = (value) => (value < 0 ? `−${-value}` : `${value}`);
const slice = ([integer, exponent]) =>
  exponent === 0 ? number(integer) : `${number(integer)}≪${exponent}`;
const valueOf = ([integer, exponent]) => integer * 2 ** exponent;

const eventText = (event, lane = 0) => (event.padding ? "·" : slice(event.values[lane]));
const resultLabel = (index) => {
  const [, m, n, , , padding] = data.results[index];
  return padding ? "" : `C[${m},${n}]`;
};

// A PE in a frame: its registers as indices into events and results, and its sums.
function peAt(frame, row, col) {
  const i = row * data.cols + col;
  const pe = { row, col };
  for (const [name, values] of Object.entries(frame.registers)) pe[name] = values[i];
  // What the product is of: which lane of the bus, and which operand.
  const operand = eventAt(outputStationary ? pe.top : pe.active);
  pe.lane = data.sparse && operand ? operand.position ?? 0 : 0;
  const left = eventAt(pe.left);
  pe.product = left && operand && !left.padding
    ? valueOf(left.values[pe.lane]) * valueOf(operand.values[0])
    : null;
  return pe;
}

const element = (name, attributes = {}, ...children) => {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
};

const svg = (name, attributes = {}, parent = null) => {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (parent) parent.append(made);
  return made;
};
