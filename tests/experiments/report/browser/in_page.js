// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
//
// What the tests ask a page: functions that run inside it.
"use strict";

const isShown = (node) => node.checkVisibility({visibilityProperty: true});

// Share of a canvas that is not background, its number of colours (up to 64), and a checksum.
const inkOf = (canvas) => {
  // A copy: Chromium warns of reading twice from a canvas that was made to be drawn on.
  const {width, height} = canvas;
  const copy = new OffscreenCanvas(width, height).getContext("2d", {willReadFrequently: true});
  copy.drawImage(canvas, 0, 0);
  const pixels = new Uint32Array(copy.getImageData(0, 0, width, height).data.buffer);
  const colours = new Set();
  let inked = 0;
  let sum = 0;
  for (const pixel of pixels) {
    if (pixel !== pixels[0]) inked += 1;
    if (colours.size < 64) colours.add(pixel);
    sum = (Math.imul(sum, 31) + pixel) | 0;
  }
  return {inked: inked / pixels.length, colours: colours.size, sum};
};

// The same of an SVG element, from the boxes of its shapes.
const inkOfSvg = (svg) => {
  const frame = svg.getBoundingClientRect();
  const shapes = [...svg.querySelectorAll("path, rect, circle, line, text, polygon, polyline")]
    .filter((shape) => shape.getBoundingClientRect().width > 0);
  const colours = new Set(shapes.flatMap((shape) =>
    [getComputedStyle(shape).fill, getComputedStyle(shape).stroke]));
  const inked = shapes.length === 0 || frame.width === 0 || frame.height === 0 ? 0 : 1;
  return {inked, colours: colours.size, sum: svg.outerHTML};
};

// Figures with a drawing; others are tables with the same frame.
const charts = () => [...document.querySelectorAll("figure.chart:has(.plot)")];

const drawnCharts = () => charts().map((figure) => {
  const svg = figure.querySelector(".plot > svg");
  const layers = svg ? [inkOfSvg(svg)] : [...figure.querySelectorAll(".plot canvas")].map(inkOf);
  const sum = (key) => layers.reduce((total, layer) => total + layer[key], 0);
  return {id: figure.id, title: figure.querySelector("h3").textContent,
    inked: sum("inked"), colours: sum("colours"), sum: layers.map((layer) => layer.sum).join()};
});

// All texts of the drawings, from their SVG form.
const drawnTexts = () => olivine.page.charts.flatMap((chart) => {
  const svg = new DOMParser().parseFromString(chart.svgText(900), "image/svg+xml");
  return [...svg.querySelectorAll("text")].map((text) => text.textContent);
});

const tableText = (figure) => {
  const table = figure.querySelector("details[open] table, figure > * > table");
  const cells = (row) => [...row.cells].map((cell) => cell.textContent);
  return table && {head: cells(table.tHead.rows[0]), rows: [...table.tBodies[0].rows].map(cells)};
};

// ---------------------------------------------------------------------------- colours

const rgbaOf = (text) => {
  const [r, g, b, a = 1] = text.match(/[\d.]+/g).map(Number);
  const scale = text.startsWith("color(") ? 255 : 1;
  return [r * scale, g * scale, b * scale, a];
};
const over = ([r, g, b, a], under) =>
  [r, g, b].map((value, i) => value * a + under[i] * (1 - a));
const luminance = (rgb) => {
  const [r, g, b] = rgb.map((value) => value / 255).map((value) =>
    (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const backgroundOf = (node) => {
  const colour = rgbaOf(getComputedStyle(node).backgroundColor);
  if (colour[3] >= 1) return colour.slice(0, 3);
  return over(colour, node.parentElement ? backgroundOf(node.parentElement) : [255, 255, 255]);
};

// Texts with less contrast than WCAG 2 AA asks for: 4.5, or 3 where they are large. Text of SVG
// drawings is judged against what is behind the drawing alone, and left out.
const paleTexts = () => {
  const pale = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !isShown(node) || node.closest("svg, script")) continue;
    const style = getComputedStyle(node);
    const background = backgroundOf(node);
    const levels = [luminance(over(rgbaOf(style.color), background)), luminance(background)];
    const contrast = (Math.max(...levels) + 0.05) / (Math.min(...levels) + 0.05);
    const size = parseFloat(style.fontSize);
    const isLarge = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    if (contrast < (isLarge ? 3 : 4.5)) {
      pale.push(`${walker.currentNode.data.trim().slice(0, 40)}: ${contrast.toFixed(2)}`);
    }
  }
  return [...new Set(pale)];
};

// ---------------------------------------------------------------------------- the keyboard

const nameOf = (node) =>
  `${node.tagName.toLowerCase()}#${node.id}.${node.className}: ${node.textContent.slice(0, 40)}`;

// Remembers what gets the focus from now on; returns how many elements should.
const watchFocus = () => {
  const wanted = [...document.querySelectorAll(
    "a[href], button, select, input, textarea, summary, [tabindex]:not([tabindex='-1'])")]
    .filter((node) => isShown(node) && !node.disabled);
  window.watched = {wanted, seen: new Set(), invisible: new Set()};
  document.addEventListener("focusin", ({target}) => {
    const {outlineStyle, boxShadow} = getComputedStyle(target);
    window.watched.seen.add(target);
    if (outlineStyle === "none" && boxShadow === "none") window.watched.invisible.add(target);
  });
  return wanted.length;
};

const focusSeen = () => {
  const {wanted, seen, invisible} = window.watched;
  return {missed: wanted.filter((node) => !seen.has(node)).map(nameOf),
    invisible: [...invisible].map(nameOf)};
};

// ---------------------------------------------------------------------------- sizes

// Elements that reach out of the page to the right, unless a box of theirs scrolls.
const tooWide = () => {
  const width = document.documentElement.clientWidth;
  const scrolls = (node) => node !== document.body && node !== document.documentElement &&
    (/auto|scroll|hidden/.test(getComputedStyle(node).overflowX) ||
      (node.parentElement && scrolls(node.parentElement)));
  if (document.documentElement.scrollWidth <= width) return [];
  return [...document.body.querySelectorAll("*")].filter((node) =>
    isShown(node) && node.getBoundingClientRect().right > width + 1 && !scrolls(node)).map(nameOf);
};

// Charts that have nothing to show on paper.
const emptyPaper = () => charts().filter((figure) =>
  !figure.querySelector(".paper > svg, .paper > img, .plot > svg")).map((figure) => figure.id);
