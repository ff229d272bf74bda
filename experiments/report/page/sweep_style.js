// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
//
// Styles that only the page of a sweep has.
"use strict";

olivine.sweep.style = `
html { scroll-padding-top: 7.2rem; }
.sweep-bar { position: sticky; top: 3.4rem; z-index: 9; display: flex; align-items: center;
  gap: .8rem; margin-top: 1.2rem; padding: .45rem .9rem; background: var(--surface);
  border: 1px solid var(--line); border-radius: var(--radius); box-shadow: 0 2px 10px #0001; }
.sweep-bar ul { display: flex; flex: 1; flex-wrap: wrap; gap: .35rem; margin: 0; padding: 0;
  list-style: none; }
.sweep-bar li button { padding: .05rem .6rem; border-radius: 99px; font-size: .85rem;
  color: var(--accent); background: var(--accent-soft); border-color: transparent; }
.sweep-bar button:disabled { opacity: .45; cursor: default; }
.sweep-filter { display: grid; gap: .8rem; padding: 1rem 1.1rem; background: var(--surface);
  border: 1px solid var(--line); border-radius: var(--radius); }
.sweep-filter:not(:has(.field)) { display: none; }
.sweep-filter .range { display: grid; grid-template-columns: 1fr 1fr; gap: 0 .5rem;
  width: 15.5rem; }
.sweep-filter .range legend { float: none; grid-column: 1 / -1; }
.sweep-filter .range input { width: 100%; min-width: 0; }
.sweep-filter .range output { grid-column: 1 / -1; font-size: .85rem; color: var(--muted); }
.sweep-filter details .controls { margin-top: .6rem; }
#plane-controls { margin-bottom: -.3rem; }
.sweep-point { display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 1fr) minmax(0, 1.6fr);
  gap: .6rem 1.8rem; padding: 1rem 1.1rem; background: var(--surface);
  border: 1px solid var(--line); border-radius: var(--radius); }
.sweep-point > header, .sweep-point > .note { grid-column: 1 / -1; }
.sweep-point h3, .sweep-point h4 { margin: 0; }
.sweep-point h4 { font-size: .95rem; }
.sweep-point dl { display: grid; grid-template-columns: minmax(0, 1fr) auto; gap: 0;
  margin: .3rem 0; font-size: .88rem; }
.sweep-point dt { color: var(--muted); overflow-wrap: anywhere; }
.sweep-point dd { margin: 0; text-align: right; overflow-wrap: anywhere; }
.sweep-point dt, .sweep-point dd { padding: .16rem 0; border-bottom: 1px solid var(--line); }
.sweep-point .bar { display: flex; align-items: center; gap: .5rem; }
.sweep-point .bar h4 { flex: 1; }
.sweep-point .bar button { padding: .1rem .6rem; font-size: .85rem; }
.sweep-point pre { margin: .4rem 0 .8rem; padding: .6rem .8rem; max-height: 17rem; overflow: auto;
  font: .8rem/1.45 ui-monospace, "SF Mono", Menlo, Consolas, monospace; background: var(--page);
  border: 1px solid var(--line); border-radius: 6px; }
#machine-command { white-space: pre-wrap; overflow-wrap: anywhere; }
#front-table h3, #failures h3 { margin: 0; font-size: 1.05rem; }
#failures ul { margin: .4rem 0; padding-left: 1.2rem; }
#failures code { font-size: .88rem; overflow-wrap: anywhere; }
#front-table .controls { margin: .5rem 0; }
#front-table tbody tr { cursor: pointer; }
#front-table tbody tr:hover { background: var(--page); }
#front-table tr[aria-selected="true"] { background: var(--accent-soft); }
#front-table tr:focus-visible { outline-offset: -3px; }
@media (max-width: 860px) { .sweep-point { grid-template-columns: minmax(0, 1fr); } }
@media print {
  .sweep-bar button, .sweep-filter { display: none !important; }
  .sweep-bar { position: static; box-shadow: none; margin-top: .6rem; }
  .sweep-point { break-inside: avoid; gap: .3rem 1rem;
    grid-template-columns: minmax(0, 1fr) minmax(0, 1fr) minmax(0, 1.3fr); }
  .sweep-point dl { font-size: 7.5pt; }
  .lead { break-inside: avoid; }
  /* Blocks, unlike grids, keep a heading with what follows. */
  #content > section:not(#effects) { display: block; }
  #content > section:not(#effects) > * + * { margin-top: .5rem; }
  .sweep-point .bar button { display: none; }
  .sweep-point pre { max-height: none; font-size: 6.5pt; line-height: 1.3; overflow: visible;
    white-space: pre-wrap; overflow-wrap: anywhere; }
  #front-table tr:nth-child(n + 41) { display: none; }
}
`;
